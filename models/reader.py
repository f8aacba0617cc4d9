"""Read a drawing with a saved network: normalization, network and answer together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from data.dataset import IMAGE_SIDE, PIXELS
from ink import mnist_format, segmentation
from models import weights
from models.decision import DecisionRule
from nn.batches import as_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from nn.network import Network


class Rejection(Enum):
    """Why no digit was read."""

    BLANK = "blank"
    DOT = "dot"
    NOT_A_DIGIT = "not a digit"
    SEVERAL_DIGITS = "several digits"


@dataclass(frozen=True, eq=False)
class Reading:
    """What a network made of one drawing.

    Attributes:
        digit: the class it reads, an index into the reader's classes (0 to 9); None when it reads none.
        probabilities: (classes,) float, adding up to 1: of each class, given that it is one of them. Where no digit
            was read they are what the network says all the same.
        image: (28, 28) float32 in [0, 1], 1 is ink: what the network was given.
        hidden: activations of each hidden layer in turn, each (units,) float.
        rejection: why no digit was read; None where one was.
        reject_probability: in [0, 1], the probability that it is not a digit; 0 for a network without an output for
            that.
    """

    digit: int | None
    probabilities: NDArray[np.floating[Any]]
    image: NDArray[np.float32]
    hidden: tuple[NDArray[np.floating[Any]], ...]
    rejection: Rejection | None = None
    reject_probability: float = 0.0


class Reader:
    """A network with all it needs to read a drawing.

    Attributes:
        network: the network; only read.
        about: what is known about it (see models.weights.SavedNetwork).
        normalization: the steps that a drawing goes through before this network reads it: all, but that it is set
            upright only for a network whose about says {"normalization": {"upright": true}}.
        decision_rule: how sure it is and what it refuses (models/decision.py). A network that was not shown what is no
            digit names a digit for anything but a blank and a dot.
        classes: the name of each class that can be read.
        outputs: (classes,) the network's output for each of them.

    Raises:
        ValueError: the network does not take 784 inputs.
    """

    def __init__(self, source: weights.SavedNetwork | Network) -> None:
        saved = source if isinstance(source, weights.SavedNetwork) else weights.SavedNetwork(source)
        inputs = saved.network.sizes[0]
        if inputs != PIXELS:
            raise ValueError(
                f"This network takes {inputs:,} inputs, but a drawing gives {PIXELS}: "
                f"choose one trained on images of {IMAGE_SIDE}×{IMAGE_SIDE} pixels."
            )
        self.network = saved.network
        self.about = saved.about
        stated = saved.about.get("normalization")
        # Whoever wrote the file may have written anything.
        self.normalization = mnist_format.Normalization(
            upright=isinstance(stated, dict) and stated.get("upright") is True
        )
        self.decision_rule = DecisionRule.from_saved(saved)
        reject_index = self.decision_rule.reject_index
        self.outputs = np.array([index for index in range(len(saved.classes)) if index != reject_index])
        self.classes = tuple(saved.classes[index] for index in self.outputs)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Load a file of weights: .npz, .safetensors or .pkl.

        Raises:
            WeightsError: the file holds no network (a ValueError; see models.weights.load).
            ValueError: the network does not take 784 inputs.
        """
        return cls(weights.load(path))

    def read_strokes(
        self,
        strokes: Sequence[ArrayLike],
        normalization: mnist_format.Normalization | None = None,
        *,
        canvas: mnist_format.Canvas | None = None,
    ) -> Reading:
        """Read strokes, each (n, 2): x and y in canvas pixels, y growing downward.

        Args:
            strokes: What was drawn.
            normalization: The steps that it goes through; this reader's own when left out.
            canvas: What it was drawn on; see ink.mnist_format.image_from_strokes.

        Raises:
            ValueError: see ink.mnist_format.image_from_strokes.
        """
        steps = normalization or self.normalization
        reading = self._read(mnist_format.image_from_strokes(strokes, steps, canvas=canvas))
        if reading.rejection is Rejection.BLANK:
            return reading
        if segmentation.is_dot(strokes, canvas):
            return replace(reading, digit=None, rejection=Rejection.DOT)
        found = segmentation.of_strokes(strokes, _clear_gap(reading))
        return self._unless_several(
            reading, [mnist_format.image_from_strokes(part, self.normalization) for part in found]
        )

    def read_pixels(
        self, pixels: NDArray[np.uint8], normalization: mnist_format.Normalization | None = None
    ) -> Reading:
        """Read an image of a drawing, (height, width, 4) uint8 RGBA or (height, width) uint8 grey, of any size.

        Args:
            pixels: The image.
            normalization: The steps that it goes through; this reader's own when left out.

        Raises:
            ValueError: see ink.mnist_format.image_from_pixels.
        """
        reading = self._read(mnist_format.image_from_pixels(pixels, normalization or self.normalization))
        if reading.rejection is Rejection.BLANK:
            return reading
        if segmentation.is_blot(pixels):
            return replace(reading, digit=None, rejection=Rejection.DOT)
        found = segmentation.of_pixels(pixels, _clear_gap(reading))
        return self._unless_several(
            reading, [mnist_format.image_from_pixels(part, self.normalization) for part in found]
        )

    def read_image(self, image: NDArray[np.float32]) -> Reading:
        """Read an image (28, 28) float32 in [0, 1] that is in the form of MNIST; it is set upright if need be."""
        return self._read(mnist_format.upright(image[None])[0] if self.normalization.upright else image)

    def _read(self, image: NDArray[np.float32]) -> Reading:
        """Read an image (28, 28) float32 in [0, 1] that went through all steps."""
        inputs = _checked(image[None], self.network.dtype)
        hidden = tuple(layer[0] for layer in self.network.hidden(inputs))
        logits = self.network.logits(inputs)
        probabilities, reject_probability = (
            self.decision_rule.probabilities(logits)[0],
            self.decision_rule.reject_probability(logits),
        )
        rejection = None
        if not image.any():
            rejection = Rejection.BLANK
        elif self.decision_rule.rejects(logits)[0]:
            rejection = Rejection.NOT_A_DIGIT
        digit = int(probabilities.argmax()) if rejection is None else None
        return Reading(digit, probabilities, image, hidden, rejection, float(reject_probability[0]))

    def _unless_several(self, reading: Reading, images: list[NDArray[np.float32]]) -> Reading:
        """Return a reading, refused where its parts, (28, 28) each, are two or more and each is read as a digit.

        A network that cannot tell what is no digit would find one in any part.
        """
        if (
            self.decision_rule.reject_index is None
            or len(images) < 2
            or any(self._read(image).rejection for image in images)
        ):
            return reading
        return replace(reading, digit=None, rejection=Rejection.SEVERAL_DIGITS)

    def probabilities(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Read images that are in the form of MNIST; they are set upright if need be.

        Args:
            images: (m, 28, 28) or (m, 784), uint8 in 0 to 255 or float in [0, 1]; ink is high.

        Returns:
            (m, classes), of each class, given that it is one of them; each row adds up to 1.

        Raises:
            ValueError: images has another shape or dtype, or values beyond the range.
        """
        return self.decision_rule.probabilities(self.logits(images))

    def refused(self, images: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which images (m,) the network refuses as no digit; see `probabilities`."""
        return self.decision_rule.rejects(self.logits(images))

    def logits(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return the network's logits (m, outputs) before any temperature; see `probabilities`."""
        inputs = _checked(images, self.network.dtype)
        if self.normalization.upright:
            inputs = as_inputs(mnist_format.upright(inputs), self.network.dtype)
        return self.network.logits(inputs)


def _clear_gap(reading: Reading) -> float:
    """How wide a gap must be to part a drawing into digits: wider where it could be read as one."""
    return segmentation.GAP if reading.rejection else segmentation.WIDE_GAP


def _checked(images: NDArray[Any], dtype: DTypeLike) -> NDArray[np.floating[Any]]:
    """Return images as (m, 784) floats in [0, 1]."""
    images = np.asarray(images)
    if images.shape[1:] not in {(IMAGE_SIDE, IMAGE_SIDE), (PIXELS,)}:
        raise ValueError(f"images must be (m, {IMAGE_SIDE}, {IMAGE_SIDE}) or (m, {PIXELS}); got {images.shape}.")
    flat = images.reshape(len(images), PIXELS)
    if flat.dtype == np.uint8:
        return as_inputs(flat, dtype)
    if not np.issubdtype(flat.dtype, np.floating):
        raise ValueError(f"images must be uint8 or floats in [0, 1]; got {flat.dtype}.")
    if flat.size and not (flat.min() >= 0 and flat.max() <= 1):
        raise ValueError(f"images of floats must lie in [0, 1]; got {flat.min():g} to {flat.max():g}.")
    return as_inputs(flat, dtype)
