"""Find the columns of a table that hold the label and the number of the row, by their names or their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from data.dataset import IMAGE_SIDE, PIXELS, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from data.label_schemes import LabelScheme

LABEL_NAMES = ("label", "class", "target", "y")
ROW_NUMBER_NAMES = ("", "index", "id", "imageid", "image_id", "row", "unnamed: 0", "__index_level_0__")

_MOSTLY = 0.9
"""The share of valid labels that makes a column without a name one of labels; the others are then named as wrong."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a table hold.

    Attributes:
        used: the indices of the pixels, in order, and of the label.
        label: the index of the label; None if there is none.
        notes: what was concluded from values rather than names, a sentence each.
    """

    used: tuple[int, ...]
    label: int | None
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> list[int]:
        """The indices of the 784 pixels."""
        return [i for i in self.used if i != self.label]

    @classmethod
    def of(cls, width: int, label: int | None, left_out: int | None = None, notes: Sequence[str] = ()) -> Self:
        """Return columns that are all used but for one."""
        return cls(tuple(i for i in range(width) if i != left_out), label, tuple(notes))

    @staticmethod
    def fits(width: int) -> bool:
        """Return whether a table of this many columns may hold images: with a label, a row number, both or neither."""
        return PIXELS <= width <= PIXELS + 2

    @staticmethod
    def labels(names: Sequence[str]) -> list[int]:
        """Return the indices of the columns that are named as the label."""
        return [i for i, name in enumerate(names) if name.strip().casefold() in LABEL_NAMES]


def find_columns(
    names: Sequence[str] | None,
    width: int,
    values: Mapping[int, NDArray[np.float64]],
    name: str,
    scheme: LabelScheme,
) -> Columns:
    """Find what the columns of a table hold.

    The label is in the column named as in LABEL_NAMES; without such a name, in the first or last column, whichever
    holds labels. A column that numbers the rows, or is blank, is left out.

    Args:
        names: the names of the columns; None if the table has no header.
        width: the number of columns.
        values: the numbers (n,) in the first two and last two columns by index, NaN for anything else; none if there
            are no rows.
        name: the name of the file in error messages.
        scheme: the meaning of the labels.

    Raises:
        DataError: the table has another number of columns, no rows, several columns of labels, or none that can be
            told from pixels.
    """
    labels = Columns.labels(names or ())
    if len(labels) > 1:
        listed = " and ".join(sorted({(names or ())[i].strip() for i in labels}))
        raise DataError(f"{name} has {len(labels)} columns named {listed}: keep the one with the labels.")
    if labels and not PIXELS < width <= PIXELS + 2:
        raise _wrong_width(width - 1, f" besides {(names or ())[labels[0]].strip()}", name)
    if not Columns.fits(width):
        raise _wrong_width(width, "", name)
    if not values:
        raise DataError(f"{name} has a header but no rows below it: add one row for each image.")
    table = _Table(names, width, values, scheme)
    if width == PIXELS:
        return Columns.of(width, None)
    if width == PIXELS + 1:
        found = Columns.of(width, labels[0]) if labels else table.label_or_row_number()
    else:
        found = table.label_and_row_number(labels)
    if found is not None:
        return found
    if labels:
        raise _wrong_width(width - 1, f" besides {(names or ())[labels[0]].strip()}", name)
    raise DataError(
        f"{name} has no column named label, and neither its first nor its last column holds labels from "
        f"{scheme.first_label} to {scheme.last_label}: name the column, or choose what the labels stand for."
    )


def _wrong_width(count: int, besides: str, name: str) -> DataError:
    columns = f"{count:,} column{'' if count == 1 else 's'}{besides}"
    return DataError(
        f"{name} has {columns}, but images of {IMAGE_SIDE}×{IMAGE_SIDE} pixels need {PIXELS}, "
        "one row for each image, and a label."
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """The arguments of `find_columns`."""

    names: Sequence[str] | None
    width: int
    values: Mapping[int, NDArray[np.float64]]
    scheme: LabelScheme

    def label_or_row_number(self) -> Columns | None:
        """Find the one column of 785 that is no pixel."""
        ends = (0, self.width - 1)
        numbered = next((i for i in ends if self._counts(i)), None)
        if numbered is not None and self._named_as_row_number(numbered):
            return Columns.of(self.width, None, numbered, [self._left_out(numbered)])
        label = max(ends, key=lambda column: (self._variety(column), bool(self.values[column].any())))
        if self._variety(label) > 1 or (self._variety(label) == 1 and numbered is None):
            return Columns.of(self.width, label, notes=[self._taken(label)])
        if numbered is not None:
            return Columns.of(self.width, None, numbered, [self._left_out(numbered)])
        return None

    def label_and_row_number(self, labels: Sequence[int]) -> Columns | None:
        """Find the two columns of 786 that are no pixels, one of which may be named."""
        last = self.width - 1
        pairs = [(labels[0], i) for i in (0, last, 1, last - 1) if i != labels[0]] if labels else []
        pairs = pairs or [(1, 0), (last, 0), (0, last), (last - 1, last)]
        possible = [(label, i) for label, i in pairs if (labels or self._variety(label)) and self._may_number(i)]
        if not possible:
            return None
        label, number = max(possible, key=lambda pair: (self._counts(pair[1]), 0 if labels else self._variety(pair[0])))
        notes = [self._left_out(number), *([] if labels else [self._taken(label)])]
        return Columns.of(self.width, label, number, notes)

    def _variety(self, column: int) -> int:
        """Return the number of different labels in a column, 0 if it is not one of labels."""
        values, scheme = self.values[column], self.scheme
        valid = (values >= scheme.first_label) & (values <= scheme.last_label) & (values == np.floor(values))
        return len(np.unique(values[valid])) if valid.mean() >= _MOSTLY else 0

    def _counts(self, column: int) -> bool:
        """Return whether a column numbers the rows one after another, or is blank."""
        values = self.values[column]
        return bool(np.isnan(values).all() or (len(values) > 1 and (np.diff(values) == 1).all()))

    def _may_number(self, column: int) -> bool:
        """Return whether a column may number rows: it counts, or is named so, or holds whole numbers, none twice."""
        values = self.values[column]
        return (
            self._counts(column)
            or self._named_as_row_number(column)
            or bool((values == np.floor(values)).all() and len(np.unique(values)) == len(values))
        )

    def _named_as_row_number(self, column: int) -> bool:
        return self.names is not None and self.names[column].strip().casefold() in ROW_NUMBER_NAMES

    def _taken(self, column: int) -> str:
        named = f", {self.names[column].strip()[:40]}," if self.names and self.names[column].strip() else ""
        return f"No column is named label. The {_place(column, self.width)} one{named} holds the labels."

    def _left_out(self, column: int) -> str:
        return f"The {_place(column, self.width)} column numbers the rows and was left out."


def _place(column: int, width: int) -> str:
    return {0: "first", 1: "second", width - 1: "last"}.get(column, "last but one")
