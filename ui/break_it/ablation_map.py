"""Which units matter: every hidden unit as a square, coloured by what the network loses without it."""

from collections.abc import Callable

import numpy as np
from markupsafe import Markup

from language.translation import _
from training.percentages import accuracy
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage
from ui.widgets.html_templates import Templates, clickable_html

TEMPLATES = Templates("break_it/page.html.j2")

MOST_SHOWN = 256
"""The greatest number of units on the map, not counting those switched off."""


def ablation_map(
    breakable: BreakableNetwork, damage: Damage, toggle: Callable[[tuple[int, int]], None], place: int = 0
) -> None:
    """Show the map of one of the networks on the page; `toggle` receives the layer and the unit chosen."""
    clickable_html(
        _html(breakable, damage), f"ablation_{place}", lambda clicked: take_click(clicked, breakable, toggle)
    )


def take_click(clicked: str, breakable: BreakableNetwork, toggle: Callable[[tuple[int, int]], None]) -> None:
    """Toggle the unit clicked, after checking the index that the browser sent."""
    if clicked.isdecimal() and int(clicked) < breakable.units:
        toggle(breakable.unit(int(clicked)))


def _html(breakable: BreakableNetwork, damage: Damage) -> Markup:
    if not breakable.units:
        return TEMPLATES.no_units()
    intact, digits = breakable.total(Damage())
    if breakable.importance is None or intact is None:
        return TEMPLATES.measuring()
    off, order = breakable.mask(damage.off), np.argsort(-breakable.importance, kind="stable")
    most = float(breakable.importance[order[0]]) or 1.0
    order = np.concatenate([order[:MOST_SHOWN], [place for place in order[MOST_SHOWN:] if off[place]]]).astype(int)
    cells = [
        {
            "place": int(place),
            "off": bool(off[place]),
            "share": max(float(breakable.importance[place]) / most, 0.0) ** 0.5,
            "text": _(
                "{unit}: {accuracy} without it",
                unit=_name(breakable, int(place)),
                accuracy=accuracy(breakable.right_without[place] / digits, digits),
            ),
        }
        for place in order
    ]
    return TEMPLATES.ablation(breakable=breakable, cells=cells, shown=len(cells), digits=digits, intact=intact)


def _name(breakable: BreakableNetwork, place: int) -> str:
    layer, unit = breakable.unit(place)
    if len(breakable.reader.network.sizes) > 3:
        return _("Unit {number} of layer {layer}", number=unit + 1, layer=layer)
    return _("Unit {number}", number=unit + 1)
