"""The answer to a drawing or photo: the class in large type, a sentence, and probability bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, example_noun
from models.reader import Reader, Reading, Rejection
from ui.state.digit_sources import DigitSource, EditedImageSource, PictureSource, StrokeSource
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import percent

TEMPLATES = Templates("widgets/answer.html.j2")

MOST_BARS = 16
"""With more classes than this, only the LIKELIEST get bars."""

LIKELIEST = 10

MOST_NAMED = 12
"""Maximum number of classes named in the prompt to draw."""


def answer(reading: Reading, reader: Reader, hand: DigitSource) -> Markup:
    """Return the answer as HTML."""
    strokes = None
    if isinstance(hand, StrokeSource | EditedImageSource):
        strokes = len(hand.strokes if isinstance(hand, StrokeSource) else hand.edits)
    return TEMPLATES.answer(
        numeral="–" if reading.digit is None else reader.classes[reading.digit],
        is_answer=reading.digit is not None,
        strokes=strokes,
        sentence=_sentence(reading, reader, hand),
        bars=probability_bars(
            reading.probabilities, reader.classes, reading.digit, empty=reading.rejection is Rejection.BLANK
        ),
    )


def probability_bars(
    probabilities: NDArray[np.floating[Any]], classes: Sequence[str], answer: int | None, *, empty: bool = False
) -> Markup:
    """Return a bar for each class as HTML.

    Args:
        probabilities: (classes,) in [0, 1].
        classes: The class names.
        answer: The class to highlight, if any.
        empty: Whether to leave the bars empty.
    """
    return TEMPLATES.bars(
        classes=[
            (
                classes[index],
                "" if empty else _short_percent(probabilities[index]),
                f"{0 if empty else 100 * probabilities[index]:.1f}",
                index == answer,
            )
            for index in likeliest(probabilities)
        ]
    )


def likeliest(probabilities: NDArray[np.floating[Any]]) -> Sequence[int]:
    """Return the classes to show: all in order or, if there are too many, the likeliest first."""
    if len(probabilities) <= MOST_BARS:
        return range(len(probabilities))
    found: list[int] = np.argsort(-probabilities, kind="stable")[:LIKELIEST].tolist()
    return found


def _short_percent(share: float) -> str:
    return "<1" if 0.0005 <= share < 0.01 else f"{100 * share:.0f}"


def _sentence(reading: Reading, reader: Reader, hand: DigitSource) -> str:
    match reading.rejection:
        case Rejection.BLANK if isinstance(hand, PictureSource):
            return "No pen strokes found in this photo."
        case Rejection.BLANK:
            return _what_to_draw(reader.classes)
        case Rejection.DOT:
            return f"That's only a dot, not {_one_example(reader.classes)}."
        case Rejection.SEVERAL_DIGITS:
            return f"One {example_noun(reader.classes, 1)} at a time, please."
        case Rejection.NOT_A_DIGIT:
            return Markup(
                "That doesn't look like {}. <span class='note'>“Not a digit” gets {}. Above {}, the network won't"
                " guess.</span>"
            ).format(
                _one_example(reader.classes),
                percent(reading.reject_probability, 0),
                percent(reader.decision_rule.threshold, 0),
            )
    best = int(reading.probabilities.argmax())
    sure = float(reading.probabilities[best])
    return f"That's {article(reader.classes[best])}. {'Over 99.9%' if sure >= 0.9995 else percent(sure)} sure."


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
