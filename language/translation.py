"""Translate text on screen into the reader's language: `_` looks it up in a catalogue of language/catalogues.

The language comes from the context: `speaking` sets it for a block of code, and `ask` sets where to look it up
otherwise, such as in a visitor's session. Commands, tests and the log speak English.
"""

import gettext
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "catalogues"

ENGLISH = "en"
"""The language of the code."""

_set: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str]] = [lambda: ENGLISH]


def languages() -> dict[str, str]:
    """Return each language's own name, by its code: English, and every language that has a catalogue."""
    return _names_of(CATALOGUES)


def best(wanted: Sequence[str]) -> str:
    """Return the language that suits a reader best.

    Args:
        wanted: Tags as a browser states them, the most wanted first, such as "de-CH" or "zh-CN"; unknown ones are
            ignored.

    Returns:
        The code of the language; English if none matches. Chinese matches only in the same script.
    """
    known = {_in_full(code): code for code in languages()}
    full = (_in_full(tag.replace("-", "_")) for tag in wanted)
    return next((known[each] for each in full if each is not None and each in known), ENGLISH)


def current() -> str:
    """Return the code of the language into which `_` translates in this context."""
    return _set.get() or _asked[-1]()


def ask(listener: Callable[[], str]) -> None:
    """Set the function that returns the language where `speaking` has not set one."""
    _asked[:] = [listener]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Translate into a language in this thread, until the block ends."""
    token = _set.set(code)
    try:
        yield
    finally:
        _set.reset(token)


def _(text: str, /, **values: object) -> str:
    """Return a text in the reader's language, with values in place of the {names} in it.

    Without values, braces in the text are kept as they are. Text that no catalogue has stays English.
    """
    return _filled(_catalogue(current()).gettext(text), text, values) if text else ""  # gettext's "" is its header


def pgettext(context: str, text: str, /, **values: object) -> str:
    """Translate a text as `_` does, but in a context such as "speed": one English word may be two elsewhere."""
    return _filled(_catalogue(current()).pgettext(context, text), text, values)


def ngettext(one: str, several: str, count: int, /, **values: object) -> str:
    """Translate a text as `_` does, in the plural form for a count; to appear in it, the count must be a value too."""
    return _filled(_catalogue(current()).ngettext(one, several, count), one if count == 1 else several, values)


def N_(text: str) -> str:  # noqa: N802 - gettext's name
    """Mark a text in a table for translation, and return it as it is; `_` translates it where it is shown."""
    return text


def pN_(_context: str, text: str) -> str:  # noqa: N802
    """Mark a text in a table, and return it as it is; `pgettext` translates it where it is shown."""
    return text


def nN_(one: str, several: str) -> tuple[str, str]:  # noqa: N802
    """Mark both forms of a text in a table, and return them; `ngettext` translates one where it is shown."""
    return one, several


def _filled(text: str, english: str, values: dict[str, object]) -> str:
    if not values:
        return text
    try:
        return text.format(**values)
    except (LookupError, ValueError):  # a mistake in a catalogue
        return english.format(**values)


def words_of_scripts(code: str) -> dict[str, str | Sequence[str]]:
    """Return the translations for the JavaScript of the pages, by the English text, or its singular.

    A text has one translation, or a list of its plural forms. Untranslated text is left out, and so is all English.
    """
    return {
        each.id if isinstance(each.id, str) else each.id[0]: each.string
        for each in _messages(CATALOGUES / f"{code}.po")
        if any(file.endswith(".js") for file, _line in each.locations)
        and each.string
        and all(each.string)
        and not each.fuzzy
    }


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; an empty one for English, or for a language that has none."""
    messages = _messages(CATALOGUES / f"{code}.po")
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _messages(catalogue: Path) -> Catalog:
    """Return the messages of a catalogue; none if the file does not exist, as for English."""
    if not catalogue.is_file():
        return Catalog()
    with catalogue.open("rb") as source:
        return read_po(source, locale=catalogue.stem)


@cache
def _in_full(code: str) -> tuple[str, str] | None:
    """Return the language and the script of a code, such as zh and Hans for zh_CN; None if it is unknown."""
    try:
        locale = Locale.parse(code, resolve_likely_subtags=True)
        script = locale.script or Locale.parse(get_global("likely_subtags")[locale.language]).script
    except (UnknownLocaleError, LookupError, ValueError):
        return None
    return locale.language, script or ""


@cache
def _names_of(catalogues: Path) -> dict[str, str]:
    return {code: _own_name(code) for code in (ENGLISH, *sorted(path.stem for path in catalogues.glob("*.po")))}


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]
