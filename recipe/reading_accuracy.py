"""Measure a network: the accuracy, rejection and calibration figures of the saved file and the model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ink import mnist_format
from nn.calibration import expected_calibration_error
from recipe.negatives import catalogue
from recipe.writing_styles import STYLES, unit_height

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.dataset import Examples
    from models.decision import DecisionRule
    from models.reader import Reader
    from nn.network import Network
    from recipe.recorded_drawings import RecordedDigit, RecordedOther

# Recorded digits are rendered as pixels on a canvas of the app's size, with thin to thick pens, small to large.
CANVAS = 280
PENS = (8, 12, 18, 23, 28)
SIZES = (100, 180, 240)
# Pixels are measured on every thirtieth digit, because they take longer to prepare than strokes.
EVERY = 30
# The number of non-digits of each kind, and their seed, which differs from every training seed.
PER_KIND = 100
NEGATIVES_SEED = 20_003


@dataclass(frozen=True, eq=False)
class Answers:
    """A network's answers on images of digits.

    Attributes:
        correct: (m,) whether the most likely digit is the true one, ignoring rejection.
        confidence: (m,) the probability of the most likely digit.
        rejected: (m,) whether it was rejected as not a digit.
    """

    correct: NDArray[np.bool_]
    confidence: NDArray[np.floating[Any]]
    rejected: NDArray[np.bool_]

    @classmethod
    def of(cls, rule: DecisionRule, logits: NDArray[np.floating[Any]], labels: NDArray[Any]) -> Answers:
        """Apply a decision rule to the logits (m, outputs) of images with labels (m,)."""
        probabilities = rule.probabilities(logits)
        correct: NDArray[np.bool_] = probabilities.argmax(axis=1) == labels
        return cls(correct, probabilities.max(axis=1), rule.rejects(logits))

    @classmethod
    def joined(cls, several: Sequence[Answers]) -> Answers:
        """Concatenate the answers of several networks."""
        return cls(
            np.concatenate([answers.correct for answers in several]),
            np.concatenate([answers.confidence for answers in several]),
            np.concatenate([answers.rejected for answers in several]),
        )

    def __getitem__(self, which: slice | NDArray[Any]) -> Answers:
        return Answers(self.correct[which], self.confidence[which], self.rejected[which])

    def figures(self) -> dict[str, float]:
        """Return the shares read correctly and rejected, and the expected calibration error, all in [0, 1]."""
        return {
            "right": float(self.correct.mean()),
            "refused": float(self.rejected.mean()),
            "calibration_error": expected_calibration_error(self.confidence, self.correct),
        }


def of_examples(reader: Reader, examples: Examples) -> dict[str, float]:
    """Measure a reader on images in the format of MNIST: see Answers.figures."""
    images, labels = examples.take()
    return Answers.of(reader.decision_rule, reader.logits(images), labels).figures()


def confusion(reader: Reader, examples: Examples) -> list[list[int]]:
    """Return the confusion matrix, ignoring rejections: a row for each true class, a column for each class read."""
    images, labels = examples.take()
    counts = np.zeros((len(reader.classes), len(reader.classes)), np.int64)
    np.add.at(counts, (labels, reader.probabilities(images).argmax(axis=1)), 1)
    return counts.tolist()


def images_from_strokes(digits: Sequence[RecordedDigit] | Sequence[RecordedOther]) -> NDArray[np.float32]:
    """Return the network's input for recorded drawings, from their strokes: (k, 28, 28)."""
    return np.stack([mnist_format.image_from_strokes(digit.strokes) for digit in digits])


def images_from_pixels(digits: Sequence[RecordedDigit], pen: int) -> NDArray[np.float32]:
    """Return the network's input from canvas pixels, for this pen width, cycling through SIZES: (k, 28, 28)."""
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
    """Return the logits (m, outputs) of fully normalized images (m, 28, 28)."""
    return network.logits(images.reshape(len(images), -1))


def labels_of(digits: Sequence[RecordedDigit]) -> NDArray[np.int64]:
    """Return the label of each digit, (k,)."""
    return np.array([digit.label for digit in digits], np.int64)


def summary(digits: Sequence[RecordedDigit], strokes: Answers, pixels: dict[int, Answers]) -> dict[str, Any]:
    """Summarize the answers on recorded digits, from strokes and, by pen width, from pixels.

    Returns:
        "digits", "writers": the number of each; "strokes": see Answers.figures; "by_writer": the share read correctly
        from strokes, by writer; "spread": the standard deviation of these shares; "by_site": see Answers.figures, from
        strokes; "pixels": the same, by pen width.
    """
    writers, sites = np.array([digit.writer for digit in digits]), np.array([digit.site for digit in digits])
    by_writer = {str(writer): float(strokes.correct[writers == writer].mean()) for writer in np.unique(writers)}
    return {
        "digits": len(digits),
        "writers": len(by_writer),
        "strokes": strokes.figures(),
        "by_writer": by_writer,
        "spread": float(np.std(list(by_writer.values()), ddof=1)) if len(by_writer) > 1 else 0.0,
        "by_site": {str(site): strokes[sites == site].figures() for site in np.unique(sites)},
        "pixels": {str(pen): answers.figures() for pen, answers in pixels.items()},
    }


def by_style(reader: Reader, digits: Sequence[RecordedDigit]) -> dict[str, dict[str, float]]:
    """Measure a reader on recorded digits in each of the ways of writing; see Answers.figures."""
    found = {}
    for label, styles in STYLES.items():
        some = [digit for digit in digits if digit.label == label][:PER_KIND]
        for _, style in styles if some else ():
            rng = np.random.default_rng(NEGATIVES_SEED)
            drawn = [style(unit_height(digit.strokes), rng) for digit in some]
            images = np.stack([mnist_format.image_from_strokes(strokes) for strokes in drawn])
            answers = Answers.of(reader.decision_rule, logits_of(reader.network, images), np.full(len(some), label))
            found[f"{label}, {style.__name__.strip('_').replace('_', ' ')}"] = answers.figures()
    return found


def negative_images(digits: Sequence[RecordedDigit]) -> dict[str, NDArray[np.float32]]:
    """Generate non-digits, (PER_KIND, 28, 28) by kind; kinds made of digits are omitted if there are no digits."""
    rng = np.random.default_rng(NEGATIVES_SEED)
    kinds = [kind for kind in catalogue.KINDS if digits or kind not in catalogue.OF_DIGITS]
    return {
        kind: np.stack([mnist_format.image_from_strokes(catalogue.make(kind, rng, digits)) for _ in range(PER_KIND)])
        for kind in kinds
    }


def rejected_by_kind(rule: DecisionRule, network: Network, images: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """Return the share of drawings of each kind that a network rejects."""
    return {kind: float(rule.rejects(logits_of(network, of_kind)).mean()) for kind, of_kind in images.items()}
