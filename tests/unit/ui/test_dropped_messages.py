"""The last messages of a script reach the browser even if the next script has been requested."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent

from ui.workarounds import dropped_messages

OLD, NEW = Mock(spec=ScriptRunner), Mock(spec=ScriptRunner)


def sent_by(sender: ScriptRunner, event: ScriptRunnerEvent, *, was: bool = False) -> tuple[list[str | None], object]:
    """What a session sends at an event while it has the new runner, and which runner it has afterwards."""

    async def take() -> tuple[list[str | None], object]:
        session = Mock(
            spec=AppSession, _browser_queue=ForwardMsgQueue(), _scriptrunner=NEW, _local_sources_watcher=None
        )
        session._event_loop, session._state = asyncio.get_running_loop(), AppSessionState.APP_IS_RUNNING
        session._enqueue_forward_msg = session._browser_queue.enqueue
        session._create_script_finished_message.return_value = ForwardMsg(
            script_finished=ForwardMsg.FINISHED_SUCCESSFULLY
        )
        session._create_session_status_changed_message.return_value = ForwardMsg()
        (dropped_messages._handle if was else dropped_messages._take)(
            session, sender, event, forward_msg=ForwardMsg(delta=Delta(fragment_id="last"))
        )
        kinds = [message.WhichOneof("type") for message in session._browser_queue.flush()]
        return [kind for kind in kinds if kind], session._scriptrunner

    return asyncio.run(take())


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, "delta"),
        (ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, "script_finished"),
    ],
)
def test_the_last_of_an_old_runner_is_sent_and_the_new_one_stays(event: ScriptRunnerEvent, kind: str) -> None:
    assert sent_by(OLD, event) == sent_by(NEW, event) == ([kind], NEW)
    assert sent_by(OLD, event, was=True) == ([], NEW), "Streamlit sends it now: delete the workaround."


def test_the_end_of_an_old_runner_does_not_end_the_new_one() -> None:
    assert sent_by(OLD, ScriptRunnerEvent.SHUTDOWN) == ([], NEW)
    assert sent_by(NEW, ScriptRunnerEvent.SHUTDOWN) == ([], None)


def test_the_app_has_sessions_take_them() -> None:
    import ui.shell  # noqa: F401 - it puts the workaround in place

    assert AppSession._handle_scriptrunner_event_on_event_loop is dropped_messages._take
