"""Sliders for everything that can be broken, each on the curve of the dev accuracy that is left."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from language.numbers import localized
from language.translation import N_, _
from nn.adversary import ATTACKS
from nn.perturbations import IMAGE_PERTURBATIONS, NETWORK_PERTURBATIONS, Perturbation
from training.percentages import interval, percent
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage, everything
from ui.state import streamlit_state
from ui.state.network_names import network_title
from ui.workarounds.component_file import component_from_file

KEY = "damage_sliders"

GROUPS: Mapping[str, Mapping[str, Perturbation[Any]]] = {
    N_("The network"): NETWORK_PERTURBATIONS,
    N_("The digit"): IMAGE_PERTURBATIONS,
    N_("An attack"): ATTACKS,
}
"""The tables of perturbations, by the headings of their sliders."""

_component = component_from_file(Path(__file__).with_suffix(".js"))


def damage_sliders(
    breakables: Sequence[BreakableNetwork],
    damage: Damage,
    answered: int,
    move: Callable[[str, float, int], None],
    shows: Callable[[str], bool],
    may_change: Callable[[str], bool],
) -> None:
    """Show the sliders.

    Args:
        breakables: The networks whose curves are drawn; at least one.
        damage: The positions of the sliders.
        answered: The number of the browser's last report.
        move: Called with the name of a perturbation, its new amount, and the number of the report.
        shows: Returns whether the slider of a perturbation is shown.
        may_change: Returns whether that slider can be moved.
    """
    groups = {
        title: [_row(name, breakables, damage) | {"fixed": not may_change(name)} for name in table if shows(name)]
        for title, table in GROUPS.items()
    }
    _component()(
        key=KEY,
        data={
            "groups": [{"title": _(title), "rows": rows} for title, rows in groups.items() if rows],
            "networks": [network_title(each.name) for each in breakables],
            "answered": answered,
        },
        on_moved_change=lambda: take_move(streamlit_state.widget_value(KEY).moved, move),
    )


def take_move(report: object, move: Callable[[str, float, int], None]) -> None:
    """Apply an unchecked report from the browser."""
    match report:
        case {"name": str(name), "stop": int(stop), "number": int(number)} if name in everything():
            amounts = everything()[name].amounts
            if 0 <= stop < len(amounts):
                move(name, amounts[stop], number)


def _row(name: str, breakables: Sequence[BreakableNetwork], damage: Damage) -> dict[str, Any]:
    entry = everything()[name]
    measured = [breakable.curve(name, damage) for breakable in breakables]
    return {
        "name": name,
        "label": _(entry.label),
        "meaning": _(entry.meaning),
        "stops": [_("off") if each == entry.none else localized(entry.write(each)) for each in entry.amounts],
        "none": entry.amounts.index(entry.none),
        "at": entry.amounts.index(damage.amount(name)),
        "curves": [each.accuracies for each in measured],
        "bands": [each.bands for each in measured],
        "texts": [["" if share is None else percent(share) for share in each.accuracies] for each in measured],
        "intervals": [
            ["" if share is None else interval(share, each.digits) for share in each.accuracies] for each in measured
        ],
    }
