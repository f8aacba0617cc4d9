"""Digits in CSV files, plain or gzip: a header `label,pixel0,…,pixel783`, then one digit a row.

Rows are counted as a person counts them: the first row below the header is row 1, blank lines are not counted.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.class_names import DIGITS_ONLY, Naming
from data.dataset import PIXELS, SIDE, DataError, Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

EMBEDDED = Path(__file__).with_name("mnist_5k.csv.gz")
EMBEDDED_NAME = "Embedded digits"

# All 70,000 digits of MNIST take 122 MB. The same limit holds for a file as it comes and for what gzip unpacks.
LIMIT_BYTES = 128 * 2**20
LIMIT_ROWS = 70_000
LIMIT_LINE = 65_536  # characters; 785 numbers take about 3,000
BATCH_ROWS = 2_000  # parsed at a time: pandas' 64-bit numbers of a batch take 13 MB, those of MNIST 376 MB

COLUMNS = ("label", *(f"pixel{i}" for i in range(PIXELS)))
GZIP_MAGIC = b"\x1f\x8b"


def embedded() -> Dataset:
    """The 5,000 digits that come with the app (data/README.md), 500 of each.

    Raises:
        DataError: the file is missing or altered beyond reading.
    """
    return read(EMBEDDED, EMBEDDED_NAME)


def read(file: bytes | Path, name: str, naming: Naming = DIGITS_ONLY) -> Dataset:
    """Read a CSV file of digits.

    The label stands in the column called `label` (in any case, at any place); the 784 other columns are the
    pixels, row by row from the top left, whatever they are called.

    Args:
        file: a path, or the file's bytes; CSV in UTF-8 or the same in gzip, told apart by their content.
        name: what a person calls it; the dataset's name, and how errors call the file.
        naming: what its labels stand for; digits when left out.

    Returns:
        A dataset of the naming's classes, in the order of the file.

    Raises:
        DataError: the file cannot be read, is larger than LIMIT_BYTES or LIMIT_ROWS, is not such a CSV, or has
            a value that is no label or pixel. The sentence names the row and the column where there is one.
    """
    text = io.TextIOWrapper(io.BytesIO(_plain_bytes(file, name)), encoding="utf-8-sig", newline=None)
    images: list[NDArray[np.uint8]] = []
    labels: list[NDArray[np.uint8]] = []
    try:
        header, label_column = _read_header(text, name)
        first_row = 1
        for lines in _batches(text, name):
            values = _parse(lines, first_row, header, label_column, name, naming)  # (k, 785)
            labels.append(values[:, label_column] - np.uint8(naming.first))
            images.append(np.ascontiguousarray(np.delete(values, label_column, axis=1)))  # a digit lies in one piece
            first_row += len(lines)
    except UnicodeDecodeError:
        raise _not_csv(name) from None
    if not images:
        raise DataError(f"{name} has a header but no row below it: give it one row for each digit.")
    return Dataset(name, naming.upright(np.concatenate(images)), np.concatenate(labels), classes=naming.classes)


def table(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> pd.DataFrame:
    """The CSV layout as a table, to show its first rows.

    Args:
        images: (n, 784) uint8.
        labels: (n,) uint8.

    Returns:
        n rows of uint8 in the columns label, pixel0, …, pixel783.
    """
    return pd.DataFrame(np.column_stack((labels, images)), columns=list(COLUMNS))


def write(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """A plain CSV file, which `read` takes back.

    Args:
        images: (n, 784) uint8.
        labels: (n,) uint8.

    Returns:
        ASCII: the header, then a line for each digit.
    """
    return table(images, labels).to_csv(index=False, lineterminator="\n").encode()


def _plain_bytes(file: bytes | Path, name: str) -> bytes:
    """The file's bytes, unpacked where they are gzip; never more than LIMIT_BYTES of either."""
    try:
        size = len(file) if isinstance(file, bytes) else file.stat().st_size
        if size > LIMIT_BYTES:
            raise _too_large(name)
        content = file if isinstance(file, bytes) else file.read_bytes()
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}.") from None
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            content = packed.read(LIMIT_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(f"{name} is a damaged or incomplete gzip file: fetch or pack it again.") from None
    if len(content) > LIMIT_BYTES:
        raise _too_large(name)
    return content


def _too_large(name: str) -> DataError:
    return DataError(
        f"{name} is larger than {LIMIT_BYTES // 2**20} MB: give a part of it, at most {LIMIT_ROWS:,} digits."
    )


def _not_csv(name: str) -> DataError:
    return DataError(f"{name} is not a CSV file: save the table as CSV (UTF-8) and choose that file.")


def _read_header(text: io.TextIOWrapper, name: str) -> tuple[list[str], int]:
    """The 785 column names, and which of them is the label's."""
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
            f"{name} has {len(header) - 1:,} columns besides label, but images of {SIDE}×{SIDE} pixels need {PIXELS}."
        )
    return header, labels[0]


def _next_line(text: io.TextIOWrapper) -> str:
    """The next line that is not blank, or "" at the end; one longer than any row comes in pieces."""
    line = text.readline(LIMIT_LINE)
    while line.isspace():
        line = text.readline(LIMIT_LINE)
    return line


def _batches(text: io.TextIOWrapper, name: str) -> Iterator[list[str]]:
    """The rows as lines of exactly 785 values, without quotation marks, BATCH_ROWS at a time.

    A row that is too short or too long is found here, because pandas would fill or cut it without a word.
    """
    lines: list[str] = []
    row = 0
    while line := _next_line(text):
        row += 1
        if row > LIMIT_ROWS:
            raise DataError(f"{name} has more than {LIMIT_ROWS:,} rows: give a part of it.")
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
    lines: list[str], first_row: int, header: list[str], label_column: int, name: str, naming: Naming
) -> NDArray[np.uint8]:
    """Lines of 785 values -> (k, 785) uint8, or a DataError that names the first value that is none."""
    values = _numbers("".join(lines))
    least, largest = np.zeros(len(header), np.int64), np.full(len(header), 255)
    least[label_column], largest[label_column] = naming.first, naming.last
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
    """Values as pandas reads them: (k, 785) float64, NaN for what is no number."""

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
        # A column with text, or of nothing but True and False, which would pass for 1 and 0.
        numbers = frame(str).apply(pd.to_numeric, errors="coerce")
    return numbers.to_numpy(dtype=np.float64)
