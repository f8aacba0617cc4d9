"""Drop the redraws that a page asked for just before it was left.

While a script of Streamlit 1.67.0 switches the page, fragments of the old page may ask to be rerun. The server reruns
them after the new page is drawn, but labels the result as the old page, so that the browser silently empties the new
one. To see it: press “Try it with your drawing” while a network trains on a busy machine.

Delete this once Streamlit drops such requests itself.
"""

from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType


def drop_redraws_of_other_pages() -> None:
    """Drop reruns requested by fragments of any page but the one just drawn; call this at the end of the script."""
    context = get_script_run_ctx()
    if context is None or context.script_requests is None:
        return
    requests = context.script_requests
    with requests._lock:  # noqa: SLF001 - nothing public withdraws a request
        waiting = requests._rerun_data  # noqa: SLF001
        is_redraw = requests._state is ScriptRequestType.RERUN and waiting.fragment_id_queue  # noqa: SLF001
        if is_redraw and waiting.page_script_hash != context.page_script_hash:
            requests._state, requests._rerun_data = ScriptRequestType.CONTINUE, RerunData()  # noqa: SLF001
