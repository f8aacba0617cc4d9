"""What is read in a drawing or a picture: large, in a sentence, and as probabilities."""

from collections.abc import Sequence
from html import escape

from data.dataset import DIGITS, example_noun
from models.reader import Reader, Reading, Rejection
from ui.state.network_inputs import Drawn, DrawnOn, Handwriting, Pictured
from ui.widgets.probability_bars import bars

NAMED = 12
"""Classes that are named where all could be too many."""


def answer(reading: Reading, reader: Reader, hand: Handwriting) -> str:
    """Return the class that is read, large, and the probabilities as bars, as HTML."""
    strokes = "data-picture='1'"
    if isinstance(hand, Drawn | DrawnOn):
        strokes = f"data-strokes='{len(hand.strokes if isinstance(hand, Drawn) else hand.marks)}'"
    name = "–" if reading.digit is None else reader.classes[reading.digit]
    numeral, letters = escape(name), len(name)
    blank = " blank" if reading.digit is None else ""
    return (
        f"<div class='answer{blank}'>"
        f"<div class='numeral' id='answer' style='--letters:{letters}' {strokes}>{numeral}</div>"
        f"<p class='sentence' role='status' aria-live='polite'>{_sentence(reading, reader, hand)}</p></div>"
        f"{bars(reading.probabilities, reader.classes, reading.digit, blank=reading.rejection is Rejection.BLANK)}"
    )


def _sentence(reading: Reading, reader: Reader, hand: Handwriting) -> str:
    match reading.rejection:
        case Rejection.BLANK if isinstance(hand, Pictured):
            return "No pen strokes found in this photo."
        case Rejection.BLANK:
            return f"{_what_to_draw(reader.classes)}"
        case Rejection.DOT:
            return f"That's only a dot, not {_some(reader.classes)}."
        case Rejection.SEVERAL_DIGITS:
            return f"One {example_noun(reader.classes, 1)} at a time, please."
        case Rejection.NOT_A_DIGIT:
            return (
                f"That doesn't look like {_some(reader.classes)}. <span class='note'>“Not a digit” gets"
                f" {reading.reject_probability:.0%}. Above {reader.decision_rule.threshold:.0%}, the network won't"
                " guess.</span>"
            )
    best = int(reading.probabilities.argmax())
    return f"That's {article(reader.classes[best])}. {_sure(float(reading.probabilities[best]))} sure."


def _sure(share: float) -> str:
    """A probability in percent that does not claim to be certain."""
    return "Over 99.9%" if share >= 0.9995 else f"{share:.1%}"


def _some(classes: Sequence[str]) -> str:
    one = example_noun(classes, 1)
    return f"an {one}" if one == "image" else f"a {one}"


def _what_to_draw(classes: Sequence[str]) -> str:
    if example_noun(classes) == "digits":
        return "Draw a digit, 0 to 9."
    named = ", ".join(map(escape, classes[:NAMED]))
    return f"Draw one of {len(classes)}: {named}{', …' if len(classes) > NAMED else '.'}"


def article(name: str) -> str:
    """Return a digit as a person speaks of it; what is no digit, by its name alone."""
    if name not in DIGITS:
        return escape(name)
    return f"an {name}" if name == "8" else f"a {name}"
