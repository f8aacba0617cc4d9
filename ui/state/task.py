"""A task that a teacher sets with a link: what it opens with, what can be changed, and what to predict.

The link is the address of a page with readable parameters: the state of the page (settings of a run by their usual
names), which controls are shown, which of them are fixed, the text, the prediction, and the drawing on the paper. A
checksum at its end distinguishes a link that arrived whole from one that was cut off or edited. It excludes only what
may be changed in the page, because the page itself writes that into the address.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, urlencode

from language.translation import _
from training.prediction import QUANTITIES, Prediction
from ui.routes import BREAK_IT, LOOK, TRAIN
from ui.serving.budgets import LINK

ROUTES = (TRAIN, BREAK_IT, LOOK)
"""The pages that a task can be set on."""

LONGEST_TEXT, LONGEST_QUESTION, LONGEST_ANSWER = 600, 120, 40
"""The most characters in the text of a task, in the question to predict, and in each answer."""

MOST_BOUNDS, MOST_ANSWERS = 5, 6

PAGE, TEXT, FREE, FIXED, QUESTION, MEASURED, BOUNDS, ANSWERS, DRAWING, CHECK = (
    "task", "text", "show", "fix", "ask", "measure", "limits", "answers", "drawing", "check",
)  # fmt: skip
"""The query parameters of a task; all others are the state of its page."""

WORDS = frozenset({PAGE, TEXT, FREE, FIXED, QUESTION, MEASURED, BOUNDS, ANSWERS, DRAWING, CHECK})

UNCHECKED = frozenset({"speed", "from"})
"""Parameters that the page may change freely."""

_BETWEEN = ";"


@dataclass(frozen=True)
class Task:
    """A task, or the absence of one, with all controls shown and nothing fixed.

    Attributes:
        page: The path of its page; empty without a task.
        text: What to do, as plain text.
        free: The names of the controls that can be changed.
        fixed: The names of those that are shown, but cannot be changed.
        prediction: What to predict first, if anything.
        state: What the page opens with, by query parameter.
        drawing: The drawing that it opens with, as ink/stroke_text.py reads it; empty to leave the paper as it is.
    """

    page: str = ""
    text: str = ""
    free: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    prediction: Prediction | None = None
    state: Mapping[str, str] = field(default_factory=dict)
    drawing: str = ""

    def __bool__(self) -> bool:
        """Return whether there is a task."""
        return bool(self.page)

    def is_free(self, control: str) -> bool:
        """Return whether a control is shown and can be changed."""
        return not self.page or control in self.free

    def shows(self, control: str) -> bool:
        """Return whether a control is shown."""
        return self.is_free(control) or control in self.fixed

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """Return the task that the parameters of an address describe.

        Raises:
            ValueError: They describe no task, or one that did not arrive whole.
        """
        LINK.check(sum(map(len, [*parameters, *parameters.values()])))
        state = {name: text for name, text in parameters.items() if name not in WORDS | UNCHECKED}
        task = cls(
            parameters.get(PAGE, ""),
            plain_text(parameters.get(TEXT, ""), LONGEST_TEXT),
            frozenset(filter(None, parameters.get(FREE, "").split(","))),
            frozenset(filter(None, parameters.get(FIXED, "").split(","))),
            _prediction(parameters),
            state,
            parameters.get(DRAWING, ""),
        )
        if task.page not in {route.path for route in ROUTES}:
            raise ValueError(f"{PAGE} must be the path of a page with tasks; got {task.page[:40]!r}")
        if parameters.get(CHECK) != task.checksum:
            raise ValueError(f"{CHECK} must be that of the other parameters")
        return task

    def parameters(self, state: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the parameters of its address, in a readable order; pass `state` if it has changed since."""
        asked = self.prediction
        words = {
            FREE: ",".join(sorted(self.free)),
            FIXED: ",".join(sorted(self.fixed)),
            TEXT: self.text,
            QUESTION: "" if asked is None else asked.question,
            MEASURED: "" if asked is None else asked.measured,
            BOUNDS: "" if asked is None else ",".join(f"{each:g}" for each in asked.bounds),
            ANSWERS: "" if asked is None else _BETWEEN.join(asked.answers),
            DRAWING: self.drawing,
        }
        written = {name: text for name, text in words.items() if text}
        return {PAGE: self.page, **(self.state if state is None else state), **written, CHECK: self.checksum}

    def query(self) -> str:
        """Return its address from the question mark on."""
        return "?" + urlencode(self.parameters(), quote_via=quote, safe=",;:")

    @property
    def checksum(self) -> str:
        """Eight characters that change with anything in the task, except for what can be changed in the page."""
        asked = self.prediction
        about: list[object] = [self.page, self.text, sorted(self.free), sorted(self.fixed)]
        about += [asked and [asked.question, asked.measured, [f"{each:g}" for each in asked.bounds], [*asked.answers]]]
        about += [sorted((name, text) for name, text in self.state.items() if name not in self.free | UNCHECKED)]
        about += [self.drawing]
        return hashlib.sha256(repr(about).encode("utf-8", "surrogatepass")).hexdigest()[:8]


NO_TASK = Task()


def plain_text(text: str, longest: int) -> str:
    """Return a text without invisible characters, except for line breaks.

    Raises:
        ValueError: It has more than `longest` characters.
    """
    if len(text) > longest:
        raise ValueError(_("the text must have at most {most} characters; got {count}", most=longest, count=len(text)))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(filter(str.isprintable, line)).strip() for line in lines).strip()


def bounds_of(text: str) -> tuple[float, ...]:
    """Return bounds written with commas between them.

    Raises:
        ValueError: They are not increasing numbers, or there are too many.
    """
    refusal = _(
        "the limits must be at most {most} increasing numbers; got {text}", most=MOST_BOUNDS, text=repr(text[:40])
    )
    try:
        bounds = tuple(float(each) for each in text.split(",") if each.strip())
    except ValueError:
        raise ValueError(refusal) from None
    if len(bounds) > MOST_BOUNDS or not all(map(math.isfinite, bounds)) or list(bounds) != sorted(set(bounds)):
        raise ValueError(refusal)
    return bounds


def answers_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the answers to choose from, without blank and repeated ones.

    Raises:
        ValueError: They are too long, too many or only one.
    """
    plain = (plain_text(each.strip(), LONGEST_ANSWER).replace("\n", " ").replace(_BETWEEN, ",") for each in texts)
    answers = tuple(dict.fromkeys(filter(None, plain)))
    if len(answers) == 1 or len(answers) > MOST_ANSWERS:
        raise ValueError(_("there must be 2 to {most} answers; got {count}", most=MOST_ANSWERS, count=len(answers)))
    return answers


def _prediction(parameters: Mapping[str, str]) -> Prediction | None:
    question = plain_text(parameters.get(QUESTION, ""), LONGEST_QUESTION)
    measured = parameters.get(MEASURED, "")
    if measured and measured not in QUANTITIES:
        raise ValueError(f"{MEASURED} must be one of {', '.join(QUANTITIES)}; got {measured[:40]!r}")
    bounds = bounds_of(parameters.get(BOUNDS, ""))
    answers = answers_of(parameters.get(ANSWERS, "").split(_BETWEEN))
    return Prediction(question, measured, bounds, answers) if question else None


def whole_number(state: Mapping[str, str], name: str) -> int:
    """Return the whole number in a parameter, clamped to between 1 and a million; 1 if it has none."""
    text = state.get(name, "")
    return min(max(int(text), 1), 1_000_000) if text.isdecimal() and len(text) < 8 else 1
