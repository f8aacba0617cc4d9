"""What the recipe learns from, where it is there: MNIST, and digits recorded with a pen."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data import csv_files, idx_files
from data.download import MNIST_FILES, mnist_folder
from recipe import unipen

if TYPE_CHECKING:
    from data.dataset import Dataset, Examples, Split
    from recipe.unipen import RecordedDigit

INK_SETTING = "DIGIT_LAB_INK"


@dataclass(frozen=True, eq=False)
class Sources:
    """What there is to learn from.

    Attributes:
        scanned: MNIST, or the digits of the project in its place.
        recorded: digits recorded with a pen; none where there is no file of them.
        sums: SHA-256 of each file that was read, by name.
        ink: the name of the file of recorded digits, or None.
    """

    scanned: Dataset
    recorded: list[RecordedDigit]
    sums: dict[str, str]
    ink: str | None

    @classmethod
    def found(cls) -> Sources:
        """Read the sources that are there, and print which is not and how to get it.

        Raises:
            DataError: the folder of MNIST is there and cannot be read.
            ValueError, OSError: the file of recorded digits cannot be read.
        """
        folder = mnist_folder()
        if folder is None:
            print(
                "The full MNIST is not here: fetch it with `python -m data.download`, or name the folder of its four "
                "files in DIGIT_LAB_MNIST. Going on with the 5,000 digits of the project."
            )
            scanned, files = csv_files.embedded(), [csv_files.EMBEDDED]
        else:
            scanned, files = idx_files.read_folder(folder), _files(folder)
        named = os.environ.get(INK_SETTING)
        if not named:
            print(
                "Recorded digits are not here: get pendigits-orig.tra from the UCI Machine Learning Repository (Pen-"
                f"Based Recognition of Handwritten Digits) and name the file in {INK_SETTING}. Going on without."
            )
            return cls(scanned, [], {path.name: sha256(path) for path in files}, None)
        ink = Path(named).expanduser()
        return cls(scanned, unipen.read(ink), {path.name: sha256(path) for path in [*files, ink]}, ink.name)

    def split(self, seed: int, dev_examples: int) -> Split:
        """Split the scanned digits; dev, and test where the digits have none of their own, take a tenth at most."""
        dev = min(dev_examples, self.scanned.default_sizes[0])
        return self.scanned.split(seed, dev, dev)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> list[Path]:
    """Return the four files of MNIST in a folder, gzip or not."""
    both = [(folder / file.name.removesuffix(".gz"), folder / file.name) for file in MNIST_FILES]
    return [plain if plain.is_file() else packed for plain, packed in both]


def held_out(embedded: Examples, split: Split) -> list[int]:
    """Return the rows of the digits of the project that are in dev, and that no network of this split learns from."""
    dev, train = (_pictures(part) for part in (split.dev, split.train))
    of_dev_alone = set(dev) - set(train)
    return [row for row, image in enumerate(_pictures(embedded)) if image in of_dev_alone]


def _pictures(examples: Examples) -> list[bytes]:
    """The pixels of each image."""
    return [image.tobytes() for image in examples.take()[0]]
