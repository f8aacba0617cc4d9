"""The answer to a drawing or photo: the class in large type, a sentence, and probability bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS, example_noun
from models.reader import Reader, Reading, Rejection
from training.percentages import chance, percent, whole_percents
from ui.state.digit_sources import DigitSource, EditedImageSource, PictureSource, StrokeSource

MOST_BARS = 16
"""With more classes than this, only the LIKELIEST get bars."""

LIKELIEST = 10

MOST_NAMED = 12
"""Maximum number of classes named in the prompt to draw."""

NO_CLASS = "–"
"""The numeral when no class was read."""

EMPTY = (Rejection.BLANK, Rejection.DOT, Rejection.SEVERAL_DIGITS, Rejection.CUT_OFF)
"""Rejections that the network's probabilities do not explain: their bars are empty, and the sentence says why."""


@dataclass(frozen=True)
class Answer:
    """The answer as it is shown.

    Attributes:
        numeral: The class read; a dash if none was.
        is_class: Whether one was read.
        sentence: What was read, and how sure the network is; or why nothing was.
        note: What the sentence leaves open; often empty.
        bars: For each bar its name, its share as text and in [0, 1], and whether it is the answer.
        strokes: The number of strokes read; None for a photo.
    """

    numeral: str
    is_class: bool
    sentence: str
    note: str
    bars: list[tuple[str, str, float, bool]]
    strokes: int | None


def answer(reading: Reading, reader: Reader, hand: DigitSource) -> Answer:
    """Return the answer to a drawing or photo."""
    sentence, note = _sentence(reading, reader, hand)
    strokes = None
    if isinstance(hand, StrokeSource | EditedImageSource):
        strokes = len(hand.strokes if isinstance(hand, StrokeSource) else hand.edits)
    return Answer(
        numeral=NO_CLASS if reading.digit is None else reader.classes[reading.digit],
        is_class=reading.digit is not None,
        sentence=sentence,
        note=note,
        bars=bars(reading, reader),
        strokes=strokes,
    )


def bars(reading: Reading, reader: Reader) -> list[tuple[str, str, float, bool]]:
    """Return the bars as in Answer. They add up to 1; all are empty if there is not one drawing of a class to judge."""
    shares = reading.shares
    shown = list(likeliest(reading.probabilities))
    names = [reader.classes[index] for index in shown]
    values = [float(shares[index]) for index in shown]
    if len(shown) < len(reading.probabilities):
        names.append("other")
        values.append(max(float(reading.probabilities.sum()) * (1 - reading.reject_probability) - sum(values), 0.0))
    if reader.decision_rule.reject_index is not None:
        names.append("none")
        values.append(reading.reject_probability)
    if reading.rejection in EMPTY:
        return [(name, "", 0.0, False) for name in names]
    first = len(names) - 1 if reading.digit is None else shown.index(reading.digit)
    return [
        (name, label, value, index == first)
        for index, (name, label, value) in enumerate(zip(names, whole_percents(values), values, strict=True))
    ]


def likeliest(probabilities: NDArray[np.floating[Any]]) -> Sequence[int]:
    """Return the classes to show: all in order or, if there are too many, the likeliest first."""
    if len(probabilities) <= MOST_BARS:
        return range(len(probabilities))
    return np.argsort(-probabilities, kind="stable")[:LIKELIEST].tolist()


def _sentence(reading: Reading, reader: Reader, hand: DigitSource) -> tuple[str, str]:
    """Return the sentence and its note."""
    match reading.rejection:
        case Rejection.BLANK if isinstance(hand, PictureSource):
            return "No pen strokes found in this photo.", ""
        case Rejection.BLANK:
            return _what_to_draw(reader.classes), ""
        case Rejection.DOT:
            return f"That's only a dot, not {_one_example(reader.classes)}.", ""
        case Rejection.SEVERAL_DIGITS:
            return f"One {example_noun(reader.classes, 1)} at a time, please.", ""
        case Rejection.CUT_OFF:
            one = example_noun(reader.classes, 1)
            return f"This {one} is cut off at the edge.", f"Leave some paper around the {one}."
        case Rejection.NOT_A_DIGIT:
            return (
                f"That doesn't look like {_one_example(reader.classes)}.",
                (
                    f"“None” gets {chance(reading.reject_probability, 0)}."
                    f" Above {percent(reader.decision_rule.threshold, 0)}, the network won't guess."
                ),
            )
    best = int(reading.probabilities.argmax())
    sure = chance(float(reading.shares[best])).replace(">", "Over ").replace("<", "Under ")
    note = "It reaches the edge, so part of it may be missing." if reading.is_at_the_edge else ""
    return f"That's {article(reader.classes[best])}. {sure} sure.", note


def _one_example(classes: Sequence[str]) -> str:
    one = example_noun(classes, 1)
    return f"an {one}" if one == "image" else f"a {one}"


def _what_to_draw(classes: Sequence[str]) -> str:
    if example_noun(classes) == "digits":
        return "Draw a digit, 0 to 9."
    names = ", ".join(classes[:MOST_NAMED])
    return f"Draw one of {len(classes)}: {names}{', …' if len(classes) > MOST_NAMED else '.'}"


def article(name: str) -> str:
    """Return a digit with its indefinite article; any other class name unchanged."""
    if name not in DIGITS:
        return name
    return f"an {name}" if name == "8" else f"a {name}"
