"""What a network is given to read: drawn on the canvas, in a picture, or in the form of MNIST already."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ink.mnist_format import Canvas, Normalization, image_from_pixels, image_from_strokes
from ink.picture_files import Picture
from models.reader import Reader, Reading

AS_IN_MNIST = Normalization(upright=False)
AS_IT_LIES = Normalization(scaled=False, upright=False, centred=False, one_pen=False)


class Handwriting(Protocol):
    """One digit, or what is meant to be one."""

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """Have it read, by the steps of normalization that are the reader's own when left out."""

    def scan(self) -> NDArray[np.uint8]:
        """Return it as MNIST has digits, (28, 28) uint8, 255 being ink."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Drawn on a canvas, in strokes, each (n, 2): x and y in its pixels, y growing downward."""

    strokes: Sequence[NDArray[np.float64]]
    canvas: Canvas

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See Handwriting."""
        return reader.read_strokes(self.strokes, steps, canvas=self.canvas)

    def scan(self) -> NDArray[np.uint8]:
        """See Handwriting."""
        return _scanned(image_from_strokes(self.strokes, AS_IN_MNIST, canvas=self.canvas))


@dataclass(frozen=True, eq=False)
class Pictured:
    """In a picture that was brought."""

    picture: Picture

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See Handwriting."""
        return reader.read_pixels(self.picture.ink, steps)

    def scan(self) -> NDArray[np.uint8]:
        """See Handwriting."""
        return _scanned(image_from_pixels(self.picture.ink, AS_IN_MNIST))


@dataclass(frozen=True, eq=False)
class Scanned:
    """As MNIST has it, (28, 28) uint8: no step of the normalization but the upright one can be left out or taken."""

    image: NDArray[np.uint8]

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:  # noqa: ARG002 - see above
        """See Handwriting."""
        return reader.read_image(self.image.astype(np.float32) / np.float32(255))

    def scan(self) -> NDArray[np.uint8]:
        """See Handwriting."""
        return self.image


@dataclass(frozen=True, eq=False)
class Mark:
    """One stroke on a digit, (n, 2) as in Drawn, of the pen or of the eraser."""

    stroke: NDArray[np.float64]
    erases: bool


@dataclass(frozen=True, eq=False)
class DrawnOn:
    """As MNIST has it, (28, 28) uint8, filling the canvas, and then drawn on: the marks in the order they were made.

    Recovered as strokes, only half of the digits that a network misreads were still read as before: what it trips over
    is in the grey of their pixels.
    """

    image: NDArray[np.uint8]
    marks: Sequence[Mark]
    canvas: Canvas

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See Scanned."""
        return Scanned(self.scan()).read(reader, steps)

    def scan(self) -> NDArray[np.uint8]:
        """See Handwriting."""
        image = self.image.astype(np.float32) / np.float32(255)
        for mark in self.marks:
            ink = image_from_strokes([mark.stroke], AS_IT_LIES, canvas=self.canvas)
            image = image * (1 - ink) if mark.erases else np.maximum(image, ink)
        return _scanned(image)


@dataclass(frozen=True, eq=False)
class Specimen:
    """One digit that a person looks at closely.

    Attributes:
        hand: The digit.
        label: What it is, an index into the classes of the network that was to read it; None where nobody knows.
        origin: Where it is from, in a few words such as "dev digit 37".
    """

    hand: Handwriting
    label: int | None
    origin: str


def _scanned(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(255 * image).astype(np.uint8)
