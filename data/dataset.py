"""Labelled images, and their split into train, dev and test.

All sessions share one copy of a dataset: its arrays are read-only uint8, and a split holds row numbers instead of
copies of images.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from language.numbers import whole
from language.translation import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE * IMAGE_SIDE
DIGITS = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
FEWEST_CLASSES, MOST_CLASSES = 2, 62

# By default, dev and test each take a tenth of the examples, at most 5,000: 500 and 500 of the 5,000 embedded digits;
# 5,000 of MNIST's 60,000, which come with a test set.
DEFAULT_SHARE = 10
DEFAULT_LIMIT = 5_000


class DataError(ValueError):
    """Data that cannot be used. The message is one plain sentence to show to the user.

    It may quote a file or its name: characters that do not print, such as a line break or a change of writing
    direction, become replacement characters.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(each if each.isprintable() else "\ufffd" for each in message))


@dataclass(frozen=True)
class Adjustment:
    """A change that was made to the images of a file to have ink of 255 on paper of 0, upright.

    Attributes:
        done: a sentence that says what the file holds and what was done.
        undone: a sentence that says what the images are like without it.
        undo: takes adjusted images (n, 784) uint8 and returns them as they would be without it.
    """

    done: str
    undone: str
    undo: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@dataclass(frozen=True)
class ColumnRoles:
    """What the columns of a table hold besides 784 pixels. Columns count from 0, and from -1 at the end.

    Attributes:
        label: the column of labels; None if there is none.
        left_out: the columns that are neither the label nor pixels.
    """

    label: int | None
    left_out: tuple[int, ...] = ()


class UnlabelledError(DataError):
    """Images without labels.

    Attributes:
        images: (n, 784) uint8, as in a Dataset.
        adjustments: as in a Dataset.
        notes: as in a Dataset.
        columns: as in a Dataset.
    """

    def __init__(
        self,
        message: str,
        images: NDArray[np.uint8],
        adjustments: tuple[Adjustment, ...] = (),
        notes: tuple[str, ...] = (),
        columns: tuple[ColumnRoles, ...] = (),
    ) -> None:
        super().__init__(message)
        self.images = images
        self.adjustments = adjustments
        self.notes = notes
        self.columns = columns


@dataclass(frozen=True, eq=False)
class Examples:
    """A subset of a dataset: the shared arrays, and the rows of these examples.

    Attributes:
        images: (n, 784) uint8, read-only, shared with the dataset.
        labels: (n,) uint8, read-only, shared with the dataset.
        rows: (m,) int64, read-only: the indices of these examples in both arrays.
        classes: the name of each class; a label is an index into it.
        true_labels: (n,) uint8, read-only, if some of `labels` were made wrong on purpose (data/spoiling.py).
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    classes: tuple[str, ...] = DIGITS
    true_labels: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        self.rows.flags.writeable = False

    def __len__(self) -> int:
        return len(self.rows)

    def take(
        self, rows: NDArray[np.integer] | None = None, limit: int | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Copy some of these examples.

        Args:
            rows: indices into `images`, all of them in `self.rows`; None means all of `self.rows`.
            limit: take only the first `limit` rows; None means all.

        Returns:
            images (k, 784) uint8 and labels (k,) uint8, copies in the order of the rows.

        Raises:
            ValueError: a row belongs to another part of the dataset.
        """
        if rows is None:
            chosen = self.rows
        elif np.isin(rows, self.rows).all():
            chosen = np.asarray(rows, dtype=np.int64)
        else:
            raise ValueError("rows must be among the rows of these examples; got others")
        chosen = chosen[:limit]
        return self.images[chosen], self.labels[chosen]

    def rows_of(self, label: int) -> NDArray[np.int64]:
        """Return the rows (k,) int64 of one class, 0 to len(classes) - 1, in the order of `rows`."""
        return self.rows[self.labels[self.rows] == label]

    @property
    def wrong_labels(self) -> int:
        """How many of these examples were given a wrong label."""
        if self.true_labels is None:
            return 0
        return int(np.count_nonzero(self.labels[self.rows] != self.true_labels[self.rows]))

    def class_counts(self) -> NDArray[np.int64]:
        """The number of examples of each class: (classes,) int64."""
        return np.bincount(self.labels[self.rows], minlength=len(self.classes))

    def mean_image(self, label: int) -> NDArray[np.float32] | None:
        """Return the mean image of a class, (784,) float32 in [0, 1]; None if it has no examples here."""
        rows = self.rows_of(label)
        if len(rows) == 0:
            return None
        mean: NDArray[np.float64] = self.images[rows].mean(axis=0, dtype=np.float64)  # (k, 784) -> (784,)
        return (mean / 255).astype(np.float32)


