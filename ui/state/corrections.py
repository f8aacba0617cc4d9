"""Corrections: a visitor says what a drawing is, and a copy of the network takes a few steps on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import csv_files
from data.dataset import IMAGE_SIDE, DataError, Examples
from ink import stroke_files
from ink.mnist_format import Canvas
from ink.stroke_files import DrawnDigit
from models.reader import Reader
from models.weights import SavedNetwork
from training import fine_tuning
from ui.state import shared_resources
from ui.state.digit_sources import DigitSource, ImageSource, StrokeSource
from ui.state.networks import Networks
from ui.state.shared_resources import KnownDigits

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
        after: The corrected network.
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
    after: SavedNetwork
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
        """Fine-tune a copy of the chosen network on digits, at least one, and choose the copy."""
        networks = self._networks
        name, reader = networks.chosen, networks.reader(networks.chosen)
        dev = networks.embedded_dev(name, reader)
        correction = correct(reader, name, self.digits, digits, shared_resources.known_digits(), dev)
        self.digits.extend(digits)
        self.made.append(correction)
        networks.saved[correction.name_after] = correction.after
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


def correct(
    reader: Reader,
    name: str,
    earlier: Sequence[CorrectedDigit],
    digits: Sequence[CorrectedDigit],
    known: KnownDigits,
    dev: Examples,
) -> Correction:
    """Fine-tune a copy of a network on digits, and on those corrected earlier lest it forget them.

    Args:
        reader: Reads with the network, which is left unchanged.
        name: The name of the network.
        earlier: Corrected before.
        digits: At least one.
        known: Digits to rehearse meanwhile.
        dev: Embedded digits to measure on before and after; they are not rehearsed.
    """
    corrected = [*earlier, *digits]
    images = np.stack([digit.source.read(reader).image.reshape(-1) for digit in corrected])
    labels = np.array([digit.label for digit in corrected])
    rehearsed = np.setdiff1d(np.arange(len(known.labels)), dev.rows)
    fine_tuned = fine_tuning.fine_tune(
        reader.network,
        (images, reader.outputs[labels]),
        (known.for_reader(reader)[rehearsed], reader.outputs[known.labels[rehearsed]]),
        rng=np.random.default_rng(len(corrected)),
    )
    after = SavedNetwork(fine_tuned.network, {key: reader.about[key] for key in KEPT if key in reader.about})
    corrected_reader, last = Reader(after), digits[-1]

    def probability(reader: Reader) -> float:
        return float(last.source.read(reader).probabilities[last.label])

    def dev_accuracy(reader: Reader) -> float:
        dev_images, dev_labels = dev.take()
        return float(np.mean(reader.probabilities(dev_images).argmax(axis=1) == dev_labels))

    return Correction(
        digit_count=len(digits),
        label=last.label,
        name_before=name,
        before=SavedNetwork(reader.network, reader.about),
        name_after=name if name.endswith(CORRECTED) else f"{name}{CORRECTED}",
        after=after,
        probability_before=probability(reader),
        probability_after=probability(corrected_reader),
        dev_accuracy_before=dev_accuracy(reader),
        dev_accuracy_after=dev_accuracy(corrected_reader),
        steps=fine_tuned.steps,
    )


def correctable(reader: Reader, known: KnownDigits) -> bool:
    """Return whether a network can be corrected: only one that reads digits can rehearse digits."""
    return reader.classes == known.classes


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
