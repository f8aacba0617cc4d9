"""Read a drawing with a saved network: normalization, network and answer together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from data import ink
from data.dataset import PIXELS, SIDE
from models import weights
from nn.batches import as_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from nn.network import Network


@dataclass(frozen=True, eq=False)
class Reading:
    """What a network made of one drawing.

    Attributes:
        digit: the class it reads, an index into the reader's classes (0 to 9); None when there is no ink.
        probabilities: (classes,) float, adding up to 1. Without ink they are what the network says of blank paper.
        image: (28, 28) float32 in [0, 1], 1 is ink: what the network was given.
        hidden: activations of each hidden layer in turn, each (units,) float.
    """

    digit: int | None
    probabilities: NDArray[np.floating[Any]]
    image: NDArray[np.float32]
    hidden: tuple[NDArray[np.floating[Any]], ...]


class Reader:
    """A network with all it needs to read a drawing.

    Attributes:
        network: the network; only read.
        about: what is known about it (see models.weights.SavedNetwork).
        classes: the name of each class.

    Raises:
        ValueError: the network does not take 784 inputs.
    """

    def __init__(self, source: weights.SavedNetwork | Network) -> None:
        saved = source if isinstance(source, weights.SavedNetwork) else weights.SavedNetwork(source)
        inputs = saved.network.sizes[0]
        if inputs != PIXELS:
            raise ValueError(
                f"This network takes {inputs:,} inputs, but a drawing gives {PIXELS}: "
                f"choose one trained on images of {SIDE}×{SIDE} pixels."
            )
        self.network = saved.network
        self.about = saved.about
        self.classes = saved.classes

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Load a file of weights: .npz, .safetensors or .pkl.

        Raises:
            WeightsError: the file holds no network (a ValueError; see models.weights.load).
            ValueError: the network does not take 784 inputs.
        """
        return cls(weights.load(path))

    def read_strokes(self, strokes: Sequence[ArrayLike]) -> Reading:
        """Read strokes, each (n, 2): x and y in canvas pixels, y growing downward.

        Raises:
            ValueError: see data.ink.image_from_strokes.
        """
        return self.read_image(ink.image_from_strokes(strokes))

    def read_pixels(self, pixels: NDArray[np.uint8]) -> Reading:
        """Read an image of a drawing, (height, width, 4) uint8 RGBA or (height, width) uint8 grey, of any size.

        Raises:
            ValueError: see data.ink.image_from_pixels.
        """
        return self.read_image(ink.image_from_pixels(pixels))

    def read_image(self, image: NDArray[np.float32]) -> Reading:
        """Read an image (28, 28) float32 in [0, 1] that is in the form of MNIST already."""
        *hidden, probabilities = self.network.layers(self._inputs(image[None]))
        digit = int(probabilities[0].argmax()) if image.any() else None
        return Reading(digit, probabilities[0], image, tuple(layer[0] for layer in hidden))

    def probabilities(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Read images that are in the form of MNIST already.

        Args:
            images: (m, 28, 28) or (m, 784), uint8 in 0 to 255 or float in [0, 1]; ink is high.

        Returns:
            (m, classes); each row adds up to 1.

        Raises:
            ValueError: images has another shape or dtype, or values beyond the range.
        """
        return self.network.probabilities(self._inputs(images))

    def _inputs(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return images as (m, 784) floats in [0, 1]."""
        images = np.asarray(images)
        if images.shape[1:] not in {(SIDE, SIDE), (PIXELS,)}:
            raise ValueError(f"images must be (m, {SIDE}, {SIDE}) or (m, {PIXELS}); got {images.shape}.")
        flat = images.reshape(len(images), PIXELS)
        if flat.dtype == np.uint8:
            return as_inputs(flat, self.network.dtype)
        if not np.issubdtype(flat.dtype, np.floating):
            raise ValueError(f"images must be uint8 or floats in [0, 1]; got {flat.dtype}.")
        if flat.size and not (flat.min() >= 0 and flat.max() <= 1):
            raise ValueError(f"images of floats must lie in [0, 1]; got {flat.min():g} to {flat.max():g}.")
        return as_inputs(flat, self.network.dtype)
