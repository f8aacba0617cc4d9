"""The answer to a drawing or photo: the class in large type, a sentence, and probability bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS
from language.translation import _
from models.reader import Reader, Reading, Rejection
from training.percentages import chance, percent, whole_percents
from ui.state.digit_sources import DigitSource, EditedImageSource, PictureSource, StrokeSource

MOST_BARS = 16
"""With more classes than this, only the LIKELIEST get bars."""

LIKELIEST = 10

MOST_NAMED = 12
"""Maximum number of classes named in the prompt to draw."""

NO_CLASS = "–"
"""The text shown in place of the numeral when no class was read."""

EMPTY = (Rejection.BLANK, Rejection.DOT, Rejection.SEVERAL_DIGITS, Rejection.CUT_OFF)
"""Rejections not explained by the network's probabilities: the bars are empty, and the sentence gives the reason."""


@dataclass(frozen=True)
class Answer:
    """The answer as shown.

    Attributes:
        numeral: The class read; a dash if none was.
        is_class: Whether a class was read.
        sentence: What was read and how sure the network is, or why nothing was read.
        note: What the sentence leaves open; often empty.
        bars: For each bar, its name, its share as text and in [0, 1], and whether it is the answer.
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
    """Return the bars as in Answer. They add up to 1, or are all empty if there is no single drawing to judge."""
    shares = reading.shares
    shown = list(likeliest(reading.probabilities))
    names = [reader.classes[index] for index in shown]
    values = [float(shares[index]) for index in shown]
    if len(shown) < len(reading.probabilities):
        names.append(_("other"))
        values.append(max(float(reading.probabilities.sum()) * (1 - reading.reject_probability) - sum(values), 0.0))
    if reader.decision_rule.reject_index is not None:
        names.append(_("none"))
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
    """Return the sentence and the note of an answer."""
    of_digits = reader.classes == DIGITS
    match reading.rejection:
        case Rejection.BLANK if isinstance(hand, PictureSource):
            return _("No pen strokes found in this photo."), ""
        case Rejection.BLANK:
            return _what_to_draw(reader.classes), ""
        case Rejection.DOT:
            return (_("That's only a dot, not a digit.") if of_digits else _("That's only a dot.")), ""
        case Rejection.SEVERAL_DIGITS:
            return (_("One digit at a time, please.") if of_digits else _("One drawing at a time, please.")), ""
        case Rejection.CUT_OFF:
            if of_digits:
                return _("This digit is cut off at the edge."), _("Leave some paper around the digit.")
            return _("This drawing is cut off at the edge."), _("Leave some paper around the drawing.")
        case Rejection.NOT_A_DIGIT:
            note = _(
                "“None” gets {share}. Above {limit}, the network won't guess.",
                share=chance(reading.reject_probability, 0),
                limit=percent(reader.decision_rule.threshold, 0),
            )
            return (_("That doesn't look like a digit.") if of_digits else _("That doesn't look like a class.")), note
    best = int(reading.probabilities.argmax())
    sure = chance(float(reading.shares[best]))
    what = article(reader.classes[best])
    if sure.startswith(">"):
        sentence = _("That's {what}. Over {share} sure.", what=what, share=sure[1:])
    elif sure.startswith("<"):
        sentence = _("That's {what}. Under {share} sure.", what=what, share=sure[1:])
    else:
        sentence = _("That's {what}. {share} sure.", what=what, share=sure)
    return sentence, _("It reaches the edge, so part of it may be missing.") if reading.is_at_the_edge else ""


def _what_to_draw(classes: Sequence[str]) -> str:
    if tuple(classes) == DIGITS:
        return _("Draw a digit, 0 to 9.")
    names = ", ".join(classes[:MOST_NAMED])
    if len(classes) > MOST_NAMED:
        return _("Draw one of {count}: {names}, …", count=len(classes), names=names)
    return _("Draw one of {count}: {names}.", count=len(classes), names=names)


def article(name: str) -> str:
    """Return a digit with its indefinite article; any other class name unchanged."""
    if name not in DIGITS:
        return name
    return _("an {digit}", digit=name) if name == "8" else _("a {digit}", digit=name)
