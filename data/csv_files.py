"""Read and write CSV files of images in common layouts; data/csv_table.py says which are understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data import csv_table, image_adjustments, known_formats
from data.csv_text import LIMIT_BYTES, LIMIT_ROWS
from data.dataset import PIXELS, Dataset
from data.file_io import ZIP_MAGIC, from_zip, read_start
from data.image_adjustments import EMBEDDED
from data.label_schemes import DIGIT_LABELS, LabelScheme
from language.translation import N_

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.dataset import ColumnRoles

__all__ = ["EMBEDDED", "EMBEDDED_NAME", "LIMIT_BYTES", "LIMIT_ROWS", "embedded", "pieces", "read", "table", "write"]

EMBEDDED_NAME = N_("Embedded digits")
SUFFIXES = (".csv", ".tsv", ".txt", ".arff", ".csv.gz")

COLUMNS = ("label", *(f"pixel{i}" for i in range(PIXELS)))

_ROWS = 500
"""How many rows are written at a time: 2 MB, in a few milliseconds."""

_CELL, _LAST_CELL = (np.array([f"{number}{end}" for number in range(256)], "S4").view(np.uint32) for end in (",", "\n"))
"""The text of each number and what follows it, padded with zero bytes to the four of an integer."""


def embedded() -> Dataset:
    """The 5,000 digits that come with the app (data/README.md), 500 of each.

    Raises:
        DataError: the file is missing or damaged.
    """
    return Dataset(EMBEDDED_NAME, *image_adjustments.embedded_digits())


def read(
    file: bytes | Path, name: str, scheme: LabelScheme = DIGIT_LABELS, columns: ColumnRoles | None = None
) -> Dataset:
    """Read a CSV file with one image per row: 784 pixels, row by row from the top left, and a label.

    The label is in the column named label, class, target or y; without such a name, in the first or the last column,
    whichever holds labels. Ink becomes 255 on paper of 0, upright: the dataset lists what was adjusted.

    Args:
        file: the path or bytes of a CSV or ARFF file in UTF-8 or UTF-16, plain, gzip or alone in a zip archive, as
            detected from the content.
        name: the name of the dataset, and of the file in error messages.
        scheme: the meaning of the labels; digits by default.
        columns: what the columns hold, one of the `columns` of a dataset of the same file; None to detect it.

    Returns:
        A dataset with the classes of the scheme, in the order of the file.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: the file cannot be read, is larger than LIMIT_BYTES or LIMIT_ROWS, does not have this layout, or has
            an invalid label or pixel. The message names the row and column, if any.
    """
    content = read_start(file, LIMIT_BYTES + 1, name)
    known_formats.refuse(content, name)
    if content.startswith(ZIP_MAGIC):
        content = read_start(from_zip(content, LIMIT_BYTES + 1, name, SUFFIXES), LIMIT_BYTES + 1, name)
        known_formats.refuse(content, name)
    found = csv_table.read(content, name, scheme, columns)
    return image_adjustments.dataset(
        name,
        found.pixels,
        found.labels,
        scheme,
        notes=found.notes,
        columns=found.roles,
        unusual=found.unusual,
    )


def table(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> tuple[Sequence[str], Sequence[Sequence[int]]]:
    """Return the column names, label, pixel0, …, pixel783, and n rows, for a preview of n digits."""
    return COLUMNS, np.column_stack((labels, images)).tolist()


def write(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """Return a plain CSV file that `read` can read: a header in ASCII, then one line per digit."""
    return b"".join(pieces(images, labels))


def pieces(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Iterator[bytes]:
    """Yield the file of `write` in pieces, so that the 400 MB of the largest dataset need not be held at once."""
    yield (",".join(COLUMNS) + "\n").encode()
    for first in range(0, len(labels), _ROWS):
        rows = slice(first, first + _ROWS)
        cells = _CELL[np.column_stack((labels[rows], images[rows]))]  # (rows, 785)
        cells[:, -1] = _LAST_CELL[images[rows, -1]]
        yield cells.tobytes().translate(None, b"\0")
