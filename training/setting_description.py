"""How a setting is displayed and validated, and the groups that settings are shown in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any


@dataclass(frozen=True)
class Group:
    """Settings that are shown together.

    Attributes:
        label: One to three words.
        folded: Whether they are behind a heading that opens, as they are used less often.
    """

    label: str
    folded: bool = False


GROUPS: dict[str, Group] = {
    "descent": Group("Descent"),
    "network": Group("Network"),
    "regularization": Group("Regularization", folded=True),
    "schedule": Group("Schedule", folded=True),
    "data": Group("Data"),
    "split": Group("Split and seed", folded=True),
    "spoil": Group("Spoiled data", folded=True),
}
"""The groups of settings, in the order in which they are shown."""


@dataclass(frozen=True)
class Setting:
    """How a setting is displayed and validated.

    Attributes:
        label: One to three words.
        help: One line on what the setting does.
        group: Where it is shown, a key of GROUPS.
        live: Whether a change applies to the current run, from its next step, rather than needing a new run.
        options: The possible values, in order; empty for a number in a range.
        minimum: The smallest value of a number; the numbers are whole if it is.
        maximum: The largest value of a number.
        suggestions: Numbers in the range that a slider offers, in order; any other can be typed.
        labels: Display text for values that are not displayed as they are.
        address: The name in the page's URL; by default the name in code.
        phrase: The format of a value displayed without the label, as in "α 0.3"; a plural loses its s for 1.
        layers: Hidden layers from which on it has an effect; with fewer, it is not shown and has its default.
    """

    label: str
    help: str
    group: str
    live: bool
    options: Sequence[Any] = ()
    minimum: float | None = None
    maximum: float | None = None
    suggestions: Sequence[float] = ()
    labels: dict[Any, str] | None = None
    address: str = ""
    phrase: str = "{}"
    layers: int = 0

    def format(self, value: Any) -> str:  # noqa: ANN401 - a setting may be a number or a name
        """Return a value as text for display."""
        if self.labels and value in self.labels:
            return self.labels[value]
        return f"{value:g}" if isinstance(value, float) else str(value)

    def in_words(self, text: str) -> str:
        """Return a formatted value with its unit or symbol: "α 0.3", "1 hidden layer", "2 hidden layers"."""
        words = self.phrase.format(text)
        return words.removesuffix("s") if text == "1" else words

    def nearest(self, value: float) -> float:
        """Return the suggestion that a positive value is closest to, by their ratio."""
        return min((each for each in self.suggestions if each > 0), key=lambda each: abs(log(each / value)))

    def check(self, name: str, value: Any) -> None:  # noqa: ANN401 - see `format`
        """Raise ValueError unless the value is allowed."""
        if isinstance(self.options[0] if self.options else self.minimum, int) and type(value) is not int:
            raise ValueError(f"{name} must be a whole number; got {value!r}")
        if self.options and value not in self.options:
            raise ValueError(f"{name} must be one of {', '.join(map(str, self.options))}; got {value!r}")
        if self.minimum is None or self.maximum is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(  # noqa: TRY004 - as for any other value that is not allowed
                f"{name} must be a number; got {value!r}"
            )
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{name} must lie in {self.minimum:,} to {self.maximum:,}; got {value!r}")
