"""What the labels of a file stand for: digits, the classes of other well-known sets of 28×28 images, or one's own."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.dataset import DIGITS, FEWEST_CLASSES, MOST_CLASSES, PIXELS, SIDE, DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Naming:
    """How the labels, and the images, of a file are to be understood.

    Attributes:
        name: What a person calls such data.
        classes: The name of each class.
        first: The label of the first class; the others follow.
        turned: Whether images lie on their side, columns in the place of rows, as EMNIST's do.
    """

    name: str
    classes: tuple[str, ...]
    first: int = 0
    turned: bool = False

    @property
    def last(self) -> int:
        """The label of the last class."""
        return self.first + len(self.classes) - 1

    def upright(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images (n, 784) as a person sees them, row by row from the top left."""
        if not self.turned:
            return images
        return np.ascontiguousarray(images.reshape(-1, SIDE, SIDE).transpose(0, 2, 1)).reshape(-1, PIXELS)


_CAPITALS, _SMALL = tuple(string.ascii_uppercase), tuple(string.ascii_lowercase)

DIGITS_ONLY = Naming("Digits", DIGITS)
NAMINGS = (
    DIGITS_ONLY,
    # Xiao, Rasul and Vollgraf 2017, table 2.
    Naming(
        "Fashion-MNIST",
        (
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
    # Cohen, Afshar, Tapson and van Schaik 2017, section II. In letters, capitals and small ones are one class, and
    # labels begin at 1; in balanced and by merge those that look alike are.
    Naming("EMNIST digits", DIGITS, turned=True),
    Naming("EMNIST letters", _CAPITALS, first=1, turned=True),
    Naming("EMNIST balanced or by merge", (*DIGITS, *_CAPITALS, *"abdefghnqrt"), turned=True),
    Naming("EMNIST by class", (*DIGITS, *_CAPITALS, *_SMALL), turned=True),
)
"""What people bring most."""


def own(names: str, first: int = 0) -> Naming:
    """Return the naming that a person wrote: names with commas between, in the order of the labels.

    Raises:
        DataError: When these are no names of so many different classes as can be told apart.
    """
    classes = tuple(name.strip() for name in names.split(","))
    if not FEWEST_CLASSES <= len(classes) <= MOST_CLASSES:
        raise DataError(
            f"{len(classes)} name{' was' if len(classes) == 1 else 's were'} given: write from {FEWEST_CLASSES} to"
            f" {MOST_CLASSES}, with commas between, in the order of the labels."
        )
    if not all(classes):
        raise DataError("A name is missing between two commas: each class needs one.")
    twice = next((name for name in classes if classes.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"The name “{twice[:40]}” is there twice: each class needs one of its own.")
    return Naming("Own", classes, first)
