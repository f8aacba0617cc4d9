"""Find the columns of a table that hold the label and the row number, by their names or their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.dataset import IMAGE_SIDE, PIXELS, ColumnRoles, DataError
from language.numbers import whole
from language.translation import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from data.label_schemes import LabelScheme

LABEL_NAMES = ("label", "class", "target", "y")
ROW_NUMBER_NAMES = ("", "index", "id", "imageid", "image_id", "row", "unnamed: 0", "__index_level_0__")

PLACES = {0: N_("first"), 1: N_("second"), -2: N_("last but one"), -1: N_("last")}
"""The names, in messages, of the columns that may hold a label or be left out."""

_NUMBERS_ROWS = {
    0: N_("The first column numbers the rows and was left out."),
    1: N_("The second column numbers the rows and was left out."),
    -2: N_("The last but one column numbers the rows and was left out."),
    -1: N_("The last column numbers the rows and was left out."),
}
_HOLDS_LABELS = {
    0: N_("No column is named label. The first one holds the labels."),
    1: N_("No column is named label. The second one holds the labels."),
    -2: N_("No column is named label. The last but one holds the labels."),
    -1: N_("No column is named label. The last one holds the labels."),
}
_NAMED_HOLDS_LABELS = {
    0: N_("No column is named label. The first one, {name}, holds the labels."),
    1: N_("No column is named label. The second one, {name}, holds the labels."),
    -2: N_("No column is named label. The last but one, {name}, holds the labels."),
    -1: N_("No column is named label. The last one, {name}, holds the labels."),
}
"""What messages say of the column in each place."""

_MOSTLY = 0.9
"""The share of valid labels that makes an unnamed column one of labels; the others are then reported as invalid."""


@dataclass(frozen=True)
class Columns:
    """What the columns of a table hold.

    Attributes:
        width: the number of columns.
        roles: what they may hold, the likeliest first; a single entry if that is certain.
        notes: what was concluded from values rather than names, one sentence each.
    """

    width: int
    roles: tuple[ColumnRoles, ...]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> int | None:
        """The index of the label; None if there is none."""
        label = self.roles[0].label
        return None if label is None else label % self.width

    @property
    def used(self) -> list[int]:
        """The indices of the pixels, in order, and of the label."""
        left_out = {column % self.width for column in self.roles[0].left_out}
        return [i for i in range(self.width) if i not in left_out]

    @property
    def pixels(self) -> list[int]:
        """The indices of the 784 pixels."""
        return [i for i in self.used if i != self.label]

    @staticmethod
    def fits(width: int) -> bool:
        """Return whether a table of this many columns may hold images: with a label, a row number, both or neither."""
        return PIXELS <= width <= PIXELS + 2

    @staticmethod
    def labels(names: Sequence[str]) -> list[int]:
        """Return the indices of the columns named like a label."""
        return [i for i, name in enumerate(names) if name.strip().casefold() in LABEL_NAMES]


def find_columns(
    names: Sequence[str] | None,
    width: int,
    values: Mapping[int, NDArray[np.float64]],
    name: str,
    scheme: LabelScheme,
    roles: ColumnRoles | None = None,
) -> Columns:
    """Find what the columns of a table hold.

    The label is in the column with a name in LABEL_NAMES; without such a name, in the first or last column, whichever
    holds labels. A column that numbers the rows, or is blank, is left out.

    Args:
        names: the names of the columns; None if the table has no header.
        width: the number of columns.
        values: the numbers (n,) in the first two and last two columns by index, NaN for anything else; none if there
            are no rows.
        name: the name of the file in error messages.
        scheme: the meaning of the labels.
        roles: what the columns hold, used if it is possible; None to detect it.

    Raises:
        DataError: the table has another number of columns, no rows, several columns of labels, or none that can be
            told apart from pixels.
    """
    labels = Columns.labels(names or ())
    if len(labels) > 1:
        listed = _(" and ").join(sorted({(names or ())[i].strip() for i in labels}))
        raise DataError(
            _(
                "{name} has {count} columns named {listed}: keep the one with the labels.",
                name=name,
                count=len(labels),
                listed=listed,
            )
        )
    if labels and not PIXELS < width <= PIXELS + 2:
        raise _wrong_width(width - 1, (names or ())[labels[0]].strip(), name)
    if not Columns.fits(width):
        raise _wrong_width(width, "", name)
    if not values:
        raise DataError(_("{name} has a header but no rows below it: add one row for each image.", name=name))
    if width == PIXELS:
        return Columns(width, (ColumnRoles(None),))
    if labels and width == PIXELS + 1:
        return Columns(width, (ColumnRoles(labels[0]),))
    table = _Table(names, width, values, scheme, labels[0] if labels else None)
    found = table.one_besides_pixels() if width == PIXELS + 1 else table.two_besides_pixels()
    if found is not None:
        possible = (found, *(each for each in table.possible(found) if each != found))
        taken = roles if roles in possible else found
        notes = table.notes(found) if taken == found else (_("Its columns are read as you chose."),)
        return Columns(width, (taken, *(each for each in possible if each != taken)), notes)
    if labels:
        raise _wrong_width(width - 1, (names or ())[labels[0]].strip(), name)
    raise DataError(
        _(
            "{name} has no column named label, and neither its first nor its last column holds "
            "labels from {first} to {last}: name the column, or choose what the labels "
            "stand for.",
            name=name,
            first=scheme.first_label,
            last=scheme.last_label,
        )
    )


def _wrong_width(count: int, label: str, name: str) -> DataError:
    """Return the error for too many or too few columns, not counting one named like a label, if there is any."""
    columns = ngettext("{count} column", "{count} columns", count, count=whole(count))
    needed = {"side": IMAGE_SIDE, "pixels": PIXELS}
    if label:
        return DataError(
            _(
                "{name} has {columns} besides {label}, but images of {side}×{side} pixels need {pixels}, one row for "
                "each image, and a label.",
                name=name,
                columns=columns,
                label=label,
                **needed,
            )
        )
    return DataError(
        _(
            "{name} has {columns}, but images of {side}×{side} pixels need {pixels}, one row for each image, and a "
            "label.",
            name=name,
            columns=columns,
            **needed,
        )
    )


@dataclass(frozen=True, eq=False)
class _Table:
    """The arguments of `find_columns`, and the index of the column named like a label."""

    names: Sequence[str] | None
    width: int
    values: Mapping[int, NDArray[np.float64]]
    scheme: LabelScheme
    named: int | None

    def one_besides_pixels(self) -> ColumnRoles | None:
        """Find the one column of 785 that is not a pixel."""
        ends = (0, -1)
        numbered = next((i for i in ends if self._counts(i)), None)
        left_out = None if numbered is None else ColumnRoles(None, (numbered,))
        if numbered is not None and self._named_as_row_number(numbered):
            return left_out
        label = max(ends, key=lambda column: (self._variety(column), bool(self._values(column).any())))
        if self._variety(label) > 1 or (self._variety(label) == 1 and numbered is None):
            return ColumnRoles(label)
        return left_out

    def two_besides_pixels(self) -> ColumnRoles | None:
        """Find the two columns of 786 that are not pixels, one of which may be named."""
        possible = [
            (label, i)
            for label, i in self._pairs()
            if (self.named is not None or self._variety(label)) and self._may_number(i)
        ]
        if not possible:
            return None
        label, number = max(possible, key=lambda pair: (self._counts(pair[1]), self._preference(pair[0])))
        return ColumnRoles(label, (number,))

    def possible(self, found: ColumnRoles) -> list[ColumnRoles]:
        """Return what else the columns may hold: pixels, with other labels or with none."""
        if self.width == PIXELS + 1:
            roles = [ColumnRoles(label) for label in (0, -1) if self._variety(label) > 1]
        else:
            roles = [
                ColumnRoles(label, (i,))
                for label, i in self._pairs()
                if self.named is not None or self._variety(label) > 1
            ]
        if found.label is not None and self.named is None:
            roles.append(
                ColumnRoles(None, tuple(sorted((found.label, *found.left_out), key=lambda column: column % self.width)))
            )
        return [each for each in roles if self._leaves_pixels(each)]

    def notes(self, found: ColumnRoles) -> tuple[str, ...]:
        """Return what was concluded about the columns, one sentence each."""
        notes = [_(_NUMBERS_ROWS[column]) for column in found.left_out]
        if found.label is not None and self.named is None:
            name = self.names[found.label].strip()[:40] if self.names else ""
            said = _NAMED_HOLDS_LABELS if name else _HOLDS_LABELS
            notes.append(_(said[found.label], name=name))
        return tuple(notes)

    def _pairs(self) -> list[tuple[int, int]]:
        """Return pairs of columns: one that may hold the label, and one that may be left out."""
        if self.named is None:
            return [(1, 0), (-1, 0), (0, -1), (-2, -1)]
        label = self.named if self.named < 2 else self.named - self.width
        return [(label, i) for i in (0, -1, 1, -2) if i != label]

    def _preference(self, label: int) -> int:
        return self._variety(label) if self.named is None else 0

    def _leaves_pixels(self, roles: ColumnRoles) -> bool:
        """Return whether the outer columns left for pixels hold valid pixel values."""
        others = {0, 1, -1, -2} - {roles.label, *roles.left_out}
        return all(bool(((self._values(i) >= -1) & (self._values(i) <= 255)).all()) for i in others)

    def _values(self, column: int) -> NDArray[np.float64]:
        return self.values[column % self.width]

    def _variety(self, column: int) -> int:
        """Return the number of different labels in a column, 0 if it is not one of labels."""
        values, scheme = self._values(column), self.scheme
        valid = (values >= scheme.first_label) & (values <= scheme.last_label) & (values == np.floor(values))
        return len(np.unique(values[valid])) if valid.mean() >= _MOSTLY else 0

    def _counts(self, column: int) -> bool:
        """Return whether a column numbers the rows one after another, or is blank."""
        values = self._values(column)
        return bool(np.isnan(values).all() or (len(values) > 1 and (np.diff(values) == 1).all()))

    def _may_number(self, column: int) -> bool:
        """Return whether a column may number rows: it counts, is named so, or holds whole numbers, none twice."""
        values = self._values(column)
        return (
            self._counts(column)
            or self._named_as_row_number(column)
            or bool((values == np.floor(values)).all() and len(np.unique(values)) == len(values))
        )

    def _named_as_row_number(self, column: int) -> bool:
        return self.names is not None and self.names[column].strip().casefold() in ROW_NUMBER_NAMES
