"""The inspector: one digit from its pixels over the hidden units to the probabilities, any unit in full."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.walkthrough import Layer, influence
from ui.learn import logits
from ui.learn.clickable_html import picks
from ui.learn.followed_digit import Subject
from ui.learn.glossary import term
from ui.learn.number_format import number, signed
from ui.learn.vector_image import as_square, ink_square, signed_square
from ui.state import streamlit_state
from ui.widgets.array_images import data_uri, signed_picture
from ui.widgets.palette import Palette, palette

Values = NDArray[np.floating[Any]]

SHOWN = 24
"""Units shown of a layer."""

LAYER_KEY, UNIT_KEY, SORT_KEY, CLASS_KEY = "unit_layer", "unit", "unit_sort", "spoken_of"
ACTIVE, CONTRIBUTION, WEIGHT, DEAD = "active", "contribution", "weight", "dead"

FORMULAS = {
    "relu": r"max(0, <var>z</var>)",
    "tanh": r"tanh(<var>z</var>)",
    "sigmoid": r"1 / (1 + e<sup>−<var>z</var></sup>)",
}


@dataclass(frozen=True, eq=False)
class Units:
    """The units of one layer, ready to be shown: hidden ones, or the outputs of a network without these.

    Attributes:
        inputs: (fan_in,) what they are given.
        layer: Their weights, biases, pre-activations and activations.
        influence: (classes, units) how the logits move with each; None for outputs.
        asleep: (units,) which of them are dead; None where none can be.
        last: Whether nothing but the outputs follows.
        names: What each output is called; empty for hidden units, which have numbers.
    """

    inputs: Values
    layer: Layer
    influence: Values | None
    asleep: NDArray[np.bool_] | None
    last: bool
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.layer.b)

    def name(self, unit: int) -> str:
        """Return what a unit is called, as HTML."""
        return escape(self.names[unit]) if self.names else str(unit + 1)


@st.fragment
def inspector(subject: Subject) -> None:
    """Show the way of one digit through the network; only this part runs again when another unit is chosen."""
    layers, network = subject.forward(), subject.reader.network
    hidden = len(layers) - 1
    st.html(_heading("inspector", "Inside one unit", _what_a_unit_is(subject, hidden)))
    with st.container(key="unit_choice", horizontal=True, gap="small", vertical_alignment="bottom"):
        index = _choose_layer(hidden)
        units = Units(
            inputs=layers[index - 1].A[:, 0] if index else subject.image.astype(np.float64),
            layer=layers[index],
            influence=influence(layers, network.activation)[index] if hidden else None,
            asleep=subject.asleep[index] if hidden and subject.asleep else None,
            last=index >= hidden - 1,
            names=() if hidden else subject.outputs,
        )
        sort = _choose_sort(units) if hidden else ACTIVE
        spoken_of = _choose_class(subject, hidden)
        order = _order(units, sort, spoken_of)
        unit = _choose_unit(units, order) if hidden else spoken_of
    colours = palette()
    st.html(_five(units, unit, network.activation, colours))
    if hidden:
        picks(_grid(units, unit, order, sort, spoken_of, subject, colours), "units", _pick)
    st.html(_heading("logits", "What speaks for each class", logits.introduced(hidden)))
    if hidden:
        picks(logits.speakers(layers, subject.outputs), "speakers", _pick_speaker(hidden))
    else:
        st.html(logits.pixels_that_speak(subject, layers[0], colours))
    logits.softmax(subject, layers[-1].Z[:, 0], spoken_of)


def _heading(anchor: str, title: str, note: str) -> str:
    return f"<h2 class='section part' id='{anchor}'>{title}</h2><p class='note'>{note}</p>"


def _what_a_unit_is(subject: Subject, hidden: int) -> str:
    if not hidden:
        return (
            "This network has no hidden layer: each class weighs the pixels itself, and the sum is its "
            f"{term('logit', 'logit')}."
        )
    activation = subject.reader.network.activation
    return (
        f"A {term('hidden', 'hidden unit')} multiplies its inputs by its {term('weight', 'weights')}, adds them up with"
        f" its {term('bias', 'bias')}, and passes the {term(activation, ACTIVATIONS[activation].label)} of that on."
    )


def _choose_layer(hidden: int) -> int:
    """Which hidden layer is looked into, from 0."""
    if hidden < 2:
        return 0
    layers = list(range(1, hidden + 1))
    if streamlit_state.has_widget(LAYER_KEY) and streamlit_state.widget_value(LAYER_KEY) not in layers:
        streamlit_state.set_widget(LAYER_KEY, 1)
    chosen = st.segmented_control(
        "Layer", layers, default=1, required=True, key=LAYER_KEY, persist_state="session", help="Which hidden layer."
    )
    return int(chosen or 1) - 1


def _choose_sort(units: Units) -> str:
    names = {ACTIVE: "Activation", CONTRIBUTION: "Contribution to", WEIGHT: "Weight to"}
    if units.asleep is not None and units.asleep.any():
        names[DEAD] = "Dead units"
    if streamlit_state.has_widget(SORT_KEY) and streamlit_state.widget_value(SORT_KEY) not in names:
        streamlit_state.set_widget(SORT_KEY, ACTIVE)
    return st.selectbox(
        "Units by",
        list(names),
        format_func=lambda key: names.get(key, key),
        key=SORT_KEY,
        width=170,
        persist_state="session",
        help="Activation: at what is read now. Contribution: activation times weight to the class. Weight: to the"
        " class, whatever is read.",
    )


def _choose_class(subject: Subject, hidden: int) -> int:
    """Which output units are sorted by and softmax is shown of; what is read, until another is chosen."""
    outputs = list(range(len(subject.outputs)))
    key = f"{CLASS_KEY}_{subject.read}_{len(outputs)}"
    return st.selectbox(
        "For class" if hidden else "Class",
        outputs,
        index=subject.read,
        format_func=lambda index: subject.outputs[index] if index < len(outputs) else "",
        key=key,
        width=130,
        help="The class that units contribute to, and that softmax is shown of below."
        if hidden
        else "The class whose weights are shown, and its softmax below.",
    )


def _choose_unit(units: Units, order: NDArray[np.int64]) -> int:
    """Which unit is looked into; the first in order, until one is chosen."""
    if not streamlit_state.has_widget(UNIT_KEY) or not 1 <= streamlit_state.widget_value(UNIT_KEY) <= len(units):
        streamlit_state.set_widget(UNIT_KEY, int(order[0]) + 1)
    chosen = st.number_input(
        "Unit",
        min_value=1,
        max_value=len(units),
        step=1,
        key=UNIT_KEY,
        width=130,
        help=f"Any of the {len(units):,} units, by number. Or pick one of those below.",
    )
    return int(chosen) - 1


def _pick(unit: str) -> None:
    streamlit_state.set_widget(UNIT_KEY, int(unit) + 1)


def _pick_speaker(hidden: int) -> Callable[[str], None]:
    """Look into a unit that speaks for a class: it is in the last hidden layer."""

    def pick(unit: str) -> None:
        if hidden > 1:
            streamlit_state.set_widget(LAYER_KEY, hidden)
        _pick(unit)

    return pick


def _order(units: Units, sort: str, spoken_of: int) -> NDArray[np.int64]:
    """The units by what is asked for, the first first."""
    if sort == DEAD and units.asleep is not None:
        return np.flatnonzero(units.asleep)
    by = _quantity(units, sort, spoken_of)
    return np.argsort(-(np.abs(by) if sort == ACTIVE else by), kind="stable")


def _quantity(units: Units, sort: str, spoken_of: int) -> Values:
    """What units are sorted by: (units,)."""
    activations: Values = units.layer.A[:, 0]
    if units.influence is None or sort in {ACTIVE, DEAD}:
        return activations
    weights: Values = units.influence[spoken_of]
    return weights if sort == WEIGHT else weights * activations


def _five(units: Units, unit: int, activation: str, colours: Palette) -> str:
    """A unit's weights, its inputs, their products, the sum, and what is made of it."""
    W, layer = units.layer.W[unit], units.layer
    z, b = float(layer.Z[unit, 0]), float(layer.b[unit, 0])
    products = W * units.inputs
    total = float(products.sum())
    name = f"unit {units.name(unit)}" if not units.names else units.name(unit)
    limit = float(np.abs(W).max()) or 1.0
    sums = (
        f"<p><var>Σ w·x</var><b id='unit_sum'>{number(total)}</b></p>"
        f"<p><var>b</var><b id='unit_bias'>{number(b)}</b></p>"
        f"<p><var>z</var><b id='unit_z'>{number(z)}</b></p>"
    )
    if units.names:
        last = ("Logit", "<var>z</var>, as it is", f"<p class='result'><b id='unit_a'>{number(z)}</b></p>")
    else:
        last = (
            term("activation", "Activation"),
            f"<var>a</var> = {FORMULAS[activation]}",
            f"<p class='result'><b id='unit_a'>{number(float(layer.A[unit, 0]))}</b></p>",
        )
    stations = [
        (
            f"Weights of {name}",
            "<span class='negative'>below 0</span>, <span class='positive'>above 0</span>",
            signed_square(W, colours, f"Weights of {name}", limit),
        ),
        ("Input", f"{len(units.inputs):,} numbers", ink_square(units.inputs, colours, "Input")),
        ("Product", "each weight times its input", signed_square(products, colours, "Weights times input", limit)),
        (term("pre_activation", "Sum + bias"), "the pre-activation", sums),
        last,
    ]
    parts = [
        f"<li><h3>{title}</h3><p class='note'>{note}</p><div class='station'>{body}</div></li>"
        for title, note, body in stations
    ]
    return f"<ol class='five' id='unit_in_five' data-unit='{unit + 1}'>{''.join(parts)}</ol>"


