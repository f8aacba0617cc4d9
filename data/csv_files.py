"""Read and write CSV files of digits, plain or gzip: a header `label,pixel0,…,pixel783`, then one digit per row.

In error messages, the first row below the header is row 1, and blank lines are not counted.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.dataset import IMAGE_SIDE, PIXELS, DataError, Dataset
from data.file_io import read_start
from data.label_schemes import DIGIT_LABELS, LabelScheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

EMBEDDED = Path(__file__).with_name("mnist_5k.csv.gz")
EMBEDDED_NAME = "Embedded digits"

# All 70,000 digits of MNIST take 122 MB, decompressed.
LIMIT_BYTES = 128 * 2**20
LIMIT_ROWS = 70_000
LIMIT_LINE = 65_536  # characters; 785 numbers take about 3,000
BATCH_ROWS = 2_000  # parsed at a time: as 64-bit numbers, a batch takes 13 MB in pandas, all of MNIST 376 MB

COLUMNS = ("label", *(f"pixel{i}" for i in range(PIXELS)))


def embedded() -> Dataset:
    """The 5,000 digits that come with the app (data/README.md), 500 of each.

    Raises:
        DataError: the file is missing or damaged.
    """
    return read(EMBEDDED, EMBEDDED_NAME)


def read(file: bytes | Path, name: str, scheme: LabelScheme = DIGIT_LABELS) -> Dataset:
    """Read a CSV file of digits.

    The label is in the column named `label`, in any position and in upper or lower case; the 784 other columns are the
    pixels, row by row from the top left, whatever their names.

    Args:
        file: the path or bytes of a CSV file in UTF-8, plain or gzip, which is detected from the content.
        name: the name of the dataset, and of the file in error messages.
        scheme: the meaning of the labels; digits by default.

    Returns:
        A dataset with the classes of the scheme, in the order of the file.

    Raises:
        DataError: the file cannot be read, is larger than LIMIT_BYTES or LIMIT_ROWS, does not have this layout, or has
            an invalid label or pixel. The message names the row and column, if any.
    """
    content = read_start(file, LIMIT_BYTES + 1, name)
    if len(content) > LIMIT_BYTES:
        raise DataError(
            f"{name} is larger than {LIMIT_BYTES // 2**20} MB: choose a smaller file, of at most {LIMIT_ROWS:,} digits."
        )
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=None)
    images: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.uint8]] = []
    try:
        header, label_column = _read_header(text, name)
        first_row = 1
        for lines in _batches(text, name):
            values = _parse(lines, first_row, header, label_column, name, scheme)  # (k, 785)
            labels.append(values[:, label_column] - np.uint8(scheme.first_label))
            images.append(np.ascontiguousarray(np.delete(values, label_column, axis=1)))  # contiguous rows
            first_row += len(lines)
    except UnicodeDecodeError:
        raise _not_csv(name) from None
    if not images:
        raise DataError(f"{name} has a header but no rows below it: add one row for each digit.")
    return Dataset(name, scheme.row_major(np.concatenate(images)), np.concatenate(labels), classes=scheme.classes)


def table(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> pd.DataFrame:
    """Return the digits as a table in the CSV layout, for a preview.

    Args:
        images: (n, 784) uint8.
        labels: (n,) uint8.

    Returns:
        n rows of uint8, with the columns label, pixel0, …, pixel783.
    """
    return pd.DataFrame(np.column_stack((labels, images)), columns=list(COLUMNS))


def write(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """Return a plain CSV file that `read` can read.

    Args:
        images: (n, 784) uint8.
        labels: (n,) uint8.

    Returns:
        ASCII: the header, then one line per digit.
    """
    return table(images, labels).to_csv(index=False, lineterminator="\n").encode()


def _not_csv(name: str) -> DataError:
    return DataError(f"{name} is not a CSV file: save the table as CSV (UTF-8) and choose that file.")


def _read_header(text: io.TextIOWrapper, name: str) -> tuple[list[str], int]:
    """Return the 785 column names and the index of the label's."""
    line = _next_line(text)
    if line == "":
        raise DataError(f"{name} is empty: choose a CSV file of digits.")
    if "\0" in line:
        raise _not_csv(name)
    header = [column.strip() for column in next(csv.reader([line.strip("\n")]))]
    labels = [i for i, column in enumerate(header) if column.casefold() == "label"]
    if len(labels) != 1:
        raise DataError(
            f"{name} has {len(labels) or 'no'} column{'s' if labels else ''} named label: its first line must "
            f"be a header with one such column and {PIXELS} for the pixels, separated by commas."
        )
    if len(header) - 1 != PIXELS:
        raise DataError(
            f"{name} has {len(header) - 1:,} columns besides label, "
            f"but images of {IMAGE_SIDE}×{IMAGE_SIDE} pixels need {PIXELS}."
        )
    return header, labels[0]


