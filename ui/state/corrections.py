"""Corrections: a visitor says what a drawing is, and a copy of the network takes a few steps on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import csv_files
from data.dataset import DIGITS, IMAGE_SIDE, DataError, Examples
from ink import stroke_files
from ink.mnist_format import Canvas
from ink.stroke_files import DrawnDigit
from models.reader import Reader
from models.weights import SavedNetwork
from training import fine_tuning
from ui.state import shared_resources
from ui.state.digit_sources import DigitSource, ImageSource, StrokeSource
from ui.state.networks import Networks

CORRECTED = ", corrected"
"""Ends the name of a corrected network."""

KEPT = ("classes", "normalization", "temperature", "refusal")
"""What is known about a network and stays true when it is corrected; its measured accuracy does not."""


@dataclass(frozen=True)
class CorrectedDigit:
    """A digit, and what it really is: an index into the classes."""

    label: int
    source: DigitSource


@dataclass(frozen=True)
class Correction:
    """A network fine-tuned on some digits.

    Attributes:
        digit_count: How many digits there were.
        label: What the last one is, an index into the classes.
        name_before: The name of the network.
        before: The network.
        name_after: The name of the corrected network.
        probability_before: The probability of the last digit's label, before.
        probability_after: The same, after.
        dev_accuracy_before: The fraction of dev digits read correctly, before.
        dev_accuracy_after: The same, after.
        steps: Steps taken.
    """

    digit_count: int
    label: int
    name_before: str
    before: SavedNetwork
    name_after: str
    probability_before: float
    probability_after: float
    dev_accuracy_before: float
    dev_accuracy_after: float
    steps: int


class Corrections:
    """The digits a visitor corrected, and the corrections made of them, both newest last.

    Attributes:
        digits: As they were drawn or uploaded.
        made: The last one is the one that can be undone.
    """

    def __init__(self, networks: Networks) -> None:
        """Begin without any; corrected networks join `networks`."""
        self.digits: list[CorrectedDigit] = []
        self.made: list[Correction] = []
        self._networks = networks

    def learn(self, digits: Sequence[CorrectedDigit]) -> None:
        """Fine-tune a copy of the chosen network on digits, at least one, and choose the copy.

        It learns digits corrected earlier again, and rehearses embedded digits, lest it forget them. It does not
        rehearse those on which it is measured before and after.
        """
        networks, embedded = self._networks, shared_resources.embedded_inputs()
        name, reader = networks.chosen, networks.reader(networks.chosen)
        dev = networks.embedded_dev(name, reader)
        corrected = [*self.digits, *digits]
        images = np.stack([digit.source.read(reader).image.reshape(-1) for digit in corrected])
        labels = np.array([digit.label for digit in corrected])
        rehearsed = np.setdiff1d(np.arange(len(embedded.labels)), dev.rows)
        tuned = fine_tuning.fine_tune(
            reader.network,
            (images, reader.outputs[labels]),
            (embedded.for_reader(reader)[rehearsed], reader.outputs[embedded.labels[rehearsed]]),
            rng=np.random.default_rng(len(corrected)),
        )
        after = SavedNetwork(tuned.network, {key: reader.about[key] for key in KEPT if key in reader.about})
        tuned_reader, last = Reader(after), digits[-1]
        correction = Correction(
            digit_count=len(digits),
            label=last.label,
            name_before=name,
            before=SavedNetwork(reader.network, reader.about),
            name_after=name if name.endswith(CORRECTED) else f"{name}{CORRECTED}",
            probability_before=_probability(last, reader),
            probability_after=_probability(last, tuned_reader),
            dev_accuracy_before=_accuracy(dev, reader),
            dev_accuracy_after=_accuracy(dev, tuned_reader),
            steps=tuned.steps,
        )
        self.digits.extend(digits)
        self.made.append(correction)
        networks.saved[correction.name_after] = after
        networks.chosen = correction.name_after

    def undo(self) -> None:
        """Undo the last correction, and choose the network from before it."""
        correction, saved = self.made.pop(), self._networks.saved
        del self.digits[-correction.digit_count :]
        if correction.name_before == correction.name_after:
            saved[correction.name_before] = correction.before
        else:
            saved.pop(correction.name_after, None)
        self._networks.chosen = correction.name_before


def _probability(digit: CorrectedDigit, reader: Reader) -> float:
    return float(digit.source.read(reader).probabilities[digit.label])


def _accuracy(examples: Examples, reader: Reader) -> float:
    images, labels = examples.take()
    return float(np.mean(reader.probabilities(images).argmax(axis=1) == labels))


def correctable(reader: Reader) -> bool:
    """Return whether a network can be corrected: only one that reads digits can rehearse digits."""
    return reader.classes == DIGITS


def as_strokes(digits: Sequence[CorrectedDigit]) -> bytes:
    """Return the digits that were drawn as a file of strokes."""
    drawn = [
        DrawnDigit(each.label, tuple(each.source.strokes)) for each in digits if isinstance(each.source, StrokeSource)
    ]
    return stroke_files.write(drawn)


def as_csv(digits: Sequence[CorrectedDigit]) -> bytes:
    """Return at least one digit, drawn or uploaded, as images in a CSV."""
    images = np.stack([digit.source.mnist_image().reshape(-1) for digit in digits])
    return csv_files.write(images, np.array([digit.label for digit in digits], dtype=np.uint8))


def from_file(file: bytes, name: str, canvas: Canvas) -> list[CorrectedDigit]:
    """Read what `as_strokes` or `as_csv` wrote.

    Args:
        file: Its content.
        name: Its name, whose suffix tells which of the two it is.
        canvas: Where strokes were drawn.

    Raises:
        DataError: See ink/stroke_files.py and data/csv_files.py; also for a CSV of too many digits.
    """
    if not name.lower().endswith((".csv", ".csv.gz")):
        return [
            CorrectedDigit(each.label, StrokeSource(each.strokes, canvas)) for each in stroke_files.read(file, name)
        ]
    dataset = csv_files.read(file, name)
    if len(dataset) > stroke_files.LIMIT_DIGITS:
        raise DataError(
            f"{name} holds {len(dataset):,} digits; at most {stroke_files.LIMIT_DIGITS:,} can be corrected at once."
        )
    images = dataset.images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return [CorrectedDigit(int(label), ImageSource(image)) for label, image in zip(dataset.labels, images, strict=True)]