def _grid(
    units: Units,
    chosen: int,
    order: NDArray[np.int64],
    sort: str,
    spoken_of: int,
    subject: Subject,
    colours: Palette,
) -> str:
    """The first units in order, each with its weights and what it is sorted by; each can be picked."""
    by = _quantity(units, sort, spoken_of)
    split = sort in {CONTRIBUTION, WEIGHT} and len(order) > SHOWN
    shown = np.concatenate([order[: SHOWN // 2], order[-SHOWN // 2 :]]) if split else order[:SHOWN]
    limit = float(np.quantile(np.abs(units.layer.W[shown]), 0.995)) or 1.0
    buttons = []
    for unit in shown:
        value = number(by[unit]) if sort in {ACTIVE, DEAD} else signed(by[unit])
        picture = data_uri(signed_picture(as_square(units.layer.W[unit]), colours, limit))
        pressed = "true" if unit == chosen else "false"
        buttons.append(
            f"<button type='button' class='unit' data-pick='{unit}' aria-pressed='{pressed}'"
            f" aria-label='Unit {unit + 1}: {value}'><img class='pixels' alt='' src='{picture}'>"
            f"<span>{unit + 1}</span><small>{value}</small></button>"
        )
    which = _which_units(units, sort, subject.outputs[spoken_of], len(shown), split=split)
    return (
        f"<p class='note' id='units_shown'>{which}</p>"
        f"<div class='units_grid' role='group' aria-label='Units to look into'>{''.join(buttons)}</div>"
        f"<p class='note' id='dead_units'>{_dead(units, subject)}</p>"
    )


def _which_units(units: Units, sort: str, name: str, shown: int, *, split: bool) -> str:
    all_of = f"All {shown} units" if shown == len(units) else f"{shown} of {len(units):,} units"
    match sort:
        case _ if sort == DEAD:
            return f"{shown} of the {term('dead', 'dead units')}, with their weights."
        case _ if sort == ACTIVE:
            return f"{all_of}, with their weights; the most active here first."
    what = "what they add to" if sort == CONTRIBUTION else "their weight to"
    way = "" if units.last else ", through the layers between, nearly"
    most = f"the {shown // 2} most for it, then the {shown // 2} most against it" if split else "the most for it first"
    return f"{all_of}, by {what} the logit of {escape(name)}{way}: {most}."


def _dead(units: Units, subject: Subject) -> str:
    active = int(np.count_nonzero(units.layer.A > 0))
    if units.asleep is None:
        return f"Only a ReLU can be dead; {len(units):,} units here always pass something on."
    dead = int(units.asleep.sum())
    return (
        f"<b>{active:,}</b> of {len(units):,} active on this {subject.noun}; <b id='dead_count'>{dead:,}</b> "
        f"{term('dead', 'dead')}: never active on {subject.looked_at:,} training {subject.noun}s."
    )
