"""Read a table of images from text, and find the columns of the label and the row number by name or by value.

In error messages, the first row below the header is row 1, and blank lines are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data import csv_numbers
from data.csv_columns import Columns, find_columns
from data.csv_text import Text
from data.dataset import DataError
from language.translation import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.dataset import ColumnRoles
    from data.label_schemes import LabelScheme


@dataclass(frozen=True, eq=False)
class Table:
    """The images of a table.

    Attributes:
        pixels: (n, 784) uint8 if all are whole numbers from 0 to 255, else float32, as in the file.
        labels: (n,) uint8, indices into the classes of the scheme; None if the file holds none.
        notes: what was concluded about the columns, one sentence each.
        roles: what the columns may hold, as in a Dataset.
        unusual: the error that names the first pixel that is not a whole number from 0 to 255; None if there is none.
    """

    pixels: NDArray[Any]
    labels: NDArray[np.uint8] | None
    notes: tuple[str, ...] = ()
    roles: tuple[ColumnRoles, ...] = ()
    unusual: DataError | None = None


def read(content: bytes, name: str, scheme: LabelScheme, roles: ColumnRoles | None = None) -> Table:
    """Read a table with one image per row: 784 pixels, row by row from the top left, and its label.

    Args:
        content: text in UTF-8 or UTF-16, with values separated by commas, semicolons, tabs, bars or spaces; unless
            commas separate values, a comma may mark decimals. With or without a header, or ARFF.
        name: the name of the file in error messages.
        scheme: the meaning of the labels.
        roles: what the columns hold, one of those previously found possible; None to detect it.

    Raises:
        DataError: the content is not such a table, or exceeds a limit of data/csv_text.py. The message names
            the row and column, if any.
    """
    text = Text(content, name)
    outer = text.outer_values()
    columns = find_columns(text.header, text.width, outer, name, scheme, roles)
    pixels: NDArray[Any] = np.empty((len(outer[0]), len(columns.pixels)), np.uint8)
    labels: list[NDArray[np.uint8]] = []
    unusual: DataError | None = None
    first_row = 1
    for lines in text.batches():
        values = csv_numbers.numbers(lines, columns.used, text.width)  # (k, 784 or 785)
        _check(values, lines, first_row, text, columns, scheme)
        if columns.label is not None:
            at = columns.used.index(columns.label)
            labels.append(values[:, at].astype(np.uint8) - np.uint8(scheme.first_label))
            values = np.delete(values, at, axis=1)
        whole = _whole(values, 0, 255)
        if not whole.all() and unusual is None:
            row, at = divmod(int(np.argmin(whole)), values.shape[1])
            unusual = _invalid(lines[row], first_row + row, columns.pixels[at], text, _NO_PIXEL, 0, 255)
        if not whole.all():
            pixels = pixels.astype(np.float32, copy=False)
        pixels[first_row - 1 : first_row - 1 + len(lines)] = values
        first_row += len(lines)
    return Table(pixels, np.concatenate(labels) if labels else None, columns.notes, columns.roles, unusual)


def _whole(values: NDArray[Any], least: int, largest: int) -> NDArray[np.bool_]:
    allowed: NDArray[np.bool_] = (values >= least) & (values <= largest)  # false for NaN
    return allowed if values.dtype.kind == "u" else allowed & (values == np.floor(values))


def _check(
    values: NDArray[Any],
    lines: Sequence[bytes],
    first_row: int,
    text: Text,
    columns: Columns,
    scheme: LabelScheme,
) -> None:
    """Raise a DataError that names the first label that is not in the scheme, or the first impossible pixel."""
    allowed = (values >= -1) & (values <= 255)  # false for NaN
    if columns.label is not None:
        at = columns.used.index(columns.label)
        allowed[:, at] = _whole(values[:, at], scheme.first_label, scheme.last_label)
    if allowed.all():
        return
    row, at = divmod(int(np.argmin(allowed)), values.shape[1])
    column = columns.used[at]
    if column == columns.label:
        raise _invalid(lines[row], first_row + row, column, text, _NO_LABEL, scheme.first_label, scheme.last_label)
    raise _invalid(lines[row], first_row + row, column, text, _NO_PIXEL, 0, 255)


_NO_PIXEL = N_("{row} has {value} in column {column}, but a pixel is a whole number from {least} to {largest}.")
_NO_LABEL = N_("{row} has {value} in column {column}, but a label is a whole number from {least} to {largest}.")


def _invalid(line: bytes, row: int, column: int, text: Text, sentence: str, least: int, largest: int) -> DataError:
    cell = line.split(b",")[column].decode(errors="replace").strip()
    name = (text.header or ())[column : column + 1]
    quoted = f"“{cell[:20]}”" if cell else _("nothing")
    return DataError(
        _(
            sentence,
            row=text.row(row),
            value=quoted,
            column=(name[0][:40] if name else "") or column + 1,
            least=least,
            largest=largest,
        )
    )
