"""What to predict before a run, and what came of it: for presets, and for the tasks that a link sets."""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.history import Measurement
from training.percentages import chance, percent

NO, YES = "no", "yes"


@dataclass(frozen=True)
class Quantity:
    """What can be predicted, in the unit in which it is predicted.

    Attributes:
        label: What it is.
        value: Returns it for the last measurement of a run; None if it is not measured of runs.
        write: Writes it as it came.
        unit: What follows a number of it.
        largest: The largest number that can be predicted; the smallest is 0.
    """

    label: str
    value: Callable[[Measurement], float] | None
    write: Callable[[float], str]
    unit: str = ""
    largest: float = 100.0


QUANTITIES: Mapping[str, Quantity] = {
    "dev_accuracy": Quantity(
        "Dev accuracy", lambda last: in_percent(last.dev_accuracy), lambda it: percent(it / 100), "%"
    ),
    "train_accuracy": Quantity(
        "Train accuracy", lambda last: in_percent(last.train_accuracy), lambda it: percent(it / 100), "%"
    ),
    "gap": Quantity(
        "Train accuracy less dev",
        lambda last: in_percent(last.train_accuracy - last.dev_accuracy),
        "{:.1f} points".format,
        " points",
    ),
    "dev_loss": Quantity("Dev loss", lambda last: last.dev_loss, "{:.3f}".format),
    "certainty": Quantity("Certainty", None, lambda it: chance(it / 100), "%"),
    "epoch": Quantity("Epochs trained", lambda last: last.epoch, "{:.1f} epochs".format, " epochs", 100_000),
}
"""What can be predicted, by name; accuracies in percent."""


def in_percent(share: float) -> float:
    """Return a share in [0, 1] in percent, such that 0.57 is no less than 57."""
    return round(100 * share, 9)


@dataclass(frozen=True)
class Prediction:
    """What to predict before a run.

    It is a number, unless there are bounds or answers. One bound asks whether the quantity will reach it, several
    ask between which of them it will lie; answers are in the words of whoever asks, and right or wrong to nobody.

    Attributes:
        question: What is asked, such as "Where will dev end?".
        measured: What is measured then, a name in QUANTITIES, or nothing.
        bounds: Where one range ends and the next begins, ascending, in the unit of the quantity.
        answers: The answers to choose from, instead of ranges.
    """

    question: str
    measured: str = ""
    bounds: Sequence[float] = ()
    answers: Sequence[str] = ()

    @property
    def quantity(self) -> Quantity | None:
        """What is measured."""
        return QUANTITIES.get(self.measured)

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be chosen, in words: "no", "yes", or "below 60%", "60 to 80%", "above 80%"; empty for a number."""
        if self.answers or not self.bounds:
            return tuple(self.answers)
        if len(self.bounds) == 1:
            return (NO, YES)
        unit = "" if self.quantity is None else self.quantity.unit
        between = [f"{low:g} to {high:g}{unit}" for low, high in zip(self.bounds, self.bounds[1:], strict=False)]
        return (f"below {self.bounds[0]:g}{unit}", *between, f"above {self.bounds[-1]:g}{unit}")

    def came(self, value: float) -> str:
        """Return the choice that came true when the quantity came to this value; empty where none can."""
        if self.quantity is None or self.answers or not self.bounds:
            return ""
        return self.choices[bisect(self.bounds, value)]


@dataclass(frozen=True)
class Outcome:
    """What came, beside what was predicted.

    Attributes:
        predicted: What was predicted, in words; None without a prediction.
        came: The choice that came true; empty where none can.
        measured: What came, in words; empty if nothing was measured.
    """

    predicted: str | None
    came: str
    measured: str
