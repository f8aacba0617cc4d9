"""Text on screen is in the reader's language, with the values and plurals that the language needs."""

from pathlib import Path

import pytest

from language import translation
from language.translation import N_, _, ask, best, current, languages, ngettext, pgettext, speaking, words_of_scripts

GERMAN = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Draw a digit"
msgstr "Zeichne eine Ziffer"

#: ui/page.py ui/script.js
msgid "{count} of {all} digits"
msgstr "{count} von {all} Ziffern"

msgid "Full"
msgstr "Alle"

msgctxt "speed"
msgid "Full"
msgstr "Voll"

msgid "It reads {name}."
msgstr "Es liest {nam}."

#: ui/script.js:12
msgid "{count} digit"
msgid_plural "{count} digits"
msgstr[0] "{count} Ziffer"
msgstr[1] "{count} Ziffern"

#: ui/script.js
msgid "Not translated yet"
msgstr ""

#: ui/script.js
#, fuzzy
msgid "Doubtful"
msgstr "Zweifelhaft"
"""


@pytest.fixture(autouse=True)
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three languages: German and Chinese have a catalogue here."""
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    (tmp_path / "zh_Hans.po").write_text('msgid ""\nmsgstr ""\n', encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    monkeypatch.setattr(translation, "_asked", [*translation._asked])
    translation._catalogue.cache_clear()


def test_text_is_english_until_another_language_is_spoken() -> None:
    assert _("Draw a digit") == "Draw a digit"
    with speaking("de"):
        assert _("Draw a digit") == "Zeichne eine Ziffer"
        with speaking("en"):
            assert _("Draw a digit") == "Draw a digit"
        assert current() == "de"
    assert current() == "en"


def test_the_language_is_asked_for_where_none_is_set() -> None:
    ask(lambda: "de")
    assert _("Draw a digit") == "Zeichne eine Ziffer"
    with speaking("en"):
        assert _("Draw a digit") == "Draw a digit"


def test_values_take_the_places_of_their_names() -> None:
    assert _("{count} of {all} digits", count=3, all=9) == "3 of 9 digits"
    with speaking("de"):
        assert _("{count} of {all} digits", count=3, all=9) == "3 von 9 Ziffern"


def test_text_without_values_may_have_braces() -> None:
    assert _("{") == "{"


def test_the_empty_text_is_empty_in_any_language() -> None:
    with speaking("de"):
        assert _("") == ""


def test_a_number_has_its_form_of_the_text() -> None:
    def digits(count: int) -> str:
        return ngettext("{count} digit", "{count} digits", count, count=count)

    assert [digits(count) for count in (0, 1, 2)] == ["0 digits", "1 digit", "2 digits"]
    with speaking("de"):
        assert [digits(count) for count in (0, 1, 2)] == ["0 Ziffern", "1 Ziffer", "2 Ziffern"]


def test_a_word_of_two_meanings_has_a_translation_for_each() -> None:
    assert (_("Full"), pgettext("speed", "Full"), pgettext("speed", "Ease in")) == ("Full", "Full", "Ease in")
    with speaking("de"):
        assert (_("Full"), pgettext("speed", "Full"), pgettext("speed", "Ease in")) == ("Alle", "Voll", "Ease in")


def test_scripts_get_what_they_say_and_no_more() -> None:
    assert words_of_scripts("de") == {
        "{count} of {all} digits": "{count} von {all} Ziffern",
        "{count} digit": ("{count} Ziffer", "{count} Ziffern"),
    }
    assert words_of_scripts("en") == words_of_scripts("zh_Hans") == {}


@pytest.mark.parametrize("code", ["de", "zh_Hans", "fr"])
def test_english_takes_the_place_of_what_is_not_translated(code: str) -> None:
    with speaking(code):
        assert _("Nowhere translated: {what}", what="this") == "Nowhere translated: this"
        assert _("It reads {name}.", name="7") == "It reads 7.", "A value that a catalogue names wrongly."
        assert N_("Draw a digit") == "Draw a digit"


def test_a_language_is_named_in_itself() -> None:
    assert languages() == {"en": "English", "de": "Deutsch", "zh_Hans": "中文 (简体)"}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["de-CH", "en"], "de"),
        (["DE"], "de"),
        (["it", "fr-CA", "de"], "de"),
        (["zh-CN"], "zh_Hans"),
        (["zh"], "zh_Hans"),
        (["zh-SG"], "zh_Hans"),
        (["zh-TW"], "en"),
        (["en-GB", "de"], "en"),
        (["pt-BR"], "en"),
        (["", "*", "x" * 99, "../../de", "de_", "日本"], "en"),
        ([], "en"),
    ],
)
def test_a_browser_gets_the_first_available_language_it_asks_for(wanted: list[str], code: str) -> None:
    assert best(wanted) == code
