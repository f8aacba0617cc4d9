"""The training set of the shipped network: scanned digits, recorded digits in varied handwriting, and non-digits.

All images are in the format of MNIST and deslanted. Rendering strokes takes longer than a training step, so each
recorded digit is rendered in advance in several handwriting variants, from strokes and from canvases with various pens.
Each epoch samples some of these and distorts them like all other images.
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
from recipe.writing_styles import restyled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe.recorded_drawings import RecordedDigit, RecordedOther

    Strokes = Sequence[NDArray[np.float64]]

NOT_A_DIGIT = 10
"""The label of non-digits: the network's eleventh output."""

# The app's canvas at half size, which takes a quarter of the time; the sizes of digits; and pens, 7 to 30 px at full
# size.
_SIDE = 140
_SIZES = (40.0, 125.0)
_PENS = (3.5, 15.0)

# Deslanting an image takes a fifth of the time of deslanting its strokes, and is accurate enough for training.
_LEANING: Final = mnist_format.Normalization(upright=False)
_THICK: Final = mnist_format.Normalization(upright=False, one_pen=False)

HANDS: Final = Variation(
    rotation=5, slant=0.2, aspect=0.2, bend=0.03, apart=0.02, tremor=0.01, spacing=0.12, grid=0.03, smoothing=2,
    trimmed=0.02, gap=0.1,
)  # fmt: skip


