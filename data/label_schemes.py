"""The meaning of the labels in a file: digits, the classes of other well-known 28×28 datasets, or custom names."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.dataset import DIGITS, FEWEST_CLASSES, IMAGE_SIDE, MOST_CLASSES, PIXELS, DataError
from language.translation import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONGEST_CLASS_NAME = 40
"""The maximum number of characters in a class name, all printable; in weights files too."""


@dataclass(frozen=True)
class LabelScheme:
    """How to interpret the labels and the images of a file.

    Attributes:
        name: The name of the dataset, as shown in a list.
        classes: The name of each class.
        first_label: The label of the first class; the others follow in order.
        transposed: Whether images are usually stored column by column, as in EMNIST.
    """

    name: str
    classes: tuple[str, ...]
    first_label: int = 0
    transposed: bool = False

    @property
    def last_label(self) -> int:
        """The label of the last class."""
        return self.first_label + len(self.classes) - 1


def transposed(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (n, 784) with rows and columns exchanged."""
    return np.ascontiguousarray(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE).transpose(0, 2, 1)).reshape(-1, PIXELS)


_CAPITALS, _SMALL = tuple(string.ascii_uppercase), tuple(string.ascii_lowercase)

DIGIT_LABELS = LabelScheme(N_("Digits"), DIGITS)
LABEL_SCHEMES = (
    DIGIT_LABELS,
    # Xiao, Rasul and Vollgraf 2017, table 2.
    LabelScheme(
        "Fashion-MNIST",
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    # Cohen, Afshar, Tapson and van Schaik 2017, section II. "letters" merges upper and lower case, and its labels
    # start at 1; "balanced" and "by merge" merge only the letters whose two cases look alike.
    LabelScheme(N_("EMNIST digits"), DIGITS, transposed=True),
    LabelScheme(N_("EMNIST letters"), _CAPITALS, first_label=1, transposed=True),
    LabelScheme(N_("EMNIST balanced or by merge"), (*DIGITS, *_CAPITALS, *"abdefghnqrt"), transposed=True),
    LabelScheme(N_("EMNIST by class"), (*DIGITS, *_CAPITALS, *_SMALL), transposed=True),
)
"""The schemes offered when a file is uploaded."""


def custom_scheme(names: str, first_label: int = 0) -> LabelScheme:
    """Return a scheme for comma-separated class names, in the order of the labels.

    Raises:
        DataError: See class_names.
    """
    return LabelScheme(N_("Custom"), class_names(names.split(",")), first_label)


def class_names(
    names: Sequence[str], *, most: int = MOST_CLASSES, longest: int = LONGEST_CLASS_NAME
) -> tuple[str, ...]:
    """Return the names of classes as they are shown: without surrounding spaces.

    Args:
        names: What was entered for each class.
        most: The maximum number of classes.
        longest: The maximum number of characters in a name.

    Raises:
        DataError: The number of names is out of range, or one is empty, too long, not printable or repeated.
    """
    classes = tuple(name.strip() for name in names)
    if not FEWEST_CLASSES <= len(classes) <= most:
        raise DataError(
            ngettext(
                "Got {count} class name: enter {fewest} to {most}, separated by commas.",
                "Got {count} class names: enter {fewest} to {most}, separated by commas.",
                len(classes),
                count=len(classes),
                fewest=FEWEST_CLASSES,
                most=most,
            )
        )
    if not all(classes):
        raise DataError(_("A class name is empty: write a name between every two commas."))
    unfit = next((name for name in classes if len(name) > longest or not name.isprintable()), None)
    if unfit is not None:
        raise DataError(
            _(
                "The class name “{name}” cannot be used: use up to {longest} printable letters.",
                name=unfit[:40],
                longest=longest,
            )
        )
    repeated = next((name for name in classes if classes.count(name) > 1), None)
    if repeated is not None:
        raise DataError(_("The class name “{name}” appears twice: each class needs its own name.", name=repeated[:40]))
    return classes
