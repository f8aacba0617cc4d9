"""The unit inspector: follows a digit from pixels through hidden units to probabilities, with any unit in detail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from language.translation import _, ngettext, pgettext
from nn.activations import ACTIVATIONS
from nn.walkthrough import Layer, influence
from ui.look import logits
from ui.look.glossary import explained, term
from ui.look.link_choices import Choice, choose, choose_class
from ui.look.starting_point import follow_choices
from ui.look.tour import tour_stop
from ui.look.traced_digit import TracedDigit
from ui.state import streamlit_state
from ui.state.inspection import LAYER_KEY, UNIT_KEY, class_key, inspect_unit
from ui.widgets.array_images import ink_square, signed_square
from ui.widgets.html_templates import Templates, clickable_html
from ui.widgets.number_format import count, number, signed
from ui.widgets.palette import palette

TEMPLATES = Templates("look/unit_inspector.html.j2", explained=explained)

Values = NDArray[np.floating[Any]]

SHOWN = 24
"""Maximum number of units shown per layer."""

SORT_KEY, CONTROL = "unit_sort", "unit"
"""The key of the widget that chooses the order, and the control of a task to which all choices here belong."""

ACTIVE, CONTRIBUTION, WEIGHT, DEAD = "active", "contribution", "weight", "dead"


@dataclass(frozen=True, eq=False)
class Units:
    """The units of one layer: hidden ones, or the outputs of a network without hidden layers.

    Attributes:
        inputs: (fan_in,), the layer's input.
        layer: The units' weights, biases, pre-activations and activations.
        influence: (classes, units), the derivative of each logit with respect to each activation; None for outputs.
        dead: (units,), which units are dead; None if none can be.
        activation: The name of a hidden layer's activation function.
        last: Whether the next layer is the output layer.
        names: The name of each output; empty for hidden units, which are numbered.
    """

    inputs: Values
    layer: Layer
    influence: Values | None
    dead: NDArray[np.bool_] | None
    activation: str
    last: bool
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.layer.b)

    def sort_values(self, sort: str, output: int) -> Values:
        """Return the sort values, (units,): activation, weight to an output, or their product."""
        activations: Values = self.layer.A[:, 0]
        if self.influence is None or sort in {ACTIVE, DEAD}:
            return activations
        weights: Values = self.influence[output]
        return weights if sort == WEIGHT else weights * activations

    def order(self, sort: str, output: int) -> NDArray[np.int64]:
        """Return the indices of the units to show, in order."""
        if sort == DEAD and self.dead is not None:
            return np.flatnonzero(self.dead)
        values = self.sort_values(sort, output)
        return np.argsort(-(np.abs(values) if sort == ACTIVE else values), kind="stable")


@st.fragment
def unit_inspector(digit: TracedDigit) -> None:
    """Trace a digit through the network; choosing another unit reruns only this fragment."""
    layers, network = digit.forward(), digit.reader.network
    hidden = len(layers) - 1
    functions = [term(name, _(ACTIVATIONS[name].label)) for name in dict.fromkeys(network.activations)]
    st.html(
        TEMPLATES.section(
            id="inspector", title=_("Inside one unit"), note=TEMPLATES.what_a_unit_is(functions=functions)
        )
    )
    tour_stop("unit")
    with st.container(key="unit_choice", horizontal=True, gap="small", vertical_alignment="bottom"):
        index = _choose_layer(hidden)
        units = Units(
            inputs=layers[index - 1].A[:, 0] if index else digit.image.astype(np.float64),
            layer=layers[index],
            influence=influence(network, digit.image)[index] if hidden else None,
            dead=digit.dead_units[index] if hidden else None,
            activation=network.activations[index] if hidden else "",
            last=index >= hidden - 1,
            names=() if hidden else digit.outputs,
        )
        sort = _choose_sort(units) if hidden else ACTIVE
        output = _choose_class(digit, hidden)
        order = units.order(sort, output)
        unit = _choose_unit(units, order) if hidden else output
    st.html(_unit_steps(units, unit))
    if hidden:
        clickable_html(
            _grid(units, unit, order, sort, output, digit),
            "units",
            lambda clicked: inspect_unit(int(clicked), index + 1),
        )
    st.html(TEMPLATES.section(id="logits", title=_("Evidence for each class"), note=logits.introduction(hidden)))
    tour_stop("evidence")
    if hidden:
        clickable_html(
            logits.contributions(layers, digit.outputs),
            "contributions",
            lambda clicked: inspect_unit(int(clicked), hidden),
        )
    else:
        st.html(logits.pixel_contributions(digit, layers[0]))
    logits.softmax(digit, layers[-1].Z[:, 0], output)
    follow_choices()


def _choose_layer(hidden: int) -> int:
    """Choose a hidden layer, from 0."""
    if hidden < 2:
        return 0
    layers = range(1, hidden + 1)
    chosen = choose(
        Choice("layer", _("Layer"), LAYER_KEY, 1, layers),
        CONTROL,
        lambda: st.segmented_control(
            _("Layer"),
            layers,
            default=1,
            required=True,
            key=LAYER_KEY,
            persist_state="session",
            help=_("Which hidden layer."),
        ),
    )
    return chosen - 1


def _choose_sort(units: Units) -> str:
    # Translators: "Contribution to" and "Weight to" are followed by a class, which is chosen beside them.
    names = {ACTIVE: pgettext("of a unit", "Activation"), CONTRIBUTION: _("Contribution to"), WEIGHT: _("Weight to")}
    if units.dead is not None and units.dead.any():
        names[DEAD] = _("Dead units")
    return choose(
        Choice("sort", _("Sort by"), SORT_KEY, ACTIVE, list(names), shown=lambda sort: names[sort]),
        CONTROL,
        lambda: st.selectbox(
            _("Sort by"),
            list(names),
            format_func=lambda key: names.get(key, key),
            key=SORT_KEY,
            width=170,
            persist_state="session",
            help=_(
                "Activation: on this input. Contribution: activation times weight to the class. Weight: to the class,"
                " whatever the input."
            ),
        ),
    )


def _choose_class(digit: TracedDigit, hidden: int) -> int:
    """Choose the output used to sort units and to show softmax; by default, the prediction."""
    return choose_class(
        "class",
        _("Class"),
        class_key(digit.predicted_output, len(digit.outputs)),
        digit.outputs,
        digit.predicted_output,
        CONTROL,
        width=130,
        help=_("The class that units contribute to, and its softmax below.")
        if hidden
        else _("The class whose weights are shown, and its softmax below."),
    )


def _choose_unit(units: Units, order: NDArray[np.int64]) -> int:
    """Choose a unit; by default, the first in order."""
    total, first = len(units), int(order[0]) + 1
    if not streamlit_state.has_widget(UNIT_KEY):
        streamlit_state.set_widget(UNIT_KEY, first)
    chosen = choose(
        Choice("unit", _("Unit"), UNIT_KEY, first, range(1, total + 1), shown=count),
        CONTROL,
        lambda: st.number_input(
            _("Unit"),
            min_value=1,
            max_value=total,
            step=1,
            key=UNIT_KEY,
            width=130,
            help=ngettext(
                "The only unit.", "Any of the {count} units, by number. Or click one below.", total, count=count(total)
            ),
        ),
    )
    return chosen - 1


def _unit_steps(units: Units, unit: int) -> Markup:
    """Return a unit's weights, inputs, their products, the sum and the activation."""
    W, layer, colours = units.layer.W[unit], units.layer, palette()
    products = W * units.inputs
    limit = float(np.abs(W).max()) or 1.0
    return TEMPLATES.unit_steps(
        unit=unit,
        class_name=units.names[unit] if units.names else None,
        input_count=len(units.inputs),
        images={
            "weights": signed_square(W, colours, limit),
            "inputs": ink_square(units.inputs, colours),
            "products": signed_square(products, colours, limit),
        },
        total=float(products.sum()),
        bias=float(layer.b[unit, 0]),
        z=float(layer.Z[unit, 0]),
        a=float(layer.A[unit, 0]),
        formula=ACTIVATIONS[units.activation].formula if units.activation else "",
    )


