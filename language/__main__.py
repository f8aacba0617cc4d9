"""Bring the catalogues up to date with the code: `python -m language` reports what is left to translate.

`python -m language it` starts a catalogue for another language, given its CLDR code: it, pt_BR, zh_Hant.
"""

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from language.translation import CATALOGUES

ROOT = Path(__file__).parents[1]

KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "nN_": (1, 2), "pgettext": ((1, "c"), 2), "pN_": ((1, "c"), 2)}

METHODS = {".py": "python", ".j2": "jinja2", ".js": "javascript"}

OPTIONS = {"javascript": {"jsx": False, "parse_template_string": True}}

TOLD = {"formula", "meaning", "suits"}
"""The arguments of nn's table entries that are shown on screen, besides the label."""

SPOKEN_IN = ("app.py", "ui", "training", "classroom", "models", "ink", "data")
"""The files and folders whose text appears on screen."""


def extracted() -> Catalog:
    """Return all text that the code marks for translation, with the files that contain it."""
    catalogue = Catalog(project="Digit Lab", fuzzy=False, charset="utf-8")
    for place in SPOKEN_IN:
        folder = ROOT / place
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.suffix not in METHODS:
                continue
            method = METHODS[file.suffix]
            found = extract_from_file(method, file, KEYWORDS, ["Translators:"], OPTIONS.get(method))
            for _, message, comments, context in found:
                where = [(str(file.relative_to(ROOT)), 0)]
                catalogue.add(message, locations=where, auto_comments=comments, context=context)
    for file in sorted((ROOT / "nn").glob("*.py")):
        for text in _of_tables(file):
            catalogue.add(text, locations=[(str(file.relative_to(ROOT)), 0)])
    return catalogue


def _of_tables(file: Path) -> Iterator[str]:
    """Yield the texts of nn's table entries that are shown on screen: nn imports nothing that marks them."""
    module = ast.parse(file.read_text(encoding="utf-8"))
    tables = [
        each.value for each in module.body if isinstance(each, ast.AnnAssign) and isinstance(each.value, ast.Dict)
    ]
    for entry in (entry for table in tables for entry in table.values if isinstance(entry, ast.Call)):
        told = [*entry.args[:1], *(each.value for each in entry.keywords if each.arg in TOLD)]
        yield from (each.value for each in told if isinstance(each, ast.Constant) and isinstance(each.value, str))


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the requested catalogues, and update all of them; return 1 if anything is left to translate."""
    parser = argparse.ArgumentParser(prog="python -m language", description="Update the catalogues.")
    parser.add_argument("codes", nargs="*", metavar="CODE", help="a language to begin a catalogue for, such as pt_BR")
    for code in parser.parse_args(arguments).codes:
        try:
            begun = Catalog(Locale.parse(code), fuzzy=False)
        except (ValueError, UnknownLocaleError):
            parser.error(f"there is no language {code!r}: give a code such as it or pt_BR.")
        if not (file := CATALOGUES / f"{code}.po").exists():
            _write(begun, file)
    text, incomplete = extracted(), 0
    for file in sorted(CATALOGUES.glob("*.po")):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=file.stem)
        catalogue.update(text, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        _write(catalogue, file)
        missing = [each.id for each in catalogue if each.id and not all(_forms(each.string or ""))]
        incomplete += len(missing)
        print(f"{file.stem}: {len(catalogue):,} texts, {len(missing):,} to translate")
    return 1 if incomplete else 0


def _write(catalogue: Catalog, file: Path) -> None:
    """Write a catalogue; its header names no translators, because the Git history does."""
    catalogue.project, catalogue.version, catalogue.copyright_holder = "Digit Lab", "", ""
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = ""
    catalogue.revision_date = catalogue.creation_date
    catalogue.header_comment = f"# {Locale.parse(file.stem).english_name}"
    with file.open("wb") as target:
        write_po(target, catalogue, width=120, include_lineno=False, ignore_obsolete=True)


def _forms(translated: str | tuple[str, ...] | list[str]) -> tuple[str, ...] | list[str]:
    return (translated,) if isinstance(translated, str) else translated


if __name__ == "__main__":
    sys.exit(main())
