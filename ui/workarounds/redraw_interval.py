"""Change how often a fragment redraws itself while it is running.

`run_every` of `st.fragment` in Streamlit 1.67.0 is fixed until the code around the fragment runs again, which would
redraw more than the fragment. The browser resets its timer when the server sends another interval for a fragment
(`handleAutoRerun` in its App.tsx), so this sends one.

Delete this once a fragment can change its own `run_every`.
"""

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, ThreadState


def set_redraw_interval(context: ScriptRunContext, seconds: float) -> None:
    """Have the fragment that a session is drawing redraw itself every `seconds` seconds."""
    fragment = ThreadState.get().fragment_id
    if fragment is not None:
        message = ForwardMsg()
        message.auto_rerun.interval = seconds
        message.auto_rerun.fragment_id = fragment
        context.enqueue(message)
