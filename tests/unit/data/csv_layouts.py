"""CSV files of a few embedded digits, in every layout that people use."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data import csv_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBEDDED = csv_files.embedded()
ROWS = np.arange(3, 5_000, 166)  # three of each digit
IMAGES, LABELS = EMBEDDED.images[ROWS], EMBEDDED.labels[ROWS]


@dataclass(frozen=True)
class Layout:
    """How a program writes a table of digits."""

    label: str | None = "label"
    label_last: bool = False
    header: bool = True
    row_number: str | None = None
    row_number_last: bool = False
    separator: str = ","
    decimals: int = 0
    quoted: bool = False
    end: str = "\n"
    encoding: str = "utf-8"

    def write(self, pixels: NDArray[Any], labels: NDArray[np.uint8]) -> bytes:
        """Return a file of pixels (n, 784) and labels (n,)."""
        columns = [[f"{value:.{self.decimals}f}" for value in row] for row in pixels]
        names = [f"pixel{i}" for i in range(pixels.shape[1])]
        if self.label is not None:
            names.insert(len(names) if self.label_last else 0, self.label)
            for row, label in zip(columns, labels, strict=True):
                row.insert(len(row) if self.label_last else 0, str(label))
        if self.row_number is not None:
            names.insert(len(names) if self.row_number_last else 0, self.row_number)
            for number, row in enumerate(columns):
                row.insert(len(row) if self.row_number_last else 0, str(number))
        rows = [names, *columns] if self.header else columns
        if self.separator != ",":
            rows = [[cell.replace(".", ",") for cell in row] for row in rows]
        if self.quoted:
            rows = [[f'"{cell}"' for cell in row] for row in rows]
        return "".join(self.separator.join(row) + self.end for row in rows).encode(self.encoding)


def zipped(content: bytes, name: str = "train.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr(f"__MACOSX/._{name}", b"\0")
    return file.getvalue()
