"""Correct it, and it learns: the person says what a drawing was, and the network takes a few steps on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from data import csv_files
from data.dataset import IMAGE_SIDE, DataError, Examples
from ink import stroke_files
from ink.mnist_format import Canvas
from ink.stroke_files import DrawnDigit
from models.reader import Reader
from models.weights import SavedNetwork
from training.fine_tuning import learn
from ui.state.network_inputs import Drawn, Handwriting, Scanned
from ui.state.shared_resources import KnownDigits

CORRECTED = ", corrected"
"""What the name of a network that learned ends with."""

KEPT = ("classes", "normalization", "temperature", "refusal")
"""What is known about a network and stays true when it learns; its measured accuracy does not."""


@dataclass(frozen=True)
class Corrected:
    """A digit, and what it is: an index into the classes."""

    label: int
    hand: Handwriting


@dataclass(frozen=True)
class Lesson:
    """Digits that a network was taught together.

    Attributes:
        digits: How many there were.
        label: What the last one is, an index into the classes.
        taught: The name of the network that was taught.
        before: What it was.
        learned: The name under which it goes on.
        after: What it is now.
        sure_before: The probability of the last one's label, before.
        sure_after: The same, after.
        dev_before: The share of dev digits read right, before.
        dev_after: The same, after.
        steps: Steps taken.
    """

    digits: int
    label: int
    taught: str
    before: SavedNetwork
    learned: str
    after: SavedNetwork
    sure_before: float
    sure_after: float
    dev_before: float
    dev_after: float
    steps: int


@dataclass
class Notebook:
    """The digits a person corrected, and the lessons that came of them, newest last.

    Attributes:
        digits: As they were drawn or brought.
        lessons: The last one is the one that can be undone.
        problem: Why the file of digits loaded last cannot be used; empty when it can.
    """

    digits: list[Corrected] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)
    problem: str = ""


def teach(
    reader: Reader,
    name: str,
    earlier: Sequence[Corrected],
    digits: Sequence[Corrected],
    known: KnownDigits,
    dev: Examples,
) -> Lesson:
    """Have a network learn digits, together with those corrected earlier, so that these are not forgotten either.

    Args:
        reader: Reads with the network; it stays as it is.
        name: What the network is called.
        earlier: Corrected before.
        digits: At least one.
        known: Digits to rehearse meanwhile.
        dev: Embedded digits to measure on before and after; they are not rehearsed.
    """
    taught_digits = [*earlier, *digits]
    images = np.stack([digit.hand.read(reader).image.reshape(-1) for digit in taught_digits])
    labels = np.array([digit.label for digit in taught_digits])
    rehearsed = np.setdiff1d(np.arange(len(known.labels)), dev.rows)
    correction = learn(
        reader.network,
        (images, reader.outputs[labels]),
        (known.for_reader(reader)[rehearsed], reader.outputs[known.labels[rehearsed]]),
        rng=np.random.default_rng(len(taught_digits)),
    )
    after = SavedNetwork(correction.network, {key: reader.about[key] for key in KEPT if key in reader.about})
    taught, last = Reader(after), digits[-1]

    def sure(of: Reader) -> float:
        return float(last.hand.read(of).probabilities[last.label])

    def right(of: Reader) -> float:
        dev_images, dev_labels = dev.take()
        return float(np.mean(of.probabilities(dev_images).argmax(axis=1) == dev_labels))

    return Lesson(
        digits=len(digits),
        label=last.label,
        taught=name,
        before=SavedNetwork(reader.network, reader.about),
        learned=name if name.endswith(CORRECTED) else f"{name}{CORRECTED}",
        after=after,
        sure_before=sure(reader),
        sure_after=sure(taught),
        dev_before=right(reader),
        dev_after=right(taught),
        steps=correction.steps,
    )


def teachable(reader: Reader, known: KnownDigits) -> bool:
    """Return whether a network can be corrected: only one that reads digits can rehearse digits."""
    return reader.classes == known.classes


def as_strokes(digits: Sequence[Corrected]) -> bytes:
    """Return those that were drawn as a file of strokes."""
    drawn = [DrawnDigit(each.label, tuple(each.hand.strokes)) for each in digits if isinstance(each.hand, Drawn)]
    return stroke_files.write(drawn)


def as_csv(digits: Sequence[Corrected]) -> bytes:
    """Return at least one, drawn or brought, as images in a CSV."""
    images = np.stack([digit.hand.scan().reshape(-1) for digit in digits])
    return csv_files.write(images, np.array([digit.label for digit in digits], dtype=np.uint8))


def from_file(file: bytes, name: str, canvas: Canvas) -> list[Corrected]:
    """Read what `as_strokes` or `as_csv` has written; its name tells which. Strokes were drawn on such a canvas.

    Raises:
        DataError: See ink/stroke_files.py and data/csv_files.py; also for a CSV of too many digits.
    """
    if not name.lower().endswith((".csv", ".csv.gz")):
        return [Corrected(each.label, Drawn(each.strokes, canvas)) for each in stroke_files.read(file, name)]
    dataset = csv_files.read(file, name)
    if len(dataset) > stroke_files.LIMIT_DIGITS:
        raise DataError(
            f"{name} holds {len(dataset):,} digits; at most {stroke_files.LIMIT_DIGITS:,} can be corrected at once."
        )
    images = dataset.images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
    return [Corrected(int(label), Scanned(image)) for label, image in zip(dataset.labels, images, strict=True)]
