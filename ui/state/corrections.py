"""Corrections: the visitor labels a drawing, and a copy of the network is fine-tuned on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import csv_files
from data.dataset import DIGITS, IMAGE_SIDE, DataError, Examples
from data.label_schemes import DIGIT_LABELS
from ink import stroke_files
from ink.mnist_format import Canvas
from ink.stroke_files import DrawnDigit
from language.translation import _
from models.reader import Reader
from models.weights import SavedNetwork
from training import fine_tuning
from ui.serving import budgets
from ui.state import shared_resources, uploaded_files
from ui.state.digit_sources import DigitSource, ImageSource, StrokeSource
from ui.state.network_names import CORRECTED
from ui.state.networks import Networks

KEPT = ("classes", "normalization", "temperature", "refusal")
"""The metadata that stays valid after a correction, unlike the measured accuracy."""


@dataclass(frozen=True)
class CorrectedDigit:
    """A digit and its true label, an index into the classes."""

    label: int
    source: DigitSource


@dataclass(frozen=True)
class Correction:
    """A network fine-tuned on some digits.

    Attributes:
        digit_count: Number of digits.
        label: The label of the last digit, an index into the classes.
        name_before: The name of the network before correction.
        before: The network before correction.
        name_after: The name of the corrected network.
        probability_before: The probability of the last digit's label before correction.
        probability_after: The same after correction.
        dev_accuracy_before: The fraction of dev digits read correctly before correction.
        dev_accuracy_after: The same after correction.
        dev_digits: The number of these dev digits.
        steps: Number of training steps taken.
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
    dev_digits: int
    steps: int


class Corrections:
    """The digits a visitor corrected and the resulting corrections, newest last.

    Attributes:
        digits: The digits, as drawn or uploaded.
        made: The corrections; only the last can be undone.
    """

    def __init__(self, networks: Networks) -> None:
        """Start without corrections; corrected networks are added to `networks`."""
        self.digits: list[CorrectedDigit] = []
        self.made: list[Correction] = []
        self._networks = networks

    def learn(self, digits: Sequence[CorrectedDigit]) -> None:
        """Fine-tune a copy of the chosen network on at least one digit, and choose the copy.

        Digits corrected earlier are included, and embedded digits are rehearsed to prevent forgetting, except for
        those used to measure accuracy before and after.

        Raises:
            OverBudgetError: There would be too many digits; nothing is changed.
        """
        budgets.CORRECTIONS.check(len(self.digits) + len(digits))
        networks = self._networks
        name, reader = networks.chosen, networks.reader(networks.chosen)
        dev = networks.embedded_dev(name, reader)
        corrected = [*self.digits, *digits]
        tuned = fine_tuning.fine_tune(
            reader.network,
            _inputs(corrected, reader),
            _rehearsed(dev, reader),
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
            dev_digits=len(dev),
            steps=tuned.steps,
        )
        self.digits.extend(digits)
        self.made.append(correction)
        networks.saved[correction.name_after] = after
        networks.chosen = correction.name_after

    def forgetting(self) -> fine_tuning.Forgetting:
        """Prepare to teach all corrected digits, one by one, to the network that the last corrections started from."""
        name = self.made[-1].name_after
        first = next(each for each in self.made if each.name_after == name)
        reader = Reader(first.before)
        dev = self._networks.embedded_dev(first.name_before, reader)
        images, labels = shared_resources.embedded_inputs().for_reader(reader), reader.outputs[dev.labels]
        return fine_tuning.Forgetting(
            first.before.network,
            _inputs(self.digits, reader),
            _rehearsed(dev, reader),
            (images[dev.rows], labels[dev.rows]),
            reader.outputs,
        )

    def undo(self) -> None:
        """Undo the last correction and choose the network from before it."""
        correction, saved = self.made.pop(), self._networks.saved
        del self.digits[-correction.digit_count :]
        if correction.name_before == correction.name_after:
            saved[correction.name_before] = correction.before
        else:
            saved.pop(correction.name_after, None)
        self._networks.chosen = correction.name_before


def _inputs(digits: Sequence[CorrectedDigit], reader: Reader) -> tuple[fine_tuning.Floats, fine_tuning.Labels]:
    """Return corrected digits in the form that a reader's network expects: images (k, inputs) and outputs (k,)."""
    images = np.stack([digit.source.read(reader).image.reshape(-1) for digit in digits])
    return images, reader.outputs[np.array([digit.label for digit in digits])]


def _rehearsed(dev: Examples, reader: Reader) -> tuple[fine_tuning.Floats, fine_tuning.Labels]:
    """Return the embedded digits that are not in dev, in the same form."""
    embedded = shared_resources.embedded_inputs()
    rows = np.setdiff1d(np.arange(len(embedded.labels)), dev.rows)
    return embedded.for_reader(reader)[rows], reader.outputs[embedded.labels[rows]]


def _probability(digit: CorrectedDigit, reader: Reader) -> float:
    return float(digit.source.read(reader).shares[digit.label])


def _accuracy(examples: Examples, reader: Reader) -> float:
    images, labels = examples.take()
    return float(np.mean(reader.probabilities(images).argmax(axis=1) == labels))


def correctable(reader: Reader) -> bool:
    """Return whether a network can be corrected: only a network that reads digits can rehearse the embedded digits."""
    return reader.classes == DIGITS


def as_strokes(digits: Sequence[CorrectedDigit]) -> bytes:
    """Return the drawn digits as a stroke file."""
    drawn = [
        DrawnDigit(each.label, tuple(each.source.strokes)) for each in digits if isinstance(each.source, StrokeSource)
    ]
    return stroke_files.write(drawn)


def as_csv(digits: Sequence[CorrectedDigit]) -> bytes:
    """Return one or more digits, drawn or uploaded, as images in a CSV file."""
    images = np.stack([digit.source.mnist_image().reshape(-1) for digit in digits])
    return csv_files.write(images, np.array([digit.label for digit in digits], dtype=np.uint8))


def from_file(file: bytes, name: str, canvas: Canvas) -> list[CorrectedDigit]:
    """Read what `as_strokes` or `as_csv` wrote.

    Args:
        file: The content of the file.
        name: The file name in error messages.
        canvas: The canvas on which strokes were drawn.

    Raises:
        OverBudgetError: There are too many digits or points.
        DataError: See ink/stroke_files.py and data/dataset_files.py.
    """
    if file.lstrip().startswith(b"{") or name.lower().endswith(".json"):
        collection = uploaded_files.collection(file, name)
        if collection.classes != DIGITS:
            raise DataError(_("{name} holds drawings that are not digits: open it on the Collect page.", name=name))
        drawn = collection.kept
        budgets.CORRECTIONS.check(len(drawn))
        budgets.CORRECTION_POINTS.check(sum(len(stroke) for each in drawn for stroke in each.strokes))
        return [CorrectedDigit(each.label, StrokeSource(each.strokes, canvas)) for each in drawn]
    dataset = uploaded_files.dataset(file, name, DIGIT_LABELS)
    budgets.CORRECTIONS.check(len(dataset))
    images = dataset.images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return [CorrectedDigit(int(label), ImageSource(image)) for label, image in zip(dataset.labels, images, strict=True)]
