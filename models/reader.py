"""Read a drawing with a saved network: normalization, forward pass and decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from data.dataset import IMAGE_SIDE, PIXELS
from ink import mnist_format, picture_files, pixel_ink, segmentation
from ink.mnist_format import Normalization
from ink.slant import upright
from language.numbers import whole
from language.translation import N_, _
from models import weights
from models.decision import DecisionRule
from nn.batches import as_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from ink.mnist_format import Canvas
    from ink.picture_files import Picture
    from nn.network import Network


# How likely a digit is read correctly although its ink reaches the edge of the picture, and how sure the network must
# be of it: chosen by hand on simulated photographs of training digits (benchmarks/photographs.py).
_WHOLE_AT_THE_EDGE: Final = 0.9
_CLEAR_DESPITE_THE_EDGE: Final = 0.6


class Rejection(Enum):
    """Why no digit was read."""

    BLANK = N_("blank")
    DOT = N_("dot")
    NOT_A_DIGIT = N_("not a digit")
    SEVERAL_DIGITS = N_("several digits")
    CUT_OFF = N_("cut off at the edge")


@dataclass(frozen=True, eq=False)
class Reading:
    """A network's reading of one drawing.

    Attributes:
        digit: The class read, an index into the reader's classes (0 to 9); None if no digit was read.
        probabilities: (classes,) float, the probability of each class, given that it is one of them; they sum to 1.
            Computed even if no digit was read.
        image: (28, 28) float32 in [0, 1], 1 is ink: the input of the network.
        hidden: The activations of each hidden layer in turn, each (units,) float.
        rejection: Why no digit was read; None if one was.
        reject_probability: In [0, 1], the probability that it is not a digit; 0 for a network without a reject output.
        is_at_the_edge: Whether ink reaches the edge of the picture, so that part of the digit may be missing.
    """

    digit: int | None
    probabilities: NDArray[np.floating[Any]]
    image: NDArray[np.float32]
    hidden: tuple[NDArray[np.floating[Any]], ...]
    rejection: Rejection | None = None
    reject_probability: float = 0.0
    is_at_the_edge: bool = False

    @property
    def shares(self) -> NDArray[np.floating[Any]]:
        """The unconditional probability (classes,) of each class; with `reject_probability` they sum to 1."""
        return self.probabilities * (1 - self.reject_probability)


class Reader:
    """A network with everything needed to read a drawing.

    Attributes:
        network: The network; read-only here.
        about: Its metadata (see models.weights.SavedNetwork).
        normalization: The steps applied to a drawing before this network reads it: all of them, except that only a
            network whose `about` contains {"normalization": {"upright": true}} has drawings deslanted.
        decision_rule: How logits become a decision (models/decision.py). A network that was not trained on non-digits
            rejects only a blank canvas and a dot.
        classes: The name of each class that can be read.
        outputs: (classes,) the index of the network's output for each class.

    Raises:
        ValueError: The network does not take 784 inputs.
    """

    def __init__(self, source: weights.SavedNetwork | Network) -> None:
        saved = source if isinstance(source, weights.SavedNetwork) else weights.SavedNetwork(source)
        inputs = saved.network.sizes[0]
        if inputs != PIXELS:
            raise ValueError(
                _(
                    "This network takes {inputs} inputs, but a drawing has {pixels}: choose one trained on images of"
                    " {side}×{side} pixels.",
                    inputs=whole(inputs),
                    pixels=PIXELS,
                    side=IMAGE_SIDE,
                )
            )
        self.network = saved.network
        self.about = saved.about
        stated = saved.about.get("normalization")  # untrusted: may be anything
        self.normalization = Normalization(upright=isinstance(stated, dict) and stated.get("upright") is True)
        self.decision_rule = DecisionRule.from_saved(saved)
        reject_index = self.decision_rule.reject_index
        self.outputs = np.array([index for index in range(len(saved.classes)) if index != reject_index])
        self.classes = tuple(saved.classes[index] for index in self.outputs)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Load a file of weights, in any format that models.weights reads.

        Raises:
            WeightsError: The file holds no network (a ValueError; see models.weights.load).
            ValueError: The network does not take 784 inputs.
        """
        return cls(weights.load(path))

    def read_strokes(
        self, strokes: Sequence[ArrayLike], normalization: Normalization | None = None, *, canvas: Canvas | None = None
    ) -> Reading:
        """Read strokes, each (n, 2): x and y in canvas pixels, y growing downward.

        Args:
            strokes: The drawing.
            normalization: The steps to apply; by default, those of this reader.
            canvas: The canvas it was drawn on; see ink.mnist_format.image_from_strokes.

        Raises:
            ValueError: See ink.mnist_format.image_from_strokes.
        """
        segments = mnist_format.visible_segments(strokes, canvas)
        reading = self.read_input(
            mnist_format.image_from_segments(segments, normalization or self.normalization, canvas=canvas)
        )
        if reading.rejection is Rejection.BLANK:
            return reading
        if segmentation.is_dot(segments, canvas.pen_width if canvas else 0):
            return replace(reading, digit=None, rejection=Rejection.DOT)
        parts = segmentation.split_segments(segments, _min_gap(reading))
        return self._reject_several_digits(
            reading, len(parts), (mnist_format.image_from_segments(part, self.normalization) for part in parts)
        )

    def read_pixels(self, pixels: NDArray[np.uint8], normalization: Normalization | None = None) -> Reading:
        """Read an image of a drawing of any size: (height, width, 4) uint8 RGBA or (height, width) uint8 grey.

        Args:
            pixels: The image.
            normalization: The steps to apply; by default, those of this reader.

        Raises:
            ValueError: See ink.pixel_ink.strength.
        """
        readings = (self._read_ink(ink, normalization) for ink in pixel_ink.strengths(pixels))
        return min(readings, key=_doubt)

    def _read_ink(self, ink: NDArray[np.floating[Any]], normalization: Normalization | None) -> Reading:
        """Read ink (height, width) in [0, 1]."""
        reading = self.read_input(mnist_format.image_from_ink(ink, normalization or self.normalization))
        if reading.rejection is Rejection.BLANK:
            return reading
        if segmentation.is_filled_dot(ink):
            return replace(reading, digit=None, rejection=Rejection.DOT)
        parts = segmentation.split_ink(ink, _min_gap(reading))
        reading = self._reject_several_digits(
            reading, len(parts), (mnist_format.image_from_ink(part, self.normalization) for part in parts)
        )
        return _perhaps_cut_off(reading) if segmentation.reaches_the_edge(ink) else reading

    def read_picture(self, file: bytes, name: str) -> Reading:
        """Read a photo, scan or screenshot of a digit.

        Args:
            file: The bytes of the file.
            name: The name of the file in error messages.

        Raises:
            DataError: The file cannot be used; see ink.picture_files.read.
        """
        return self.read_pixels(self.least_doubtful(picture_files.read(file, name)).ink)

    def least_doubtful(self, picture: Picture) -> Picture:
        """Return a picture with the ink that this reader doubts least, if there are several candidates."""
        inks = (picture.ink, *picture.other_inks)
        return replace(picture, ink=min(inks, key=lambda ink: _doubt(self.read_pixels(ink))), other_inks=())

    def read_image(self, image: NDArray[np.float32]) -> Reading:
        """Read an image (28, 28) float32 in [0, 1] in the format of MNIST; it is deslanted if the network needs it."""
        return self.read_input(upright(image[None])[0] if self.normalization.upright else image)

    def read_input(self, image: NDArray[np.float32]) -> Reading:
        """Read an image (28, 28) float32 in [0, 1] that is already in the form the network expects."""
        inputs = _checked(image[None], self.network.dtype)
        activations, pre_activations = self.network.forward(inputs)
        hidden, logits = tuple(A[0] for A in activations[1:]), pre_activations[-1]
        probabilities = self.decision_rule.probabilities(logits)[0]
        reject_probability = float(self.decision_rule.reject_probability(logits)[0])
        rejection = None
        if not image.any():
            rejection = Rejection.BLANK
        elif self.decision_rule.rejects(logits)[0]:
            rejection = Rejection.NOT_A_DIGIT
        digit = int(probabilities.argmax()) if rejection is None else None
        return Reading(digit, probabilities, image, hidden, rejection, reject_probability)

    def _reject_several_digits(self, reading: Reading, count: int, parts: Iterator[NDArray[np.float32]]) -> Reading:
        """Return a reading, rejected if there are two or more parts, (28, 28) each, that are read as digits.

        Of four or more parts, fewer than half may be doubtful, such as two digits that touch. Parts are computed one by
        one: most drawings have a single part, which has already been read.

        Networks without a reject output are exempt: they would read a digit in any part.
        """
        if self.decision_rule.reject_index is None or count < 2:
            return reading
        most = (count - 1) // 2 if count > 3 else 0
        doubtful = (part for part in parts if self.read_input(part).rejection)
        if len(list(islice(doubtful, most + 1))) > most:
            return reading
        return replace(reading, digit=None, rejection=Rejection.SEVERAL_DIGITS)

    def probabilities(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Read images in the format of MNIST; they are deslanted if the network needs it.

        Args:
            images: (m, 28, 28) or (m, 784), uint8 in 0 to 255 or float in [0, 1]; ink is high.

        Returns:
            (m, classes), the probability of each class, given that it is one of them; rows sum to 1.

        Raises:
            ValueError: Images have another shape or dtype, or values out of range.
        """
        return self.decision_rule.probabilities(self.logits(images))

    def logits(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return the network's logits (m, outputs); see `probabilities`."""
        return self.network.logits(self.inputs(images))

    def inputs(self, images: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return images in the form the network expects, (m, 784) floats in [0, 1]; see `probabilities`."""
        inputs = _checked(images, self.network.dtype)
        return as_inputs(upright(inputs), self.network.dtype) if self.normalization.upright else inputs


def _perhaps_cut_off(reading: Reading) -> Reading:
    """Return the reading of ink that reaches the edge: less certain, because it may be part of another digit."""
    rejection, digit = reading.rejection, reading.digit
    if rejection is Rejection.NOT_A_DIGIT or (digit is not None and reading.shares.max() < _CLEAR_DESPITE_THE_EDGE):
        rejection, digit = Rejection.CUT_OFF, None
    classes = len(reading.probabilities)
    probabilities = _WHOLE_AT_THE_EDGE * reading.probabilities + (1 - _WHOLE_AT_THE_EDGE) / classes
    return replace(reading, digit=digit, probabilities=probabilities, rejection=rejection, is_at_the_edge=True)


def _doubt(reading: Reading) -> tuple[bool, float]:
    """Return how doubtful a reading is, in ascending order."""
    return reading.digit is None, -float(reading.shares.max())


def _min_gap(reading: Reading) -> float:
    """Return the narrowest gap that splits a drawing into digits: wider if the whole was read as one digit."""
    return segmentation.NARROW_GAP if reading.rejection else segmentation.WIDE_GAP


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
        raise ValueError(f"images of floats must be in [0, 1]; got {flat.min():g} to {flat.max():g}.")
    return as_inputs(flat, dtype)
