"""The choice of what to dream of: the classes, pictures between two of them, or hidden units."""

import numpy as np
import streamlit as st

from language.translation import N_, _, ngettext
from models.reader import Reader
from nn.contributions import shown_layers
from nn.network import Network
from training.percentages import percent
from ui.look.climbing_dreams import Picture, Wish
from ui.look.link_choices import Choice, choose, choose_class
from ui.widgets.number_format import count

UNITS, SHARES = 10, 11
"""How many hidden units are shown, and how many pictures between two classes, including both ends."""

CONTROL = "dream"
"""The control of a task to which all choices of this view belong."""

CLASSES, BETWEEN, HIDDEN = N_("Classes"), N_("Between two classes"), N_("Hidden units")


def choose_wish(reader: Reader) -> tuple[str, tuple[object, ...], Wish]:
    """Choose what to dream of; return the kind of wish, what distinguishes it from others of its kind, and the wish."""
    hidden = len(reader.network.weights) - 1
    kinds = [CLASSES, *([BETWEEN] if len(reader.classes) > 1 else []), *([HIDDEN] if hidden else [])]
    kind = choose(
        Choice("dream", _("Dream of"), "dream_kind", CLASSES, kinds, shown=_),
        CONTROL,
        lambda: st.segmented_control(
            _("Dream of"),
            kinds,
            format_func=_,
            default=CLASSES,
            required=True,
            key="dream_kind",
            persist_state="session",
        ),
    )
    logits = np.eye(reader.network.sizes[-1], dtype=reader.network.dtype)[reader.outputs]  # (classes, outputs)
    if kind == BETWEEN:
        one, other = _choose_class("dream_from", _("From"), reader, 0), _choose_class("dream_to", _("To"), reader, 1)
        shares = np.linspace(0, 1, SHARES)
        ends = (reader.classes[one], reader.classes[other])
        pictures = [_between(*ends, float(share)) for share in shares]
        directions = (1 - shares[:, None]) * logits[one] + shares[:, None] * logits[other]
        return BETWEEN, (one, other), Wish(pictures, hidden + 1, directions.astype(logits.dtype))
    if kind == HIDDEN:
        layer = _choose_layer(hidden)
        units = _choose_units(reader.network, layer)
        directions = (np.arange(reader.network.sizes[layer]) == np.array(units)[:, None]).astype(logits.dtype)
        return HIDDEN, (layer, *units), Wish([_of_unit(unit + 1) for unit in units], layer, directions)
    return CLASSES, (), Wish([_of_class(name) for name in reader.classes], hidden + 1, logits)


def _of_class(name: str) -> Picture:
    return Picture(
        name,
        _("the class {name}", name=name),
        _("Best for the class {name}", name=name),
        _("the dream of the class {name}", name=name),
    )


def _of_unit(number: int) -> Picture:
    return Picture(
        str(number),
        _("unit {number}", number=number),
        _("Best for unit {number}", number=number),
        _("the dream of unit {number}", number=number),
    )


def _between(one: str, other: str, share: float) -> Picture:
    """Return the texts about a picture for two classes, with a share in [0, 1] of the other."""
    values = {"one": one, "rest": percent(1 - share, 0), "other": other, "share": percent(share, 0)}
    return Picture(
        one if share == 0 else other if share == 1 else percent(share, 0),
        _("{rest} {one} and {share} {other}", **values),
        _("Best for {rest} {one} and {share} {other}", **values),
        _("the dream of {rest} {one} and {share} {other}", **values),
    )


def _choose_class(parameter: str, label: str, reader: Reader, place: int) -> int:
    default = min((4, 9)[place], len(reader.classes) - 2 + place)
    return choose_class(
        parameter,
        label,
        f"dream_class_{place}",
        reader.classes,
        default,
        CONTROL,
        width=110,
        persist_state="session",
    )


def _choose_layer(hidden: int) -> int:
    if hidden < 2:
        return 1
    layers = range(1, hidden + 1)
    return choose(
        Choice("dream_layer", _("Layer"), "dream_layer", 1, layers),
        CONTROL,
        lambda: st.selectbox(
            _("Layer"), layers, key="dream_layer", width=90, persist_state="session", help=_("Which hidden layer.")
        ),
    )


def _choose_units(network: Network, layer: int) -> tuple[int, ...]:
    """Return the units with the strongest outgoing weights, preceded by the chosen one if it is not among them."""
    nothing = [np.zeros(size, network.dtype) for size in network.sizes[:-1]]
    strongest = [int(each) for each in shown_layers(network, nothing, None, [0], most=UNITS)[layer - 1].units]
    total = network.sizes[layer]
    chosen = choose(
        Choice(
            "dream_unit",
            _("Unit"),
            "dream_unit",
            None,
            [None, *range(1, total + 1)],
            shown=lambda unit: _("any") if unit is None else count(unit),
        ),
        CONTROL,
        lambda: st.number_input(
            _("Unit"),
            min_value=1,
            max_value=total,
            value=None,
            placeholder=_("any"),
            key="dream_unit",
            width=130,
            persist_state="session",
            help=ngettext(
                "The only unit.",
                "Any of the {count} units, by number. Without one: those with the strongest weights to the next layer.",
                total,
                count=count(total),
            ),
        ),
    )
    if chosen is None:
        return tuple(strongest)
    return (chosen - 1, *(unit for unit in strongest if unit != chosen - 1))[: max(len(strongest), 1)]