def _next_line(text: io.TextIOWrapper) -> str:
    """Return the next non-blank line, or "" at the end; a line longer than any valid row is returned in pieces."""
    line = text.readline(LIMIT_LINE)
    while line.isspace():
        line = text.readline(LIMIT_LINE)
    return line


def _batches(text: io.TextIOWrapper, name: str) -> Iterator[list[str]]:
    """Yield the rows as lines of exactly 785 values, without quotation marks, BATCH_ROWS at a time.

    Rows that are too short or too long are rejected here, because pandas would silently pad or truncate them.
    """
    lines: list[str] = []
    row = 0
    while line := _next_line(text):
        row += 1
        if row > LIMIT_ROWS:
            raise DataError(f"{name} has more than {LIMIT_ROWS:,} rows: choose a smaller file.")
        if "\0" in line:
            raise _not_csv(name)
        values = line.count(",") + 1
        if values != len(COLUMNS):
            raise DataError(
                f"Row {row:,} below the header of {name} has {values:,} value{'s' if values > 1 else ''}, "
                f"but each row needs {len(COLUMNS)}: a label and {PIXELS} pixels."
            )
        lines.append(line.replace('"', ""))
        if len(lines) == BATCH_ROWS:
            yield lines
            lines = []
    if lines:
        yield lines


def _parse(
    lines: list[str], first_row: int, header: list[str], label_column: int, name: str, scheme: LabelScheme
) -> NDArray[np.uint8]:
    """Parse lines of 785 values into (k, 785) uint8; raise a DataError that names the first invalid value."""
    values = _numbers("".join(lines))
    least, largest = np.zeros(len(header), np.int64), np.full(len(header), 255)
    least[label_column], largest[label_column] = scheme.first_label, scheme.last_label
    allowed = (values >= least) & (values <= largest) & (values == np.floor(values))  # false for NaN
    if allowed.all():
        return values.astype(np.uint8)
    row, column = divmod(int(np.argmin(allowed)), len(header))
    cell = lines[row].split(",")[column].strip()
    raise DataError(
        f"Row {first_row + row:,} below the header of {name} has {f'“{cell[:20]}”' if cell else 'nothing'} "
        f"in column {header[column][:40] or column + 1}, but a {'label' if column == label_column else 'pixel'} "
        f"is a whole number from {least[column]} to {largest[column]}."
    )


def _numbers(text: str) -> NDArray[np.float64]:
    """Parse values with pandas: (k, 785) float64, NaN where a value is not a number."""

    def frame(dtype: type[str] | None = None) -> pd.DataFrame:
        return pd.read_csv(
            io.StringIO(text),
            header=None,
            index_col=False,
            dtype=dtype,
            skipinitialspace=True,
            quoting=csv.QUOTE_NONE,
            low_memory=False,
        )

    numbers = frame()
    if any(dtype.kind not in "iuf" for dtype in numbers.dtypes):
        # A column holds text, or only True and False, which would count as 1 and 0.
        numbers = frame(str).apply(pd.to_numeric, errors="coerce")
    return numbers.to_numpy(dtype=np.float64)
