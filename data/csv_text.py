"""The text of a table: its encoding, what separates its values, its header, and its rows."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.csv_columns import Columns
from data.dataset import DataError
from language.numbers import whole
from language.translation import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

# All 70,000 digits of MNIST take 122 MB.
LIMIT_BYTES = 128 * 2**20
LIMIT_ROWS = 70_000
LIMIT_LINES = 5 * LIMIT_ROWS  # with blank lines, which some programs write between rows
LIMIT_LINE = 32_768  # bytes; 785 numbers take about 3,000, with 18 decimals 16,000
LONGEST_NUMBER = 64
BATCH_ROWS = 500  # parsed at a time: as 64-bit numbers, a batch takes 3 MB in pandas, all of MNIST 376 MB
BATCH_BYTES = 8 * 2**20

# A comma may also mark decimals, so the separators used in that case are tried first.
_SEPARATORS = (b";", b"\t", b"|", b",", b" ")
_TO_SPACES = bytes.maketrans(b"\t\v\f", b"   ")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_ARFF_ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE)


class Text:
    """The rows of a table, with values separated by commas and decimals by points.

    Attributes:
        name: the name of the file in error messages.
        header: the names of the columns; None if the file has none.
        width: the number of values in the header, or else in the first row.
    """

    def __init__(self, content: bytes, name: str) -> None:
        """Find the separator and the header.

        Raises:
            DataError: it is too large, has too many lines, only blank ones or one that is too long, or is not text.
        """
        self.name = name
        self._stream = io.BytesIO(_as_lines(content, name))
        self._separator = b","
        first = self._next_line()
        if stated := re.fullmatch(rb'"?sep=(.)"?', first.strip(), re.IGNORECASE):  # written by Excel
            first = self._next_line()
        if not first:
            raise DataError(_("{name} is empty: choose a CSV file of images.", name=name))
        self._arff = first.lstrip().lower().startswith((b"@relation", b"%"))
        if self._arff:
            self.header: tuple[str, ...] | None = self._arff_header(first)
            self._start = self._stream.tell()
            self.width = len(self.header)
            if self._next_line().lstrip().startswith(b"{"):
                raise DataError(_("{name} is a sparse ARFF file: save it with every value, or as CSV.", name=name))
            return
        self._separator = stated[1] if stated else _separator(first)
        self._start = self._stream.tell() - len(first)
        cells, following = (self._normalized(line).split(b",") for line in (first, self._next_line()))
        names = [cell.decode(errors="replace").strip().lstrip("#").strip() for cell in cells]
        self.width, self.header = len(names), None
        if _is_header(names, following):
            self.header = tuple(names)
            self._start += len(first)

    def outer_values(self) -> dict[int, NDArray[np.float64]]:
        """Return the values of the first two and last two columns by index, with NaN for anything but a number.

        Raises:
            DataError: there are no rows or more than LIMIT_ROWS, or one has too few or too many values.
        """
        places = sorted({0, 1, self.width - 2, self.width - 1} & set(range(self.width)))
        cells: list[list[bytes]] = []
        for row, line in enumerate(self._rows(), start=1):
            if row > LIMIT_ROWS:
                raise DataError(
                    _(
                        "{name} has more than {most} rows: choose a smaller file.",
                        name=self.name,
                        most=whole(LIMIT_ROWS),
                    )
                )
            count = line.count(b",") + 1
            if count != self.width:
                raise DataError(
                    ngettext(
                        "{row} has {count} value, but each row needs {width}, as the first line has.",
                        "{row} has {count} values, but each row needs {width}, as the first line has.",
                        count,
                        row=self.row(row),
                        count=whole(count),
                        width=whole(self.width),
                    )
                )
            first, last = line.split(b",", 2)[:2], line.rsplit(b",", 2)[-2:]
            outer = [first[i] if i < 2 else last[i - self.width] for i in places]
            cells.append([cell if len(cell) <= LONGEST_NUMBER else b"" for cell in outer])
        if not cells:
            return {}
        return {
            place: pd.to_numeric(pd.Series([row[at].decode(errors="replace") for row in cells]), errors="coerce")
            .to_numpy(dtype=np.float64)
            for at, place in enumerate(places)
        }  # fmt: skip

    def batches(self) -> Iterator[list[bytes]]:
        """Yield the rows, at most BATCH_ROWS and about BATCH_BYTES at a time."""
        lines: list[bytes] = []
        size = 0
        for line in self._rows():
            lines.append(line)
            size += len(line)
            if len(lines) == BATCH_ROWS or size > BATCH_BYTES:
                yield lines
                lines, size = [], 0
        if lines:
            yield lines

    def row(self, number: int) -> str:
        """Return the name of a row in error messages."""
        if self.header:
            return _("Row {number} below the header of {name}", number=whole(number), name=self.name)
        return _("Row {number} of {name}", number=whole(number), name=self.name)

    def _rows(self) -> Iterator[bytes]:
        self._stream.seek(self._start)
        while line := self._next_line():
            yield self._normalized(line)

    def _next_line(self) -> bytes:
        """Return the next line that is not blank, or nothing at the end."""
        while line := self._stream.readline(LIMIT_LINE + 1):
            if len(line) > LIMIT_LINE:
                raise DataError(
                    _(
                        "{name} has a line of more than {most} characters: put each image on its own line.",
                        name=self.name,
                        most=whole(LIMIT_LINE),
                    )
                )
            if not line.isspace():
                return line
        return b""

    def _normalized(self, line: bytes) -> bytes:
        """Return a line without quotation marks, with commas between values and points in them."""
        line = line.strip(b"\n ").replace(b'"', b"")
        if self._separator == b",":
            return line
        if self._separator == b" ":
            line = line.translate(_TO_SPACES)
            if b"  " in line:
                line = b" ".join(line.split())
        return line.replace(b",", b".").replace(self._separator, b",")

    def _arff_header(self, line: bytes) -> tuple[str, ...]:
        """Return the names of the attributes of an ARFF file, whose first line has already been read."""
        names = []
        while line and not line.lower().startswith(b"@data"):
            if attribute := _ARFF_ATTRIBUTE.match(line.decode(errors="replace")):
                names.append(attribute[1].strip("'\""))
            line = self._next_line()
        return tuple(names)


def _separator(line: bytes) -> bytes:
    """Return the separator that gives a possible number of columns, else the most; the first listed in a tie."""
    return max(_SEPARATORS, key=lambda separator: _fits(line, separator))


def _fits(line: bytes, separator: bytes) -> tuple[bool, int]:
    count = len(line.split()) - 1 if separator == b" " else line.count(separator)
    return Columns.fits(count + 1), count


def _is_header(names: Sequence[str], following: Sequence[bytes]) -> bool:
    """Return whether the values of the first line are the names of columns."""
    if Columns.labels(names) or sum(not _NUMBER.fullmatch(name) for name in names) * 2 > len(names):
        return True
    if not Columns.fits(len(names)):
        return False
    # pandas numbers columns without names …
    numbers = [int(name) for name in names if name.isdecimal() and name.isascii() and len(name) < 5]
    if len(numbers) >= len(names) - 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return True
    # … and if it takes a first row of values for names, it numbers those that repeat: 0, 0.1, 0.2, …
    fractions = sum("." in name for name in names)
    return fractions * 2 > len(names) == len(set(names)) and not any(b"." in value for value in following)


def _as_lines(content: bytes, name: str) -> bytes:
    """Return text as UTF-8 without a byte order mark, with lines that end in a line feed, some of them blank.

    Raises:
        DataError: it is too large, has too many lines, or is not text.
    """
    if len(content) > LIMIT_BYTES:
        raise DataError(
            _(
                "{name} is larger than {megabytes} MB: choose a smaller file, of at most {most} images.",
                name=name,
                megabytes=LIMIT_BYTES // 2**20,
                most=whole(LIMIT_ROWS),
            )
        )
    if encoding := _utf16(content):
        try:
            content = content.decode(encoding).encode()
        except UnicodeError:
            raise _not_csv(name) from None
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise _not_csv(name)
    if content.count(b"\n") + content.count(b"\r") > LIMIT_LINES:
        raise DataError(
            _("{name} has more than {most} rows: choose a smaller file.", name=name, most=whole(LIMIT_ROWS))
        )
    return content.replace(b"\r", b"\n")


def _utf16(content: bytes) -> str | None:
    """Return the encoding of UTF-16 text, with or without a byte order mark; None for anything else."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = content[:64]
    for encoding, high, low in (("utf-16-le", start[1::2], start[::2]), ("utf-16-be", start[::2], start[1::2])):
        if len(start) == 64 and not any(high) and all(low):
            return encoding
    return None


def _not_csv(name: str) -> DataError:
    """Return the error for a file that is not text."""
    return DataError(_("{name} is not a CSV file: save the table as CSV (UTF-8) and choose that file.", name=name))
