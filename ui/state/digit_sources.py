"""Sources of a network's input: strokes, a picture, an MNIST-style image, or an edited one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ink.mnist_format import Canvas, Normalization, image_from_pixels, image_from_strokes
from ink.picture_files import Picture
from models.reader import Reader, Reading

MNIST_NORMALIZATION = Normalization(upright=False)
UNNORMALIZED = Normalization(scaled=False, upright=False, centred=False, one_pen=False)


class DigitSource(Protocol):
    """Where a network's input comes from."""

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """Read the digit, using the reader's own normalization steps unless others are given."""

    def mnist_image(self) -> NDArray[np.uint8]:
        """Return the digit as in MNIST, (28, 28) uint8, where 255 is ink."""


@dataclass(frozen=True, eq=False)
class StrokeSource:
    """Strokes on a canvas, each (n, 2): x and y in its pixels, y growing downward."""

    strokes: Sequence[NDArray[np.float64]]
    canvas: Canvas

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See DigitSource."""
        return reader.read_strokes(self.strokes, steps, canvas=self.canvas)

    def mnist_image(self) -> NDArray[np.uint8]:
        """See DigitSource."""
        return _as_uint8(image_from_strokes(self.strokes, MNIST_NORMALIZATION, canvas=self.canvas))


@dataclass(frozen=True, eq=False)
class PictureSource:
    """An uploaded picture."""

    picture: Picture

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See DigitSource."""
        return reader.read_pixels(self.picture.ink, steps)

    def mnist_image(self) -> NDArray[np.uint8]:
        """See DigitSource."""
        return _as_uint8(image_from_pixels(self.picture.ink, MNIST_NORMALIZATION))


@dataclass(frozen=True, eq=False)
class ImageSource:
    """An image as in MNIST, (28, 28) uint8; the only normalization applied is the reader's own upright step."""

    image: NDArray[np.uint8]

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:  # noqa: ARG002 - see above
        """See DigitSource."""
        return reader.read_image(self.image.astype(np.float32) / np.float32(255))

    def mnist_image(self) -> NDArray[np.uint8]:
        """See DigitSource."""
        return self.image


@dataclass(frozen=True, eq=False)
class InputSource:
    """A network's input, (28, 28) float32 in [0, 1]; no normalization is applied."""

    image: NDArray[np.float32]

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:  # noqa: ARG002 - see above
        """See DigitSource."""
        return reader.read_input(self.image)

    def mnist_image(self) -> NDArray[np.uint8]:
        """See DigitSource."""
        return _as_uint8(self.image)


@dataclass(frozen=True, eq=False)
class EditStroke:
    """One pen or eraser stroke on an image, (n, 2) as in StrokeSource."""

    stroke: NDArray[np.float64]
    erases: bool


@dataclass(frozen=True, eq=False)
class EditedImageSource:
    """An image as in MNIST, (28, 28) uint8, that fills the canvas, with strokes on it in the order drawn.

    The image stays in pixels: when images were traced as strokes, only half of a network's misread digits were still
    misread in the same way, because it is the grey levels that mislead the network.
    """

    image: NDArray[np.uint8]
    edits: Sequence[EditStroke]
    canvas: Canvas

    def read(self, reader: Reader, steps: Normalization | None = None) -> Reading:
        """See ImageSource."""
        return ImageSource(self.mnist_image()).read(reader, steps)

    def mnist_image(self) -> NDArray[np.uint8]:
        """See DigitSource."""
        image = self.image.astype(np.float32) / np.float32(255)
        for edit in self.edits:
            ink = image_from_strokes([edit.stroke], UNNORMALIZED, canvas=self.canvas)
            image = image * (1 - ink) if edit.erases else np.maximum(image, ink)
        return _as_uint8(image)


@dataclass(frozen=True, eq=False)
class InspectedDigit:
    """One digit to trace through a network.

    Attributes:
        source: The digit.
        label: Its true label, an index into the network's classes; None if unknown.
        origin: A short description, such as "dev digit 37", in the language of the visitor.
    """

    source: DigitSource
    label: int | None
    origin: str

    @property
    def title(self) -> str:
        """The origin with a capital letter, for the beginning of a sentence."""
        return self.origin[:1].upper() + self.origin[1:]


def _as_uint8(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(255 * image).astype(np.uint8)
