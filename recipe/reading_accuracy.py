"""How well a network reads, in the figures that its saved file and its model card hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from ink import mnist_format
from nn.calibration import expected_calibration_error
from recipe.negatives import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.dataset import Examples
    from models.decision import DecisionRule
    from models.reader import Reader
    from nn.network import Network
    from recipe.unipen import RecordedDigit

# A recorded digit as pixels: drawn on a canvas of the app's size, with thin to thick pens, small to large.
CANVAS = 280
PENS = (8, 12, 18, 23, 28)
SIZES = (100, 180, 240)
# Pixels are measured on every thirtieth digit: they take longer to prepare than strokes.
EVERY = 30
# Drawings of each kind that is no digit, and the seed that makes them: another than any that trains.
OF_EACH_KIND = 100
OTHERS_SEED = 20_003


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said of some images of digits.

    Attributes:
        right: (m,) whether the likeliest digit is the true one, refused or not.
        confidence: (m,) the probability of the likeliest digit.
        refused: (m,) whether it was refused as no digit.
    """

    right: NDArray[np.bool_]
    confidence: NDArray[np.floating[Any]]
    refused: NDArray[np.bool_]

    @classmethod
    def of(cls, rule: DecisionRule, logits: NDArray[np.floating[Any]], labels: NDArray[Any]) -> Answers:
        """Judge logits (m, outputs) of images whose true digits are labels (m,)."""
        probabilities = rule.probabilities(logits)
        right: NDArray[np.bool_] = probabilities.argmax(axis=1) == labels
        return cls(right, probabilities.max(axis=1), rule.rejects(logits))

    @classmethod
    def joined(cls, several: Sequence[Answers]) -> Answers:
        """Return those of several networks end to end."""
        return cls(
            np.concatenate([answers.right for answers in several]),
            np.concatenate([answers.confidence for answers in several]),
            np.concatenate([answers.refused for answers in several]),
        )

    def __getitem__(self, which: slice | NDArray[Any]) -> Answers:
        return Answers(self.right[which], self.confidence[which], self.refused[which])

    def figures(self) -> dict[str, float]:
        """The shares that are read right and refused, and the expected calibration error, all in [0, 1]."""
        return {
            "right": float(self.right.mean()),
            "refused": float(self.refused.mean()),
            "calibration_error": expected_calibration_error(self.confidence, self.right),
        }


def of_examples(reader: Reader, examples: Examples) -> dict[str, float]:
    """Measure a reader on images in the form of MNIST: see Answers.figures."""
    images, labels = examples.take()
    return Answers.of(reader.decision_rule, reader.logits(images), labels).figures()


def confusion(reader: Reader, examples: Examples) -> list[list[int]]:
    """Count a reader's answers, refused or not: a row for each true class, a column for each class read."""
    images, labels = examples.take()
    counts = np.zeros((len(reader.classes), len(reader.classes)), np.int64)
    np.add.at(counts, (labels, reader.probabilities(images).argmax(axis=1)), 1)
    rows: list[list[int]] = counts.tolist()
    return rows


def images_from_strokes(digits: Sequence[RecordedDigit]) -> NDArray[np.float32]:
    """What the network is given for recorded digits, from their strokes: (k, 28, 28)."""
    return np.stack([mnist_format.image_from_strokes(digit.strokes) for digit in digits])


def images_from_pixels(digits: Sequence[RecordedDigit], pen: int) -> NDArray[np.float32]:
    """What it is given from the pixels of a canvas, small to large in turn, for a pen of this width: (k, 28, 28)."""
    return np.stack(
        [
            mnist_format.image_from_pixels(
                mnist_format.canvas_from_strokes(
                    digit.strokes, side=CANVAS, size=SIZES[number % len(SIZES)], pen_width=pen
                )
            )
            for number, digit in enumerate(digits)
        ]
    )


def of_drawings(reader: Reader, digits: Sequence[RecordedDigit]) -> dict[str, Any]:
    """Measure a reader on recorded digits; see `summary`."""
    labels = labels_of(digits)
    strokes = Answers.of(reader.decision_rule, logits_of(reader.network, images_from_strokes(digits)), labels)
    some = digits[::EVERY]
    pixels = {
        pen: Answers.of(reader.decision_rule, logits_of(reader.network, images_from_pixels(some, pen)), labels[::EVERY])
        for pen in PENS
    }
    return summary(digits, strokes, pixels)


def logits_of(network: Network, images: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Logits (m, outputs) of images (m, 28, 28) that went through all steps of normalization."""
    return network.logits(images.reshape(len(images), -1))


def labels_of(digits: Sequence[RecordedDigit]) -> NDArray[np.int64]:
    """The true digit of each, (k,)."""
    return np.array([digit.label for digit in digits], np.int64)


def summary(digits: Sequence[RecordedDigit], strokes: Answers, pixels: dict[int, Answers]) -> dict[str, Any]:
    """Sum up the answers to recorded digits, from strokes and, by pen width, from pixels.

    Returns:
        "digits", "writers": how many; "strokes": see Answers.figures; "by_writer": the share read right from strokes
        of each, by number; "spread": the standard deviation of those; "pixels": see Answers.figures, by pen width.
    """
    writers = np.array([digit.writer for digit in digits])
    by_writer = {str(writer): float(strokes.right[writers == writer].mean()) for writer in np.unique(writers)}
    return {
        "digits": len(digits),
        "writers": len(by_writer),
        "strokes": strokes.figures(),
        "by_writer": by_writer,
        "spread": float(np.std(list(by_writer.values()), ddof=1)) if len(by_writer) > 1 else 0.0,
        "pixels": {str(pen): answers.figures() for pen, answers in pixels.items()},
    }


def other_images(digits: Sequence[RecordedDigit], *, quiet: bool = True) -> dict[str, NDArray[np.float32]]:
    """Make drawings that are no digit: (OF_EACH_KIND, 28, 28) by kind.

    Without digits there are none of the kinds that are made of them.
    """
    rng = np.random.default_rng(OTHERS_SEED)
    kinds = [kind for kind in catalogue.KINDS if digits or kind not in catalogue.OF_DIGITS]
    return {
        kind: np.stack(
            [mnist_format.image_from_strokes(catalogue.make(kind, rng, digits)) for _ in range(OF_EACH_KIND)]
        )
        for kind in tqdm(kinds, desc="Drawing what is no digit", unit="kind", disable=quiet)
    }


def refused_by_kind(rule: DecisionRule, network: Network, images: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """The share of drawings of each kind that a network refuses as no digit."""
    return {kind: float(rule.rejects(logits_of(network, of_kind)).mean()) for kind, of_kind in images.items()}
