"""What can be broken in a network and in its input, and how much of it is broken at once."""

from dataclasses import dataclass, field
from typing import Any

from nn.adversary import ATTACKS
from nn.perturbations import IMAGE_PERTURBATIONS, NETWORK_PERTURBATIONS, Perturbation, Place


def everything() -> dict[str, Perturbation[Any]]:
    """Return all perturbations by name, in the order in which they are applied."""
    return {**NETWORK_PERTURBATIONS, **IMAGE_PERTURBATIONS, **ATTACKS}


@dataclass(frozen=True)
class Damage:
    """All that is broken at once.

    Attributes:
        amounts: (name, amount) of each perturbation that changes something.
        off: The hidden units switched off individually, each by its layer, from 1, and its number, from 0.
        place: The place of a patch.
        target: The class that attacks aim at, an index into the reader's classes; None for any but the true one.
    """

    amounts: tuple[tuple[str, float], ...] = ()
    off: frozenset[tuple[int, int]] = frozenset()
    place: Place = field(default_factory=Place)
    target: int | None = None

    def amount(self, name: str) -> float:
        """Return the amount of a perturbation."""
        return dict(self.amounts).get(name, everything()[name].none)

    @property
    def essence(self) -> "Damage":
        """The same damage without parts that change nothing: a place without a patch, a target without an attack."""
        entries = [everything()[name] for name, _ in self.amounts]
        place = self.place if any(each.uses_place for each in entries) else Place()
        return Damage(self.amounts, self.off, place, self.target if any(each.uses_target for each in entries) else None)

    def only(self, name: str, amount: float) -> "Damage":
        """Return this perturbation alone, at the same place and with the same target."""
        return Damage(((name, amount),), frozenset(), self.place, self.target)
