"""Find the data sources of the recipe: MNIST, and digits recorded with a pen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data import csv_files, idx_files
from data.download import mnist_folder
from recipe import unipen

if TYPE_CHECKING:
    from data.dataset import Dataset, Examples, Split
    from recipe.unipen import RecordedDigit

INK_SETTING = "DIGIT_LAB_INK"


@dataclass(frozen=True, eq=False)
class Sources:
    """The available data.

    Attributes:
        scanned: MNIST, or the project's 5,000 digits if it is missing.
        recorded: digits recorded with a pen; empty without such a file.
        checksums: SHA-256 of each file, by name.
        ink: the name of the file of recorded digits, or None.
    """

    scanned: Dataset
    recorded: list[RecordedDigit]
    checksums: dict[str, str]
    ink: str | None

    @classmethod
    def found(cls) -> Sources:
        """Read the available sources; print which are missing and how to get them.

        Raises:
            DataError: the folder of MNIST cannot be read.
            ValueError: the file of recorded digits cannot be read.
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
        named = os.environ.get(INK_SETTING)
        if not named:
            print(
                "Recorded digits are missing: download pendigits-orig.tra from the UCI Machine Learning Repository "
                f"(Pen-Based Recognition of Handwritten Digits) and set {INK_SETTING} to the file. Continuing without."
            )
            return cls(scanned, [], {path.name: sha256(path) for path in files}, None)
        ink = Path(named).expanduser()
        return cls(scanned, unipen.read(ink), {path.name: sha256(path) for path in [*files, ink]}, ink.name)

    def split(self, seed: int, dev_examples: int) -> Split:
        """Split the scanned digits; dev, and test unless supplied with the data, are at most a tenth each."""
        dev = min(dev_examples, self.scanned.default_sizes[0])
        return self.scanned.split(seed, dev, dev)


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
