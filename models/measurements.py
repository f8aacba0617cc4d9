"""How well a network reads, in the figures that its saved file and its model card hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data import ink
from nn.evaluation import accuracy, confusion_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.dataset import Split
    from data.unipen import RecordedDigit
    from models.reader import Reader
    from nn.network import Network

# A recorded digit as pixels: drawn on a canvas of the app's size, with thin to thick pens, small to large.
CANVAS = 280
PENS = (8, 12, 18, 28)
SIZES = (100, 180, 240)
# Pixels are measured on every fifth digit: canvases take longer to draw than strokes to read.
EVERY = 5


def of_splits(network: Network, split: Split) -> dict[str, Any]:
    """Measure a network on each part of a split.

    Returns:
        "examples": the size of train, dev and test; "accuracy": the share of each that is read right, in [0, 1];
        "confusion": counts on test, a row for each true class, a column for each class read.
    """
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    test = split.test
    return {
        "examples": {name: len(part) for name, part in parts.items()},
        "accuracy": {name: accuracy(network, part.images, part.labels, part.rows) for name, part in parts.items()},
        "confusion": confusion_matrix(network, test.images, test.labels, test.rows).tolist(),
    }


def of_drawings(reader: Reader, digits: Sequence[RecordedDigit]) -> dict[str, Any]:
    """Measure a reader on recorded digits.

    Returns:
        "digits", "writers": how many; "strokes": the share read right from strokes, all digits; "worst_writer",
        "best_writer": the same for the writers with the lowest and the highest share; "pixels": the share read
        right from the pixels of a canvas, by pen width in pixels, every EVERY-th digit.
    """
    labels = np.array([digit.label for digit in digits])
    writers = np.array([digit.writer for digit in digits])
    right = _right(reader, np.stack([ink.image_from_strokes(digit.strokes) for digit in digits]), labels)
    by_writer = [float(right[writers == writer].mean()) for writer in np.unique(writers)]
    return {
        "digits": len(digits),
        "writers": len(by_writer),
        "strokes": float(right.mean()),
        "worst_writer": min(by_writer),
        "best_writer": max(by_writer),
        "pixels": {str(pen): _share_from_pixels(reader, digits[::EVERY], labels[::EVERY], pen) for pen in PENS},
    }


def _share_from_pixels(reader: Reader, digits: Sequence[RecordedDigit], labels: NDArray[np.int64], pen: int) -> float:
    images = [
        ink.image_from_pixels(
            ink.canvas_from_strokes(digit.strokes, side=CANVAS, size=SIZES[number % len(SIZES)], pen_width=pen)
        )
        for number, digit in enumerate(digits)
    ]
    return float(_right(reader, np.stack(images), labels).mean())


def _right(reader: Reader, images: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the images (m, 28, 28) are read as their label: (m,)."""
    right: NDArray[np.bool_] = reader.probabilities(images).argmax(axis=1) == labels
    return right
