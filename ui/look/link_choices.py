"""What is chosen in a view of the Look page, as a link holds it.

A view makes its choices through `choose`, which opens them as a link has them, holds those that its task does not let
change, and notes what is chosen for a link to this state.
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
    """All numbers from one to another."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Return whether it is one of them."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Subsets(Container[frozenset[int]]):
    """All sets of numbers from 0 to below another, in a link a bit for each, eight in a byte from the lowest."""

    below: int

    def __contains__(self, value: object) -> bool:
        """Return whether it is one of them."""
        return isinstance(value, frozenset) and value <= {*range(self.below)}

    def written(self, chosen: frozenset[int]) -> str:
        """Return a set as it is in a link."""
        bits = sum(1 << each for each in chosen)
        return packed(bits.to_bytes(-(-bits.bit_length() // 8), "little"))

    def read(self, text: str) -> tuple[frozenset[int], bool]:
        """Return the set that a text stands for, of what there is of it, and whether there is all of it."""
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
        label: What it is of, in the visitor's language.
        key: The key of its widget.
        default: What is chosen at first, and instead of what is not possible.
        options: What can be chosen; of numbers in a link that cannot, the nearest is taken.
        written: Returns an option as it is in a link.
        shown: Returns it as the visitor sees it.
    """

    name: str
    label: str
    key: str
    default: _Value
    options: Sequence[_Value] | Between | Subsets
    written: Callable[[_Value], str] = str
    shown: Callable[[_Value], str] = str

    def read(self, text: str) -> tuple[_Value, bool]:
        """Return the option that a text stands for, or the one to take instead; and whether the text was possible."""
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
        opened: The parameters of the task's link that have been taken up.
        chosen: What is chosen, by parameter, except for the defaults.
        problems: A sentence for each parameter of the link that had to be put right.
        left_out: A sentence about what a link cannot hold of the view, besides the drawing; empty without it.
        shows_drawing: Whether the view shows the drawing.
        is_drawing: Whether that is the digit that is shown.
        is_complete: Whether all of the view has been drawn, so that `chosen` has all of its choices.
    """

    opened: set[str] = field(default_factory=set)
    chosen: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    left_out: str = ""
    shows_drawing: bool = False
    is_drawing: bool = False
    is_complete: bool = False

    def open(self) -> None:
        """Take up the choices of another link."""
        self.opened, self.problems = set(), {}

    def begin_view(self) -> None:
        """Note again what is chosen, as the page is drawn."""
        self.chosen, self.left_out, self.is_complete = {}, "", False
        self.shows_drawing = self.is_drawing = False
        if not task_here():
            self.problems = {}


def task_here() -> Task:
    """Return the task on this page, if there is one."""
    return Session.current().task_on(routes.LOOK)


def opens(choice: Choice[_Value], control: str = "") -> bool:
    """Return whether to set a choice to what a link has: at first, and always if it has a control that is not free."""
    task, opened = task_here(), page_state(LinkChoices).opened
    is_first = choice.name not in opened
    opened.add(choice.name)
    return bool(task) and (is_first or (bool(control) and not task.is_free(control)))


def linked(choice: Choice[_Value]) -> _Value:
    """Return what the link of the task has chosen, put right if it is not possible."""
    problems, text = page_state(LinkChoices).problems, task_here().state.get(choice.name, "")
    value, possible = choice.read(text) if text else (choice.default, True)
    problems.pop(choice.name, None)
    if not possible:
        problems[choice.name] = instead(choice.label, text, choice.shown(value))
    return value


def note(choice: Choice[_Value], value: _Value) -> None:
    """Note what is chosen, for a link to it."""
    chosen = page_state(LinkChoices).chosen
    chosen.pop(choice.name, None)
    if value != choice.default:
        chosen[choice.name] = choice.written(value)


def note_drawing(*, is_digit: bool = False) -> None:
    """Note that what is on the paper is shown, for a link to it; and whether it is the digit that is shown."""
    choices = page_state(LinkChoices)
    choices.shows_drawing, choices.is_drawing = True, is_digit


def leave_out(sentence: str) -> None:
    """Note what a link cannot hold."""
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
        drawn: What else `st.selectbox` is given, such as its width.
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