@dataclass(frozen=True)
class Split:
    """A dataset in three disjoint parts."""

    train: Examples
    dev: Examples
    test: Examples


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled 28x28 images. The arrays are not copied; they become read-only.

    Attributes:
        name: the name shown in a list of datasets.
        images: (n, 784) uint8, 0 (paper) to 255 (ink), row by row from the top left; n is at least 1.
        labels: (n,) uint8, indices into `classes`.
        test_images: (k, 784) uint8, the test set supplied with the data, or None.
        test_labels: (k,) uint8, or None.
        classes: 2 to 62 distinct names.
        adjustments: the changes made to the images as they were read, each of which `without` undoes.
        notes: what was concluded about the layout of the file, one sentence each.
        columns: what the columns of the table may hold if that was guessed, first what they were taken for.

    Raises:
        DataError: an array, a label or a class name is not as described.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8] | None = None
    test_labels: NDArray[np.uint8] | None = None
    classes: tuple[str, ...] = DIGITS
    adjustments: tuple[Adjustment, ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[ColumnRoles, ...] = ()

    def __post_init__(self) -> None:
        if not FEWEST_CLASSES <= len(self.classes) <= MOST_CLASSES:
            raise DataError(
                _(
                    "“{name}” has {count} classes; from {fewest} to {most} can be used.",
                    name=self.name,
                    count=len(self.classes),
                    fewest=FEWEST_CLASSES,
                    most=MOST_CLASSES,
                )
            )
        if len(set(self.classes)) < len(self.classes) or not all(self.classes):
            raise DataError(_("Each class of “{name}” needs its own, non-empty name.", name=self.name))
        self._check(self.name, self.images, self.labels)
        if self.test_images is not None and self.test_labels is not None:
            self._check(_("{name}: test images", name=self.name), self.test_images, self.test_labels)
        elif self.test_images is not None or self.test_labels is not None:
            raise DataError(_("The test set of “{name}” needs both images and labels.", name=self.name))

    def _check(self, name: str, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        if images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != PIXELS or len(images) == 0:
            raise DataError(
                _(
                    "The images of “{name}” must be at least one row of {pixels} values of type uint8, got shape "
                    "{shape} of {dtype}.",
                    name=name,
                    pixels=PIXELS,
                    shape=images.shape,
                    dtype=images.dtype,
                )
            )
        if labels.dtype != np.uint8 or labels.shape != (len(images),):
            raise DataError(
                _(
                    "The images of “{name}” need {count} labels of type uint8, got shape {shape} of {dtype}.",
                    name=name,
                    count=whole(len(images)),
                    shape=labels.shape,
                    dtype=labels.dtype,
                )
            )
        if labels.max() >= len(self.classes):
            raise DataError(
                _(
                    "“{name}” has a label {label}; its {classes} classes allow 0 to {most}.",
                    name=name,
                    label=labels.max(),
                    classes=len(self.classes),
                    most=len(self.classes) - 1,
                )
            )
        images.flags.writeable = False
        labels.flags.writeable = False

    def __len__(self) -> int:
        return len(self.images)

    @property
    def examples(self) -> Examples:
        """All examples in the order of the file, without the test set supplied with the data."""
        return Examples(self.images, self.labels, np.arange(len(self), dtype=np.int64), self.classes)

    @property
    def test_examples(self) -> Examples | None:
        """The test set supplied with the data, in the order of the file, or None."""
        if self.test_images is None or self.test_labels is None:
            return None
        rows = np.arange(len(self.test_images), dtype=np.int64)
        return Examples(self.test_images, self.test_labels, rows, self.classes)

    def without(self, undone: Collection[Adjustment]) -> Dataset:
        """Return a copy without some of its adjustments, which stay listed."""
        made = [each for each in self.adjustments if each in undone]
        test_images = None if self.test_images is None else without(self.test_images, made)
        return replace(self, images=without(self.images, made), test_images=test_images)

    @property
    def default_sizes(self) -> tuple[int, int]:
        """The default sizes of dev and test: a tenth of the examples each, 1 to 5,000.

        A test set supplied with the data is used whole.
        """
        share = min(max(len(self) // DEFAULT_SHARE, 1), DEFAULT_LIMIT)
        return share, share if self.test_labels is None else len(self.test_labels)

    def split(self, seed: int, dev: int, test: int) -> Split:
        """Shuffle and split. The same seed and sizes yield the same parts, in the same order.

        Test is drawn first, so it does not depend on the size of dev. A test set supplied with the data is used whole,
        in its original order; `test` is then ignored.

        Args:
            seed: 0 or more.
            dev: number of examples in dev, 0 or more.
            test: number of examples in test, 0 or more.

        Raises:
            DataError: a size or the seed is negative, or no examples are left to train on.
        """
        if min(seed, dev, test) < 0:
            raise DataError(_("The seed and the sizes of dev and test must be whole numbers of 0 or more."))
        test_examples = self.test_examples
        drawn = 0 if test_examples is not None else test
        if dev + drawn >= len(self):
            sentence = _DEV_TAKES_ALL if test_examples is not None else _DEV_AND_TEST_TAKE_ALL
            raise DataError(
                _(
                    sentence,
                    taken=whole(dev + drawn),
                    all=whole(len(self)),
                    name=_(self.name),
                    most=whole(len(self) - 1),
                )
            )
        order = np.random.default_rng((seed, 0)).permutation(len(self))  # (n,) int64

        def part(rows: NDArray[np.int64]) -> Examples:
            return Examples(self.images, self.labels, rows, self.classes)

        return Split(
            train=part(order[drawn + dev :]),
            dev=part(order[drawn : drawn + dev]),
            test=part(order[:drawn]) if test_examples is None else test_examples,
        )


_DEV_TAKES_ALL = N_(
    "Dev takes {taken} of the {all} examples of “{name}” and leaves none to train on: choose at most {most}."
)
_DEV_AND_TEST_TAKE_ALL = N_(
    "Dev and test together take {taken} of the {all} examples of “{name}” and leave none to train on: choose at most "
    "{most}."
)


def without(images: NDArray[np.uint8], adjustments: Sequence[Adjustment]) -> NDArray[np.uint8]:
    """Return images (n, 784) without these adjustments, which were made in this order."""
    for adjustment in reversed(adjustments):
        images = adjustment.undo(images)
    return images
