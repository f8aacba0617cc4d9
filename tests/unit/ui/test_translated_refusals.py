"""A stranger's file is refused in the language of the visitor who brought it, though another process reads it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data.dataset import DataError
from data.label_schemes import DIGIT_LABELS
from data.untrusted.reading_process import answer
from language import translation
from language.translation import speaking
from ui.state import uploaded_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.untrusted.reading_process import Plain

pytestmark = pytest.mark.slow

GERMAN = {
    "{name} cannot be used: {problem}.": "{name} ist unbrauchbar: {problem}.",
    "its lists hold more than {most} numbers; save arrays instead": "mehr als {most} Zahlen",
    "{name} is a PDF document, which cannot be read here: take a screenshot of the digit in it.": "{name} ist ein PDF.",
    "Digit {number} of {name} has no label or no strokes.": "In {name} fehlt Ziffer {number} etwas.",
    "{name} cannot be opened: {problem}.": "{name} öffnet sich nicht: {problem}.",
    "it is not a file of work saved here": "das ist keine Arbeit",
    "{name} is a PDF: {way_out}": "{name} ist ein PDF: {way_out}",
}


def in_german(folder: str, reader: Callable[..., Plain], *files: bytes) -> Plain:
    """Call a reader with the catalogues of a folder, as the other process does, which has none of this one's."""
    translation.CATALOGUES = Path(folder)
    translation._catalogue.cache_clear()
    return reader(*files)


@pytest.fixture(autouse=True)
def _german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = "".join(f'\nmsgid "{english}"\nmsgstr "{german}"\n' for english, german in GERMAN.items())
    (tmp_path / "de.po").write_text(f'msgid ""\nmsgstr ""\n{entries}', encoding="utf-8")
    monkeypatch.setattr(
        uploaded_files,
        "answer",
        lambda reader, *files, **limits: answer(partial(in_german, str(tmp_path), reader), *files, **limits),
    )


@pytest.mark.parametrize(
    ("read", "file", "german", "english"),
    [
        (
            uploaded_files.network,
            json.dumps({"W1": [[0] * 1001, *[[]] * 1000]}).encode(),
            "x ist unbrauchbar: mehr als 1.000.000 Zahlen.",
            "x cannot be used: its lists hold more than 1,000,000 numbers",
        ),
        (uploaded_files.picture, b"%PDF", "x ist ein PDF.", "x is a PDF document, which"),
        (
            uploaded_files.collection,
            b'{"digits": [{}]}',
            "In x fehlt Ziffer 1 etwas.",
            "Digit 1 of x has no label or no strokes.",
        ),
        (
            uploaded_files.work,
            b"",
            "x öffnet sich nicht: das ist keine Arbeit.",
            "x cannot be opened: it is not a file of work saved here.",
        ),
        (
            partial(uploaded_files.dataset, scheme=DIGIT_LABELS),
            b"%PDF",
            "x ist ein PDF: ",
            "x is a PDF: ",
        ),
    ],
    ids=["network", "picture", "collection", "work", "dataset"],
)
def test_a_file_is_refused_in_the_visitors_language(
    read: Callable[..., object], file: bytes, german: str, english: str
) -> None:
    with speaking("de"), pytest.raises(DataError, match=f"^{german}"):
        read(file, "x")
    with pytest.raises(DataError, match=f"^{english}"):
        read(file, "x")
