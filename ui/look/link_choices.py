"""The choices made in a view of the Look page, as stored in a link.

A view makes its choices through `choose`, which opens them as in the link, fixes those that its task does not let
visitors change, and records what is chosen for a link to this state.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from data.base64_url import packed, unpacked
from ui import routes
from ui.state import streamlit_state
from ui.state.address import instead
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.state.task import Task
from ui.widgets.task_bar import fixed

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Between(Container[float]):
    """All numbers in a closed interval."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Return whether a value is one of them."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Subsets(Container[frozenset[int]]):
    """All sets of numbers from 0 up to, but excluding, a bound; a link has one bit per number, lowest bit first."""

    below: int

    def __contains__(self, value: object) -> bool:
        """Return whether a value is one of them."""
        return isinstance(value, frozenset) and value <= {*range(self.below)}

    def written(self, chosen: frozenset[int]) -> str:
        """Return a set as written in a link."""
        bits = sum(1 << each for each in chosen)
        return packed(bits.to_bytes(-(-bits.bit_length() // 8), "little"))

    def read(self, text: str) -> tuple[frozenset[int], bool]:
        """Return the set that a text represents, without numbers out of range, and whether there were none of those."""
        try:
            bits = int.from_bytes(unpacked(text), "little")
        except ValueError:
            return frozenset(), False
        return frozenset(each for each in range(self.below) if bits >> each & 1), not bits >> self.below


@dataclass(frozen=True)
class Choice(Generic[_Value]):
    """A choice in a view.

    Attributes:
        name: Its parameter in a link.
        label: What is chosen, in the visitor's language.
        key: The key of its widget.
        default: The initial option, which also replaces an invalid one.
        options: What can be chosen; a number in a link that is not an option is replaced by the nearest one.
        written: Returns an option as written in a link.
        shown: Returns an option as shown to the visitor.
    """

    name: str
    label: str
    key: str
    default: _Value
    options: Sequence[_Value] | Between | Subsets
    written: Callable[[_Value], str] = str
    shown: Callable[[_Value], str] = str

    def read(self, text: str) -> tuple[_Value, bool]:
        """Return the option that a text represents, or the one to use instead; and whether the text was valid."""
        if isinstance(self.options, Subsets):
            return cast("tuple[_Value, bool]", self.options.read(text))
        if not isinstance(self.options, Between):
            for option in self.options:
                if text == self.written(option):
                    return option, True
        try:
            number = float(text)
        except ValueError:
            return self.default, False
        if not isfinite(number):
            return self.default, False
        nearest: Any
        if isinstance(self.options, Between):
            nearest = min(max(number, self.options.low), self.options.high)
            return nearest, nearest == number
        numbers = [each for each in self.options if isinstance(each, int)]
        nearest = min(numbers, key=lambda each: abs(each - number), default=self.default)
        return nearest, False


@dataclass
class LinkChoices:
    """The choices of the view shown.

    Attributes:
        opened: The parameters of the task's link that have been applied.
        chosen: What is chosen, by parameter, except for defaults.
        problems: A sentence for each parameter of the link that had to be corrected.
        left_out: A sentence about parts of the view, besides the drawing, that a link cannot hold; empty if none.
        shows_drawing: Whether the view shows the drawing.
        is_drawing: Whether the drawing is the digit shown.
        is_complete: Whether the whole view has been drawn, so that `chosen` has all of its choices.
    """

    opened: set[str] = field(default_factory=set)
    chosen: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    left_out: str = ""
    shows_drawing: bool = False
    is_drawing: bool = False
    is_complete: bool = False

    def open(self) -> None:
        """Prepare to apply the choices of another link."""
        self.opened, self.problems = set(), {}

    def begin_view(self) -> None:
        """Clear the recorded choices before the page is drawn."""
        self.chosen, self.left_out, self.is_complete = {}, "", False
        self.shows_drawing = self.is_drawing = False
        if not task_here():
            self.problems = {}


def task_here() -> Task:
    """Return the task on this page, if there is one."""
    return Session.current().task_on(routes.LOOK)


def opens(choice: Choice[_Value], control: str = "") -> bool:
    """Return whether to set a choice from the link: the first time, and always if it has a control that is not free."""
    task, opened = task_here(), page_state(LinkChoices).opened
    is_first = choice.name not in opened
    opened.add(choice.name)
    return bool(task) and (is_first or (bool(control) and not task.is_free(control)))


def linked(choice: Choice[_Value]) -> _Value:
    """Return the option in the task's link, corrected if it is invalid."""
    problems, text = page_state(LinkChoices).problems, task_here().state.get(choice.name, "")
    value, possible = choice.read(text) if text else (choice.default, True)
    problems.pop(choice.name, None)
    if not possible:
        problems[choice.name] = instead(choice.label, text, choice.shown(value))
    return value


def note(choice: Choice[_Value], value: _Value) -> None:
    """Record what is chosen, for a link to it."""
    chosen = page_state(LinkChoices).chosen
    chosen.pop(choice.name, None)
    if value != choice.default:
        chosen[choice.name] = choice.written(value)


def note_drawing(*, is_digit: bool = False) -> None:
    """Record, for a link, that the view shows the drawing, and whether the drawing is the digit shown."""
    choices = page_state(LinkChoices)
    choices.shows_drawing, choices.is_drawing = True, is_digit


def leave_out(sentence: str) -> None:
    """Record what a link cannot hold."""
    page_state(LinkChoices).left_out = sentence


def choose(choice: Choice[_Value], control: str, draw: Callable[[], _Value]) -> _Value:
    """Return what is chosen in the widget that `draw` draws."""
    task, key = task_here(), choice.key
    if opens(choice, control):
        streamlit_state.set_widget(key, linked(choice))
    elif streamlit_state.has_widget(key) and streamlit_state.widget_value(key) not in choice.options:
        streamlit_state.set_widget(key, choice.default)
    value: _Value = draw() if task.is_free(control) else streamlit_state.widget_value(key)
    if not task.is_free(control) and task.shows(control):
        fixed(choice.label, choice.shown(value))
    note(choice, value)
    return value


def choose_class(
    name: str,
    label: str,
    key: str,
    classes: Sequence[str],
    default: int,
    control: str,
    **drawn: Any,  # noqa: ANN401 - as st.selectbox
) -> int:
    """Return the class chosen in a select box, an index.

    Args:
        name: See Choice.
        label: See Choice.
        key: See Choice.
        classes: The name of each class.
        default: See Choice.
        control: See `choose`.
        drawn: Other arguments of `st.selectbox`, such as its width.
    """
    options = range(len(classes))
    return choose(
        Choice(name, label, key, default, options, shown=lambda index: classes[index]),
        control,
        lambda: st.selectbox(
            label,
            options,
            index=default,
            format_func=lambda index: classes[index] if index < len(classes) else "",
            key=key,
            **drawn,
        ),
    )
