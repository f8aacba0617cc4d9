"""What to predict before a run, and how it turned out: for presets, and for the tasks that a link sets."""

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from language.numbers import fixed, general, localized
from language.translation import N_, _, ngettext
from training.history import Measurement
from training.percentages import accuracy, chance, percent

NO, YES = N_("no"), N_("yes")


@dataclass(frozen=True)
class Quantity:
    """A quantity that can be predicted, in the unit in which it is predicted.

    Attributes:
        label: What it is, for `_`.
        value: Returns its value for the last measurement of a run; None if it is not measured in runs.
        write: Formats a measured value, in the reader's language.
        unit: The unit named by its input field, for `_`; empty for none.
        amount: Formats a predicted number with its unit, in the reader's language.
        largest: The largest number that can be predicted; the smallest is 0.
    """

    label: str
    value: Callable[[Measurement], float] | None
    write: Callable[[float], str]
    unit: str = ""
    amount: Callable[[float], str] = general
    largest: float = 100.0


def _percents(number: float) -> str:
    return localized(f"{number:g}%")


def _points(number: float, text: str = "") -> str:
    return ngettext("{number} point", "{number} points", _form(number), number=text or general(number))


def _epochs(number: float, text: str = "") -> str:
    return ngettext("{number} epoch", "{number} epochs", _form(number), number=text or general(number))


def _form(number: float) -> int:
    """Return a whole number with the same plural form."""
    return int(number) if number == int(number) else 2


QUANTITIES: Mapping[str, Quantity] = {
    "dev_accuracy": Quantity(
        N_("Dev accuracy"), lambda last: in_percent(last.dev_accuracy), lambda it: percent(it / 100), "%", _percents
    ),
    "train_accuracy": Quantity(
        N_("Train accuracy"), lambda last: in_percent(last.train_accuracy), lambda it: percent(it / 100), "%", _percents
    ),
    "gap": Quantity(
        N_("Train accuracy less dev"),
        lambda last: in_percent(last.train_accuracy - last.dev_accuracy),
        lambda it: _points(it, fixed(it, 1)),
        N_("points"),
        _points,
    ),
    "dev_loss": Quantity(N_("Dev loss"), lambda last: last.dev_loss, lambda it: fixed(it, 3)),
    "certainty": Quantity(N_("Certainty"), None, lambda it: chance(it / 100), "%", _percents),
    "epoch": Quantity(
        N_("Epochs trained"),
        lambda last: last.epoch,
        lambda it: _epochs(it, fixed(it, 1)),
        N_("epochs"),
        _epochs,
        100_000,
    ),
}
"""What can be predicted, by name; accuracies in percent."""


def in_percent(share: float) -> float:
    """Return a share in [0, 1] in percent, rounded so that 0.57 gives exactly 57."""
    return round(100 * share, 9)


@dataclass(frozen=True)
class Prediction:
    """What to predict before a run.

    The prediction is a number, unless there are bounds or answers. One bound asks whether the quantity will reach it,
    several ask between which of them it will lie; answers are in the questioner's own words, and are not marked right
    or wrong.

    Attributes:
        question: What is asked, such as "Where will dev end?"; that of a preset is for `_`.
        measured: The quantity that is then measured, a name in QUANTITIES; empty for none.
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
        """The choices, in the reader's language: "no", "yes", or "below 60%", "60 to 80%", "above 80%".

        Empty for a number.
        """
        if self.answers or not self.bounds:
            return tuple(self.answers)
        if len(self.bounds) == 1:
            return (_(NO), _(YES))
        amount = general if self.quantity is None else self.quantity.amount
        between = [
            _("{low} to {high}", low=general(low), high=amount(high))
            for low, high in zip(self.bounds, self.bounds[1:], strict=False)
        ]
        return (
            _("below {amount}", amount=amount(self.bounds[0])),
            *between,
            _("above {amount}", amount=amount(self.bounds[-1])),
        )

    def said(self, predicted: float) -> str:
        """Return what was predicted in the reader's language: the choice of this index, or this number."""
        if choices := self.choices:
            return choices[int(predicted)]
        return general(predicted) if self.quantity is None else self.quantity.amount(predicted)

    def came(self, value: float) -> int | None:
        """Return the index of the choice that this value of the quantity makes true; None without bounds."""
        if self.quantity is None or self.answers or not self.bounds:
            return None
        return bisect(self.bounds, value)


@dataclass(frozen=True)
class Outcome:
    """What was predicted and what happened, in the reader's language.

    Attributes:
        prediction: What was asked.
        predicted: The number predicted, or the index of the choice; None if nothing was.
        value: What was measured, in the unit of the quantity; None if nothing was.
        examples: How many examples an accuracy was measured on, for its interval; 0 for none.
    """

    prediction: Prediction
    predicted: float | None = None
    value: float | None = None
    examples: int = 0

    @property
    def said(self) -> str:
        """What was predicted; empty if nothing was."""
        return "" if self.predicted is None else self.prediction.said(self.predicted)

    @property
    def measured(self) -> str:
        """What was measured; empty if nothing was."""
        quantity = self.prediction.quantity
        if self.value is None or quantity is None:
            return ""
        return accuracy(self.value / 100, self.examples) if self.examples else quantity.write(self.value)

    @property
    def is_as_predicted(self) -> bool:
        """Whether the choice that was predicted came true."""
        if self.predicted is None or self.value is None:
            return False
        return self.prediction.came(self.value) == self.predicted
