"""What is broken on the page, and how a task sets it: what it opens with, what can be changed, what was predicted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from data.dataset import IMAGE_SIDE
from language.translation import N_
from nn.perturbations import Place
from training.prediction import Prediction
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage, everything
from ui.state.network_names import SMALL
from ui.state.task import NO_TASK, Task, whole_number
from ui.widgets.linked_drawing import DIGIT
from ui.widgets.network_choice import LINKED, link_name

# Translators: no second network.
NO_NETWORK = N_("None")


@dataclass(frozen=True)
class Setup:
    """What a task opens with.

    Attributes:
        amounts: The amount of each perturbation that changes something.
        network: The name of the network.
        beside: The name of the network beside it, or NO_NETWORK.
        off: The units switched off individually.
        place: The place of the patch.
        target: The name of the class that attacks aim at; empty for any but the true one.
        digit: The number of the dev digit, from 1; None for the drawing of the link.
    """

    amounts: Mapping[str, float] = field(default_factory=dict)
    network: str = SMALL
    beside: str = NO_NETWORK
    off: frozenset[tuple[int, int]] = frozenset()
    place: Place = field(default_factory=Place)
    target: str = ""
    digit: int | None = 1

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> Self:
        """Return the setup that parameters describe; defaults replace values that cannot be read."""
        amounts = {}
        for name, entry in everything().items():
            (amount,) = _numbers(parameters.get(name, ""), 1) or (entry.none,)
            amounts[name] = min(entry.amounts, key=lambda each, amount=amount: abs(each - amount))  # type: ignore[misc]
        network = LINKED.get(parameters.get("network", ""), SMALL)
        beside = LINKED.get(parameters.get("beside", ""), NO_NETWORK)
        pairs = [_numbers(each.replace(".", ","), 2) for each in parameters.get("off", "").split(",")]
        place = [min(max(each, 0.0), IMAGE_SIDE - 1.0) for each in _numbers(parameters.get("place", ""), 2)]
        return cls(
            {name: amount for name, amount in amounts.items() if amount != everything()[name].none},
            network,
            beside if beside != network else NO_NETWORK,
            frozenset((int(pair[0]), int(pair[1]) - 1) for pair in pairs if pair and min(pair) >= 1),
            Place(*place) if place else Place(),
            parameters.get("target", "")[:40],
            whole_number(parameters, DIGIT) if DIGIT in parameters else None,
        )

    def parameters(self) -> dict[str, str]:
        """Return the setup as parameters, without defaults."""
        written = {name: f"{amount:g}" for name, amount in self.amounts.items()}
        written |= {"network": link_name(self.network)} | ({} if self.digit is None else {DIGIT: str(self.digit)})
        if self.beside in LINKED.values():
            written["beside"] = link_name(self.beside)
        if self.off:
            written["off"] = ",".join(f"{layer}.{unit + 1}" for layer, unit in sorted(self.off))
        if self.place != Place():
            written["place"] = f"{self.place.x:g},{self.place.y:g}"
        return written | ({"target": self.target} if self.target else {})


def _numbers(text: str, count: int) -> tuple[float, ...]:
    """Return this many finite, comma-separated numbers; an empty tuple if the text is anything else."""
    try:
        numbers = tuple(float(each) for each in text.split(","))
    except ValueError:
        return ()
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else ()


@dataclass
class BreakState:
    """What is broken on the page, between visits to it.

    Attributes:
        network: The name of the network; empty before the first visit.
        beside: The name of the network beside it, or NO_NETWORK.
        breakables: The networks on the page, by name.
        amounts: The amount of each perturbation that changes something.
        off: The units switched off individually, by network.
        place: The place of the patch.
        target: The class that attacks aim at; None for any but the true one.
        answered: The number of the last report of each component.
        drawing: What was on the canvas when the digit was last chosen.
        morph: The morph last shown, preceded by what it depends on.
        is_measuring: Whether measurements were still missing when the page was drawn.
        is_stale: Whether a network must be taken again.
        task: The task last opened.
        setup: What that task opens with.
        predicted: What was predicted in that task, a number or the index of a choice.
    """

    network: str = ""
    beside: str = NO_NETWORK
    breakables: dict[str, BreakableNetwork] = field(default_factory=dict)
    amounts: dict[str, float] = field(default_factory=dict)
    off: dict[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    target: int | None = None
    answered: dict[str, int] = field(default_factory=dict)
    drawing: tuple[int, ...] = ()
    morph: tuple[object, str] = (None, "")
    is_measuring: bool = True
    is_stale: bool = False
    task: Task = NO_TASK
    setup: Setup = field(default_factory=Setup)
    predicted: float | None = None

    def damage(self, breakable: BreakableNetwork) -> Damage:
        """Return everything that is broken in a network and in its input."""
        off = self.off.get(breakable.name, frozenset())
        return Damage(tuple(sorted(self.amounts.items())), off, self.place, self.target)

    @property
    def shown(self) -> list[BreakableNetwork]:
        """The networks on the page, one or two."""
        return [self.breakables[name] for name in dict.fromkeys((self.network, self.beside)) if name in self.breakables]

    def work(self, seconds: float) -> bool:
        """Measure what is still missing, for about this long in total; return whether everything is measured."""
        missing = [each for each in self.shown if not each.work(self.damage(each), seconds / len(self.shown))]
        return not missing

    def move(self, name: str, amount: float, number: int | None = None) -> None:
        """Move a slider, in answer to the report with this number, if any."""
        self.amounts.pop(name, None)
        if amount != everything()[name].none:
            self.amounts[name] = amount
        if number is not None:
            self.answered["moved"] = number

    def put(self, place: Place, number: int) -> None:
        """Move the patch, in answer to the report with this number."""
        self.place, self.answered["placed"] = place, number

    def toggle(self, name: str, unit: tuple[int, int]) -> None:
        """Switch a hidden unit of a network, its layer from 1 and its number from 0, off or on again."""
        self.off[name] = self.off.get(name, frozenset()) ^ {unit}

    def show(self, amounts: Mapping[str, float]) -> None:
        """Show the small network with nothing but this damage."""
        self.undo()
        self.network, self.beside, self.target, self.amounts = SMALL, NO_NETWORK, None, dict(amounts)

    def take_up(self, task: Task) -> bool:
        """Set up a task when it is first seen; return whether its state must now be opened."""
        if task is self.task:
            return False
        self.task, self.predicted = task, None
        if task:
            self.setup = Setup.read(task.state)
            self.network, self.beside = self.setup.network, self.setup.beside
            self._break_as_set_up()
        return bool(task)

    @property
    def awaited_prediction(self) -> Prediction | None:
        """The prediction that a task asks for before anything is broken, until it is made."""
        return self.task.prediction if self.predicted is None else None

    def predict(self, predicted: float) -> None:
        """Store a prediction, and break what the task breaks."""
        self.predicted = predicted
        self._break_as_set_up()

    def may_change(self, control: str) -> bool:
        """Return whether a task lets a control be changed now."""
        return self.task.is_free(control) and self.awaited_prediction is None

    def hold(self) -> None:
        """Restore what a task does not let visitors change."""
        if not self.task.is_free("network"):
            self.network = self.setup.network
        if not self.task.is_free("beside"):
            self.beside = self.setup.beside
        if self.awaited_prediction is not None:
            self.undo()
            return
        for name in everything():
            if not self.may_change(name):
                self.move(name, self.setup.amounts.get(name, everything()[name].none))
        if not self.may_change("off"):
            self.off = {self.network: self.setup.off}
        if not self.may_change("patch"):
            self.place = self.setup.place

    def _break_as_set_up(self) -> None:
        self.amounts, self.place = dict(self.setup.amounts), self.setup.place
        self.off = {self.network: self.setup.off}

    def undo(self) -> None:
        """Undo all damage."""
        self.amounts, self.off, self.place = {}, {}, Place()
