"""What the shipped network learns from: scanned digits, ink as other hands would write it, and what is no digit.

All images are in the form of MNIST and set upright. Drawing strokes takes longer than a step of training, so each
recorded digit is drawn beforehand as several people would have written it, on strokes and on canvases of any pen; each
epoch takes a few of these, and distorts them anew as it does all images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from tqdm import tqdm

from data.dataset import PIXELS
from ink import mnist_format
from ink.slant import upright
from recipe.negatives import catalogue
from recipe.stroke_variation import Variation, vary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe.unipen import RecordedDigit

    Strokes = Sequence[NDArray[np.float64]]

NOT_A_DIGIT = 10
"""The label of what is no digit: the network's eleventh output."""

# A canvas of the app at half its size, which costs a quarter of the time: the digits on it, and pens of 7 to 30 px.
_SIDE = 140
_SIZES = (40.0, 125.0)
_PENS = (3.5, 15.0)

# Setting an image upright is a fifth of the work of setting its strokes upright, and near enough to learn from.
_LEANING: Final = mnist_format.Normalization(upright=False)
_THICK: Final = mnist_format.Normalization(upright=False, one_pen=False)

HANDS: Final = Variation(
    rotation=5, slant=0.2, aspect=0.2, bend=0.03, apart=0.02, tremor=0.01, spacing=0.12, grid=0.03, smoothing=2,
    trimmed=0.02, gap=0.1,
)  # fmt: skip


@dataclass(frozen=True)
class Mixture:
    """How much of what an epoch holds, besides every scanned digit once.

    Attributes:
        hands: drawings kept of each recorded digit: the first as it was written, the others written again.
        canvases: how many of those are read off the pixels of a canvas, all steps taken.
        thick: how many more are, but with the pen's own width left as it was.
        copies: of the drawings of each recorded digit, how many are in an epoch.
        not_digits: drawings kept that are no digit, all kinds alike.
        not_digits_at_once: how many of those are in an epoch.
        variation: how far the other hands differ.
    """

    hands: int = 8
    canvases: int = 2
    thick: int = 1
    copies: int = 3
    not_digits: int = 32_000
    not_digits_at_once: int = 8_000
    variation: Variation = HANDS


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Images of all sources, uint8, upright.

    Attributes:
        images: (n, 784) the scanned digits; `labels` (n,) theirs.
        drawn: (hands, k, 784) the recorded digits, as each hand wrote them; `drawn_labels` (k,) theirs.
        others: (j, 784) what is no digit.
        mixture: how much of each an epoch takes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    drawn: NDArray[np.uint8]
    drawn_labels: NDArray[np.uint8]
    others: NDArray[np.uint8]
    mixture: Mixture

    def epoch(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Choose what an epoch holds: images (m, 784) and labels (m,), in no particular order."""
        hands, digits = self.drawn.shape[:2]
        copies = [self.drawn[rng.integers(hands, size=digits), np.arange(digits)] for _ in range(self.mixture.copies)]
        others = self.others[rng.permutation(len(self.others))[: self.mixture.not_digits_at_once]]
        labels = [self.labels, *[self.drawn_labels] * len(copies), np.full(len(others), NOT_A_DIGIT, np.uint8)]
        return np.concatenate([self.images, *copies, others]), np.concatenate(labels)

    @property
    def parts(self) -> tuple[NDArray[np.uint8], ...]:
        """All that decides what is learned."""
        return self.images, self.labels, self.drawn, self.drawn_labels, self.others


def upright_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Set images (m, 784) of MNIST's form upright: (m, 784) uint8."""
    return as_bytes(upright(images))


def as_bytes(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images in [0, 1] as uint8 (m, 784)."""
    whole: NDArray[np.uint8] = np.rint(255 * images).astype(np.uint8)
    return whole.reshape(len(images), -1)


def hands(recorded: Sequence[RecordedDigit], mixture: Mixture, seed: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """Draw recorded digits as several hands would have written them: (hands, k, 784) uint8."""
    drawn = np.empty((mixture.hands, len(recorded), PIXELS), np.uint8)
    for hand in tqdm(range(mixture.hands), desc="Writing the ink again", unit="hand", disable=quiet or not recorded):
        rng = np.random.default_rng((seed, hand))
        for number, digit in enumerate(recorded):
            strokes = vary(digit.strokes, mixture.variation, rng=rng) if hand else digit.strokes
            drawn[hand, number] = _drawing(strokes, hand - mixture.hands, mixture, rng)
    return drawn


def doodles(mixture: Mixture, seed: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """Make drawings that are no digit, of the kinds to train on that need no digits: (j, 784) uint8."""
    kinds = [kind for kind in catalogue.TRAINED if kind not in catalogue.OF_DIGITS]
    return _others(kinds, [], mixture, seed, quiet=quiet)


def made_of_digits(
    recorded: Sequence[RecordedDigit], mixture: Mixture, seed: int, *, quiet: bool = False
) -> NDArray[np.uint8]:
    """Make those that are made of recorded digits: (j, 784) uint8, none where there is no digit."""
    kinds = [kind for kind in catalogue.TRAINED if kind in catalogue.OF_DIGITS]
    return _others(kinds if recorded else [], recorded, mixture, seed, quiet=quiet)


def _others(
    kinds: Sequence[str], recorded: Sequence[RecordedDigit], mixture: Mixture, seed: int, *, quiet: bool
) -> NDArray[np.uint8]:
    """Make drawings of some of the kinds to train on, as many of each as there are of any: (j, 784) uint8."""
    rng = np.random.default_rng((seed, mixture.hands))
    count = mixture.not_digits * len(kinds) // len(catalogue.TRAINED)
    made = np.empty((count, PIXELS), np.uint8)
    for number in tqdm(range(count), desc="Drawing what is no digit", unit="", leave=True, disable=quiet or not kinds):
        strokes = catalogue.make(kinds[number % len(kinds)], rng, recorded)
        made[number] = _drawing(strokes, -int(rng.integers(1, mixture.hands + 1)), mixture, rng)
    return made


def _drawing(strokes: Strokes, place: int, mixture: Mixture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw strokes as the hand at a place, -hands to -1, does: the last on a canvas, the ones before with a thick pen.

    Returns:
        (784,) uint8, upright.
    """
    if place < -mixture.canvases - mixture.thick:
        image = mnist_format.image_from_strokes(strokes, _LEANING)
    else:
        size, pen_width = rng.uniform(*_SIZES), rng.uniform(*_PENS)
        canvas = mnist_format.canvas_from_strokes(strokes, side=_SIDE, size=size, pen_width=pen_width)
        image = mnist_format.image_from_pixels(canvas, _LEANING if place >= -mixture.canvases else _THICK)
    drawn: NDArray[np.uint8] = as_bytes(upright(image[None]))[0]
    return drawn
