"""A visitor's language is the one they chose, else the first available one that their browser asks for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from language import translation
from ui import routes
from ui.state import language
from ui.workarounds.first_paint import first_paint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.unit.ui.visit import Visit


GERMAN = """
msgid ""
msgstr ""

msgid "Draw"
msgstr "Zeichnen"

#: ui/widgets/ghost_digit.js
msgid "Draw here"
msgstr "</script>Hier"
"""


@pytest.fixture(autouse=True)
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    translation._catalogue.cache_clear()
    first_paint.cache_clear()
    yield
    translation._catalogue.cache_clear()
    first_paint.cache_clear()


@pytest.mark.parametrize(
    ("headers", "cookies", "code"),
    [
        ({}, {}, "en"),
        ({"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}, {}, "de"),
        ({"Accept-Language": "it, de;q=0.5"}, {}, "de"),
        ({"Accept-Language": "de"}, {language.COOKIE: "en"}, "en"),
        ({"Accept-Language": "en"}, {language.COOKIE: "de"}, "de"),
        ({"Accept-Language": "de"}, {language.COOKIE: "../../etc"}, "de"),
        ({"Accept-Language": ",;q=;;" * 50_000}, {}, "en"),
    ],
)
def test_the_cookie_counts_before_the_browser(
    headers: Mapping[str, str], cookies: Mapping[str, str], code: str
) -> None:
    assert language.of_browser(headers, cookies) == code


def test_the_first_paint_is_in_the_language_of_the_browser() -> None:
    page = first_paint(routes.DRAW, "de").decode()
    assert '<html lang="de"' in page
    assert "<title>Zeichnen · Digit Lab</title>" in page
    assert ">Zeichnen</span>" in page
    assert "Zeichnen" not in first_paint(routes.DRAW, "en").decode()


def test_the_browser_is_asked_once_in_a_run(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page translates a thousand texts: finding the catalogues each time would take longer than all else."""
    asked = Mock(return_value="de")
    monkeypatch.setattr(language, "of_browser", asked)
    visit.go("dataset")
    asked.reset_mock()
    visit.app.run()
    assert asked.call_count == 1


def test_the_first_paint_brings_what_scripts_say_in_its_language() -> None:
    (words,) = re.findall('<script type="application/json" id="words">(.*?)</script>', page("de"))
    assert json.loads(words) == {"Draw here": "</script>Hier"}
    assert 'id="words"' not in page("en")


def test_no_language_adds_a_script_that_browsers_would_refuse() -> None:
    """The scripts that may run are known by their hashes."""
    german, english = (re.findall("<script>(.*?)</script>", page(code), re.DOTALL) for code in ("de", "en"))
    assert german == english


def page(code: str) -> str:
    """The page as it is sent to a browser that asks for a language."""
    return first_paint(routes.DRAW, code).decode()
