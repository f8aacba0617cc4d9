"""How a setting is displayed and validated, and the groups that settings are shown in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from data.label_schemes import LONGEST_CLASS_NAME
from language.numbers import localized
from language.translation import N_, _, ngettext


@dataclass(frozen=True)
class Group:
    """Settings that are shown together.

    Attributes:
        label: One to three words.
        folded: Whether they are collapsed under a heading, because they are used less often.
    """

    label: str
    folded: bool = False


GROUPS: dict[str, Group] = {
    "descent": Group(N_("Descent")),
    "network": Group(N_("Network")),
    "regularization": Group(N_("Regularization"), folded=True),
    "schedule": Group(N_("Schedule"), folded=True),
    "data": Group(N_("Data")),
    "split": Group(N_("Split and seed"), folded=True),
    "spoil": Group(N_("Spoiled data"), folded=True),
}
"""The groups of settings, in the order in which they are shown."""


@dataclass(frozen=True)
class Setting:
    """How a setting is displayed and validated.

    Attributes:
        label: One to three words, for `_`.
        help: One line on what the setting does, for `_`; or a function that returns it in the reader's language.
        group: Where it is shown, a key of GROUPS.
        live: Whether a change applies to the current run, from its next step, rather than needing a new run.
        options: The possible values, in order; empty for a number in a range.
        minimum: The smallest value of a number; if it is an int, the numbers are whole.
        maximum: The largest value of a number.
        suggestions: The numbers in the range that a slider offers, in order; any other can be typed.
        labels: Display text for values that are not displayed as they are, for `_`.
        title: Returns the display text of any other name, in the reader's language; by default the name itself.
        address: The name in the page's URL; by default the name in code.
        phrase: How a {value} is displayed without the label, as in "α {value}", for `_`, or both forms for `ngettext`;
            empty if the value alone is enough.
        layers: The fewest hidden layers with which it has an effect; with fewer, it is hidden and has its default.
        of_class: Whether a value may also be the name of a class; those of the dataset are offered.
    """

    label: str
    help: str | Callable[[], str]
    group: str
    live: bool
    options: Sequence[Any] = ()
    minimum: float | None = None
    maximum: float | None = None
    suggestions: Sequence[float] = ()
    labels: dict[Any, str] | None = None
    title: Callable[[str], str] = str
    address: str = ""
    phrase: str | tuple[str, str] = ""
    layers: int = 0
    of_class: bool = False

    @property
    def description(self) -> str:
        """What the setting does, in the reader's language."""
        return _(self.help) if isinstance(self.help, str) else self.help()

    def plain(self, value: Any) -> str:  # noqa: ANN401 - a setting may be a number or a name
        """Return a value as written in URLs and files, in English."""
        if self.labels and value in self.labels:
            return self.labels[value]
        return f"{value:g}" if isinstance(value, float) else str(value)

    def format(self, value: Any) -> str:  # noqa: ANN401 - see `plain`
        """Return a value as text for display, in the reader's language."""
        text = self.plain(value)
        text = _(text) if self.labels and value in self.labels else self.title(text)
        return text if isinstance(value, str) else localized(text)

    def course(self, values: Sequence[Any]) -> str:
        """Return the values that it had in turn: "0.1", "0.1 → 0.3" or, for more than two, "0.1 → … → 0.5"."""
        texts = [self.format(each) for each in values]
        return " → ".join(texts if len(texts) < 3 else (texts[0], "…", texts[-1]))

    def in_words(self, *values: Any) -> str:  # noqa: ANN401 - see `plain`
        """Return one or more successive values with the unit or symbol: "α 0.3", "1 → 2 epochs"."""
        text = self.course(values)
        if not self.phrase:
            return text
        if isinstance(self.phrase, str):
            return _(self.phrase, value=text)
        return ngettext(*self.phrase, values[-1], value=text)

    def nearest(self, value: float) -> float:
        """Return the suggestion closest to a positive value, by ratio."""
        return min((each for each in self.suggestions if each > 0), key=lambda each: abs(log(each / value)))

    def check(self, name: str, value: Any) -> None:  # noqa: ANN401 - see `plain`
        """Raise ValueError unless the value is allowed."""
        if self.of_class:
            if not (isinstance(value, str) and 0 < len(value) <= LONGEST_CLASS_NAME and value.isprintable()):
                raise ValueError(f"{name} must be the name of a class; got {value!r}")
            return
        if isinstance(self.options[0] if self.options else self.minimum, int) and type(value) is not int:
            raise ValueError(f"{name} must be a whole number; got {value!r}")
        if self.options and value not in self.options:
            raise ValueError(f"{name} must be one of {', '.join(map(str, self.options))}; got {value!r}")
        if self.minimum is None or self.maximum is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(  # noqa: TRY004 - like any other value that is not allowed
                f"{name} must be a number; got {value!r}"
            )
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{name} must lie in {self.minimum:,} to {self.maximum:,}; got {value!r}")
