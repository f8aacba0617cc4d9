"""Which units matter: every hidden unit as a square, coloured by what the network loses without it."""

from collections.abc import Callable

import numpy as np
from markupsafe import Markup

from language.translation import _
from training.percentages import accuracy
from ui.break_it.bench import Bench, Damage
from ui.widgets.html_templates import Templates, clickable_html

TEMPLATES = Templates("break_it/page.html.j2")

MOST_SHOWN = 256
"""The greatest number of units on the map, not counting those switched off."""


def ablation_map(bench: Bench, damage: Damage, toggle: Callable[[tuple[int, int]], None], place: int = 0) -> None:
    """Show the map of one of the networks on the page; `toggle` receives the layer and the unit chosen."""
    clickable_html(_html(bench, damage), f"ablation_{place}", lambda clicked: take_click(clicked, bench, toggle))


def take_click(clicked: str, bench: Bench, toggle: Callable[[tuple[int, int]], None]) -> None:
    """Toggle the unit clicked, after checking the index that the browser sent."""
    if clicked.isdecimal() and int(clicked) < bench.units:
        toggle(bench.unit(int(clicked)))


def _html(bench: Bench, damage: Damage) -> Markup:
    if not bench.units:
        return TEMPLATES.no_units()
    intact, digits = bench.total(Damage())
    if bench.importance is None or intact is None:
        return TEMPLATES.measuring()
    off, order = bench.mask(damage.off), np.argsort(-bench.importance, kind="stable")
    most = float(bench.importance[order[0]]) or 1.0
    order = np.concatenate([order[:MOST_SHOWN], [place for place in order[MOST_SHOWN:] if off[place]]]).astype(int)
    cells = [
        {
            "place": int(place),
            "off": bool(off[place]),
            "share": max(float(bench.importance[place]) / most, 0.0) ** 0.5,
            "text": _(
                "{unit}: {accuracy} without it",
                unit=_name(bench, int(place)),
                accuracy=accuracy(bench.right_without[place] / digits, digits),
            ),
        }
        for place in order
    ]
    return TEMPLATES.ablation(bench=bench, cells=cells, shown=len(cells), digits=digits, intact=intact)


def _name(bench: Bench, place: int) -> str:
    layer, unit = bench.unit(place)
    if len(bench.reader.network.sizes) > 3:
        return _("Unit {number} of layer {layer}", number=unit + 1, layer=layer)
    return _("Unit {number}", number=unit + 1)
