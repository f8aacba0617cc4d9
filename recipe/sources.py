"""Find the data sources of the recipe: MNIST, and digits recorded with a pen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data import csv_files, idx_files
from data.download import mnist_folder
from recipe import recorded_drawings, unipen

if TYPE_CHECKING:
    from data.dataset import Dataset, Examples, Split
    from recipe.recorded_drawings import RecordedDigit, RecordedOther

INK_SETTING = "DIGIT_LAB_INK"


@dataclass(frozen=True)
class InkFile:
    """A file of drawings recorded with a pen, in the folder that DIGIT_LAB_INK names; it may be compressed with gzip.

    Attributes:
        name: its name, without ".gz".
        holds: what it contains.
        source: who made it, and where it comes from.
        licence: its licence.
    """

    name: str
    holds: str
    source: str
    licence: str

    def read(self, path: Path) -> tuple[list[RecordedDigit], list[RecordedOther]]:
        """Read its digits and other drawings; see recorded_drawings.read for the errors."""
        if not self.name.endswith(".jsonl"):
            return unipen.read(path), []
        return recorded_drawings.read(path, self.name.split("-")[0])


_UNIPEN = "UNIPEN train_r01_v07, International Unipen Foundation, Zenodo 1195803"

PENDIGITS: Final = InkFile(
    "pendigits-orig.tra",
    "digits",
    "Alpaydin and Alimoglu, *Pen-Based Recognition of Handwritten Digits, original unnormalized version*, UCI Machine "
    "Learning Repository, 1998",
    "CC BY 4.0",
)
INK_FILES: Final = (
    PENDIGITS,
    InkFile("unipen-digits.jsonl", "digits", f"{_UNIPEN}, set 1a", "CC BY 4.0"),
    InkFile(
        "uji-digits.jsonl",
        "digits",
        "Prat, Castro, Llorens, Marzal and Vilar, *UJI Pen Characters (Version 2)*, UCI Machine Learning Repository, "
        "2008",
        "CC BY 4.0",
    ),
    InkFile("lipitk-digits.jsonl", "digits", "LipiTk, projects/numerals", "MIT"),
    InkFile("numberpad-digits.jsonl", "digits", "NumberPad", "Apache-2.0"),
    InkFile("unipen-other.jsonl", "letters and signs", f"{_UNIPEN}, sets 1b to 1d", "CC BY 4.0"),
    InkFile(
        "uji-letters.jsonl",
        "letters",
        "Llorens and others, *UJI Pen Characters*, UCI Machine Learning Repository, 2007",
        "CC BY 4.0",
    ),
    InkFile("numberpad-symbols.jsonl", "signs", "NumberPad", "Apache-2.0"),
    InkFile(
        "omniglot-other.jsonl",
        "characters of six scripts",
        "Lake, Salakhutdinov and Tenenbaum, *Omniglot*, 2015",
        "MIT",
    ),
    InkFile("quickdraw-doodles.jsonl", "sketches", "*Quick, Draw!*, Google", "CC BY 4.0"),
)


@dataclass(frozen=True, eq=False)
class Sources:
    """The available data.

    Attributes:
        scanned: MNIST, or the project's 5,000 digits if it is missing.
        recorded: digits recorded with a pen; empty without such a file.
        others: other drawings recorded with a pen, which are not digits.
        checksums: SHA-256 of each file, by name.
        ink: the names of the files of recorded drawings, as in INK_FILES.
    """

    scanned: Dataset
    recorded: list[RecordedDigit]
    others: list[RecordedOther]
    checksums: dict[str, str]
    ink: list[str]

    @classmethod
    def found(cls) -> Sources:
        """Read the available sources; print which are missing and how to get them.

        Raises:
            DataError: the folder of MNIST cannot be read.
            ValueError: a file of recorded drawings cannot be read.
        """
        folder = mnist_folder()
        if folder is None:
            print(
                "The full MNIST is missing: download it with `python -m data.download`, or set DIGIT_LAB_MNIST to the "
                "folder of its four files. Continuing with the project's 5,000 digits."
            )
            scanned, files = csv_files.embedded(), [csv_files.EMBEDDED]
        else:
            scanned, files = idx_files.read_folder(folder), idx_files.mnist_paths(folder)
        ink = _ink_paths(os.environ.get(INK_SETTING))
        recorded: list[RecordedDigit] = []
        others: list[RecordedOther] = []
        for file, path in ink.items():
            digits, drawings = file.read(path)
            recorded += digits
            others += drawings
        checksums = {path.name: sha256(path) for path in [*files, *ink.values()]}
        return cls(scanned, recorded, others, checksums, [file.name for file in ink])

    def split(self, seed: int, dev_examples: int) -> Split:
        """Split the scanned digits; dev, and test unless supplied with the data, are at most a tenth each."""
        dev = min(dev_examples, self.scanned.default_sizes[0])
        return self.scanned.split(seed, dev, dev)


def _ink_paths(named: str | None) -> dict[InkFile, Path]:
    """Return the paths of the files of recorded drawings, in a folder or a single file; print which are missing."""
    folder = Path(named).expanduser() if named else None
    if folder is not None and folder.is_file():
        return {PENDIGITS: folder}
    found = {}
    for file in INK_FILES:
        paths = [folder / f"{file.name}{ending}" for ending in ("", ".gz")] if folder is not None else []
        there = [path for path in paths if path.is_file()]
        if there:
            found[file] = there[0]
        else:
            print(f"{file.name} is missing ({file.holds}; {file.source}).")
    if len(found) < len(INK_FILES):
        print(f"Put these into one folder and set {INK_SETTING} to it. Continuing without.")
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def embedded_held_out(embedded: Examples, split: Split) -> list[int]:
    """Return the rows of the embedded digits that are only in dev, so that no network of this split trains on them."""
    dev, train = (_images(part) for part in (split.dev, split.train))
    only_dev = set(dev) - set(train)
    return [row for row, image in enumerate(_images(embedded)) if image in only_dev]


def _images(examples: Examples) -> list[bytes]:
    """Return the pixels of each image."""
    return [image.tobytes() for image in examples.take()[0]]
