"""Class names and file names are text on every page, and no page reveals where the server keeps its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data import csv_files
from testing.sample_digits import digit
from tests.unit.ui.labelled_shapes import shapes
from tests.unit.ui.visit import APP, Visit, as_fabric

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

HOSTILE = (
    "![x](http://elsewhere.example/a.png)",
    "[x](http://elsewhere.example)",
    "<img src=//elsewhere.example/b>",
    "'><b onclick=x()>",
    "</style><script>x()</script>",
    ":material/bug:",
    r"$\href{javascript:x()}{x}$",
    '" onload="x()',
    "<iframe src=//elsewhere.example>",
    "`x`",
    "**x**",
    ":red[x]",
)
FILE = "![y](http://elsewhere.example/c.png).csv"

SHOWN_AS_TEXT = {"selectbox", "multiselect", "bidi_component", "file_uploader", "vega_lite_chart"}
"""Elements whose values the front end shows as text; our own components are tested in a browser."""


def strings(message: Any) -> Iterator[str]:  # noqa: ANN401 - a protobuf message
    """Every string in a message, however deep."""
    for field, value in message.ListFields():
        for each in value if field.is_repeated else [value]:
            if isinstance(each, str):
                yield each
            elif hasattr(each, "ListFields"):
                yield from strings(each)


def shown(visit: Visit) -> Iterator[tuple[str, str]]:
    """The type of each element of the page, and each string in it."""
    assert not visit.app.exception
    for element in visit.app:
        if hasattr(element, "proto") and hasattr(element.proto, "ListFields"):
            yield from ((element.type, each) for each in strings(element.proto))


@pytest.fixture(scope="module")
def pages() -> list[tuple[str, str]]:
    """What every page shows to a visitor who has brought these names."""
    visit = Visit("dataset")
    found = [*shown(visit)]
    visit.app.session_state["naming"] = "Custom names"
    visit.app.run()
    visit.app.session_state["class_names"] = ", ".join(HOSTILE)
    visit.app.run()
    visit.upload("upload_csv", FILE, csv_files.write(*shapes(50)))
    found += shown(visit)
    visit.upload("upload_csv", FILE, b"nothing")
    found += shown(visit)
    visit.upload("upload_csv", FILE, csv_files.write(*shapes(50)))
    visit.go("train")
    visit.app.selectbox(key="dataset").set_value(FILE).run()
    visit.app.number_input(key="epochs").set_value(2).run()
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    found += shown(visit)
    visit.go("")
    visit.app.selectbox(key="network").set_value("Run 1").run()
    visit.app.session_state["why"] = True
    visit.draw(as_fabric(digit("3")))
    found += shown(visit)
    for page in ("look", "break", "compare"):
        visit.go(page)
        found += shown(visit)
    visit.leave()
    return found


def test_names_are_text_wherever_they_are_shown(pages: list[tuple[str, str]]) -> None:
    raw = {
        kind: [each for each in [*HOSTILE, FILE] if kind != "html" or set(each) & set("<>\"'")]
        for kind, _ in pages
        if kind not in SHOWN_AS_TEXT
    }
    assert {"markdown", "error", "html", "button_group"} <= raw.keys(), "Something was not tried."
    found = [(kind, text) for kind, text in pages for name in raw.get(kind, ()) if name in text]
    assert found == []


def test_no_page_tells_a_path_of_the_server(pages: list[tuple[str, str]]) -> None:
    paths = {str(APP.parent), str(Path.home()), "site-packages"}
    assert [(kind, each[:200]) for kind, each in pages if any(path in each for path in paths)] == []