@dataclass(frozen=True)
class DataMixture:
    """The composition of an epoch, in addition to every scanned digit once.

    Attributes:
        hands: handwriting variants of each recorded digit: the first as recorded, the others varied.
        canvases: how many of the variants are normalized from canvas pixels, with all steps.
        thick: how many others are normalized from canvas pixels with their original stroke width.
        copies: variants of each recorded digit in an epoch.
        not_digits: the number of non-digits generated, equally many of each kind.
        not_digits_at_once: how many of those are in an epoch.
        others_hands: variants of each recorded drawing that is not a digit, all of them varied.
        others_at_once: how many of those drawings are in an epoch.
        variation: how much the variants differ from the recording.
    """

    hands: int = 8
    canvases: int = 2
    thick: int = 1
    copies: int = 2
    not_digits: int = 32_000
    not_digits_at_once: int = 8_000
    others_hands: int = 3
    others_at_once: int = 14_000
    variation: Variation = HANDS


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Images of all sources, uint8, deslanted.

    Attributes:
        images: (n, 784) the scanned digits; their labels are `labels` (n,).
        drawn: (hands, k, 784) the recorded digits in each variant; their labels are `drawn_labels` (k,).
        negatives: (j, 784) non-digits, generated.
        others: (others_hands, i, 784) recorded drawings that are not digits, in each variant.
        mixture: the composition of an epoch.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    drawn: NDArray[np.uint8]
    drawn_labels: NDArray[np.uint8]
    negatives: NDArray[np.uint8]
    others: NDArray[np.uint8]
    mixture: DataMixture

    def epoch(self, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Sample an epoch: images (m, 784) and labels (m,), in no particular order."""
        hands, digits = self.drawn.shape[:2]
        copies = [self.drawn[rng.integers(hands, size=digits), np.arange(digits)] for _ in range(self.mixture.copies)]
        negatives = self.negatives[rng.permutation(len(self.negatives))[: self.mixture.not_digits_at_once]]
        chosen = rng.permutation(self.others.shape[1])[: self.mixture.others_at_once]
        others = self.others[rng.integers(len(self.others), size=len(chosen)), chosen]
        refused = np.full(len(negatives) + len(others), NOT_A_DIGIT, np.uint8)
        labels = [self.labels, *[self.drawn_labels] * len(copies), refused]
        return np.concatenate([self.images, *copies, negatives, others]), np.concatenate(labels)

    @property
    def arrays(self) -> tuple[NDArray[np.uint8], ...]:
        """All arrays, which together determine the outcome of training."""
        return self.images, self.labels, self.drawn, self.drawn_labels, self.negatives, self.others


def upright_bytes(images: NDArray[Any]) -> NDArray[np.uint8]:
    """Deslant images (m, 784) in the format of MNIST: (m, 784) uint8."""
    return as_bytes(upright(images))


def as_bytes(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Convert images in [0, 1] to uint8 (m, 784)."""
    whole: NDArray[np.uint8] = np.rint(255 * images).astype(np.uint8)
    return whole.reshape(len(images), -1)


def draw_handwritings(
    recorded: Sequence[RecordedDigit], mixture: DataMixture, seed: int, *, quiet: bool = False
) -> NDArray[np.uint8]:
    """Render recorded digits in several handwriting variants: (hands, k, 784) uint8."""
    drawn = np.empty((mixture.hands, len(recorded), PIXELS), np.uint8)
    for hand in tqdm(range(mixture.hands), desc="Varying handwriting", unit="hand", disable=quiet or not recorded):
        rng = np.random.default_rng((seed, hand))
        for number, digit in enumerate(recorded):
            strokes: Strokes = digit.strokes
            if hand:
                strokes = vary(restyled(strokes, digit.label, rng), mixture.variation, rng=rng)
            drawn[hand, number] = _drawing(strokes, hand - mixture.hands, mixture, rng)
    return drawn


def draw_others(
    others: Sequence[RecordedOther], mixture: DataMixture, seed: int, *, quiet: bool = False
) -> NDArray[np.uint8]:
    """Render recorded drawings that are not digits in several variants: (others_hands, i, 784) uint8."""
    drawn = np.empty((mixture.others_hands, len(others), PIXELS), np.uint8)
    for hand in tqdm(
        range(mixture.others_hands), desc="Varying other drawings", unit="hand", disable=quiet or not others
    ):
        rng = np.random.default_rng((seed, mixture.hands + 1 + hand))
        for number, other in enumerate(others):
            strokes = vary(other.strokes, mixture.variation, rng=rng)
            drawn[hand, number] = _drawing(strokes, -int(rng.integers(1, mixture.hands + 1)), mixture, rng)
    return drawn


def draw_negatives(mixture: DataMixture, seed: int, *, quiet: bool = False) -> NDArray[np.uint8]:
    """Generate non-digits of the training kinds that are not made of digits: (j, 784) uint8."""
    kinds = [kind for kind in catalogue.TRAINED if kind not in catalogue.OF_DIGITS]
    return _draw_negatives(kinds, [], mixture, seed, quiet=quiet)


def draw_negatives_of_digits(
    recorded: Sequence[RecordedDigit], mixture: DataMixture, seed: int, *, quiet: bool = False
) -> NDArray[np.uint8]:
    """Generate non-digits made of recorded digits: (j, 784) uint8; none without digits."""
    kinds = [kind for kind in catalogue.TRAINED if kind in catalogue.OF_DIGITS]
    return _draw_negatives(kinds if recorded else [], recorded, mixture, seed, quiet=quiet)


def _draw_negatives(
    kinds: Sequence[str], recorded: Sequence[RecordedDigit], mixture: DataMixture, seed: int, *, quiet: bool
) -> NDArray[np.uint8]:
    """Generate non-digits of some of the training kinds, in equal numbers: (j, 784) uint8."""
    rng = np.random.default_rng((seed, mixture.hands))
    count = mixture.not_digits * len(kinds) // len(catalogue.TRAINED)
    made = np.empty((count, PIXELS), np.uint8)
    for number in tqdm(range(count), desc="Drawing non-digits", unit="", leave=True, disable=quiet or not kinds):
        strokes = catalogue.make(kinds[number % len(kinds)], rng, recorded)
        made[number] = _drawing(strokes, -int(rng.integers(1, mixture.hands + 1)), mixture, rng)
    return made


def _drawing(strokes: Strokes, place: int, mixture: DataMixture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Render strokes as (784,) uint8, deslanted.

    Args:
        strokes: The drawing.
        place: The index of the variant, -hands to -1: the last ones are rendered from a canvas, those before them
            with their original stroke width.
        mixture: The number of variants of each kind.
        rng: The random generator.
    """
    if place < -mixture.canvases - mixture.thick:
        image = mnist_format.image_from_strokes(strokes, _LEANING)
    else:
        size, pen_width = rng.uniform(*_SIZES), rng.uniform(*_PENS)
        canvas = mnist_format.canvas_from_strokes(strokes, side=_SIDE, size=size, pen_width=pen_width)
        image = mnist_format.image_from_pixels(canvas, _LEANING if place >= -mixture.canvases else _THICK)
    return as_bytes(upright(image[None]))[0]
