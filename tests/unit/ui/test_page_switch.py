"""A redraw asked for by the page that was left is dropped; any other request stays."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

from ui.workarounds import page_switch


@pytest.mark.parametrize(
    ("waiting", "dropped"),
    [
        (RerunData(fragment_id="curves", page_script_hash="train"), True),
        (RerunData(fragment_id="canvas", page_script_hash="draw"), False),
        (RerunData(page_script_hash="train"), False),
    ],
)
def test_only_redraws_of_another_page_are_dropped(
    monkeypatch: pytest.MonkeyPatch, waiting: RerunData, *, dropped: bool
) -> None:
    requests = ScriptRequests()
    context = SimpleNamespace(script_requests=requests, page_script_hash="draw")
    monkeypatch.setattr(page_switch, "get_script_run_ctx", lambda: context)
    requests.request_rerun(waiting)
    page_switch.drop_redraws_of_other_pages()
    expected = ScriptRequestType.STOP if dropped else ScriptRequestType.RERUN
    assert requests.on_scriptrunner_ready().type is expected