def _grid(units: Units, chosen: int, order: NDArray[np.int64], sort: str, output: int, digit: TracedDigit) -> Markup:
    """Return the first units in order as buttons, each with its weights and sort value."""
    values = units.sort_values(sort, output)
    split = sort in {CONTRIBUTION, WEIGHT} and len(order) > SHOWN
    shown = np.concatenate([order[: SHOWN // 2], order[-SHOWN // 2 :]]) if split else order[:SHOWN]
    limit = float(np.quantile(np.abs(units.layer.W[shown]), 0.995)) or 1.0
    write: Callable[[float], str] = number if sort in {ACTIVE, DEAD} else signed
    return TEMPLATES.grid(
        note=TEMPLATES.units_shown(
            sort=sort,
            shown=len(shown),
            total=len(units),
            class_name=digit.outputs[output],
            last=units.last,
        ),
        units=[
            (int(unit), write(values[unit]), signed_square(units.layer.W[unit], palette(), limit)) for unit in shown
        ],
        chosen=chosen,
        dead_note=_dead_note(units, digit),
    )


def _dead_note(units: Units, digit: TracedDigit) -> Markup:
    if units.dead is None:
        return TEMPLATES.none_can_die(activation=_(ACTIVATIONS[units.activation].label), total=len(units))
    return TEMPLATES.dead_units(
        dead=int(units.dead.sum()),
        active=int(np.count_nonzero(units.layer.A > 0)),
        total=len(units),
        is_of_digits=digit.is_of_digits,
        checked_on=digit.checked_on,
    )
