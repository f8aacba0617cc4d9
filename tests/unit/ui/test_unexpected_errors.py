"""If a page's own code fails, visitors are told so in a sentence and keep their work, and the log has the error."""

from __future__ import annotations

from functools import partialmethod
from typing import TYPE_CHECKING, NoReturn

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner

from app import app
from testing import sample_digits
from tests.unit.ui.visit import as_fabric
from ui import routes
from ui.draw import page as draw

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit

FAILED = "This failed, and should not have. What you made is kept. Reload the page, or open another."
NO_MEMORY = (
    "The server ran out of memory. What you made is kept. Reload the page, or try it with less data or fewer units."
)


@pytest.fixture(autouse=True)
def _served_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest runs the script of the app, but knows nothing of how the server handles an error."""
    monkeypatch.setattr(
        ScriptRunner, "__init__", partialmethod(ScriptRunner.__init__, on_script_error=app._on_script_error)
    )


@pytest.mark.parametrize(
    ("where", "error", "sentence"),
    [
        ("page", MemoryError(), NO_MEMORY),
        ("fragment", RuntimeError("secret"), FAILED),
        ("callback", RuntimeError("secret"), FAILED),
    ],
)
def test_a_visitor_reads_a_sentence_and_keeps_the_drawing(
    new_visit: NewVisit,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
    error: Exception,
    sentence: str,
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    visit = new_visit()
    visit.draw(as_fabric(sample_digits.digit("3")))
    caplog.clear()
    with monkeypatch.context() as broken:
        if where == "page":
            broken.setattr(draw, "next_step", fail)
            visit.app.run()
        elif where == "fragment":
            broken.setattr(draw, "correction_panel", fail)
            visit.app.run()
        else:
            broken.setattr(routes, "go_to", fail)
            visit.click("inspect_drawing")
    assert visit.alerts == [sentence]
    assert not visit.app.exception
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]
    visit.app.run()
    assert not visit.alerts
    assert visit.answer["numeral"] == "3"
