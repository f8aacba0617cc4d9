"""Send what a script said last, although the next one has been asked for.

In Streamlit 1.67.0 a script hands its messages to the event loop. Where the loop first takes a request for another
script, and the old one has ended meanwhile, a new runner begins, and all that still waits of the old one is ignored
(`_handle_scriptrunner_event_on_event_loop`): parts of the page, and that it is whole. The comment in
`AppSession.request_rerun` tells of it; streamlit/streamlit#9921 was one case. To see it: fifty visitors open pages that
redraw themselves, and one in a thousand waits for ever.

Delete this once these messages are sent.
"""

from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent

_handle = AppSession._handle_scriptrunner_event_on_event_loop  # noqa: SLF001 - nothing public hears these events


def send_last_messages() -> None:
    """Have sessions take what a runner sent before it ended, also after the next one has begun."""
    AppSession._handle_scriptrunner_event_on_event_loop = _take  # type: ignore[assignment, method-assign]  # noqa: SLF001


def _take(
    session: AppSession,
    sender: ScriptRunner | None,
    event: ScriptRunnerEvent,
    *details: Any,  # noqa: ANN401 - whatever Streamlit adds
    **more: Any,  # noqa: ANN401
) -> None:
    current = session._scriptrunner  # noqa: SLF001
    if None in (sender, current) or event is ScriptRunnerEvent.SHUTDOWN:  # which would end the new one
        _handle(session, sender, event, *details, **more)
        return
    session._scriptrunner = sender  # noqa: SLF001
    try:
        _handle(session, sender, event, *details, **more)
    finally:
        session._scriptrunner = current  # noqa: SLF001
