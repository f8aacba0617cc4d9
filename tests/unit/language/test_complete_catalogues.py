"""Every catalogue translates all text that the code marks, with the values and tags of the English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

from language.__main__ import extracted
from language.translation import CATALOGUES, ENGLISH, languages

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

CODES = sorted(languages().keys() - {ENGLISH})

VALUE, TAG = re.compile(r"{(\w*)}"), re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def marked() -> Catalog:
    return extracted()


def catalogue(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def test_there_are_the_languages_that_the_readme_names() -> None:
    assert CODES == ["de", "es", "fr", "zh_Hans"]


@pytest.mark.parametrize("code", CODES)
def test_all_that_the_code_marks_is_translated(code: str, marked: Catalog) -> None:
    translated = catalogue(code)
    said = {(each.id, each.context): each.string for each in translated}
    missing = [each.id for each in marked if each.id and not all(forms(said.get((each.id, each.context))))]
    assert missing == [], "Run `python -m language`, and translate what it leaves empty."


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_values_and_tags_of_the_english(code: str) -> None:
    translated = catalogue(code)
    wrong = []
    for message in translated:
        if not message.id:
            continue
        english, said = forms(message.id), forms(message.string)
        if len(english) > 1 and len(said) != translated.num_plurals:
            wrong.append(f"{english[0]!r} has {len(said)} plural forms")
        known = {name for form in english for name in VALUE.findall(form)}
        needed = set(VALUE.findall(english[-1]))
        for place, form in enumerate(said):
            names = set(VALUE.findall(form))
            if names - known or (place == len(said) - 1 and needed - names):
                wrong.append(f"{form!r} has other values than {english[-1]!r}")
            if sorted(TAG.findall(form)) != sorted(TAG.findall(english[-1])):
                wrong.append(f"{form!r} has other tags than {english[-1]!r}")
    assert wrong == []
