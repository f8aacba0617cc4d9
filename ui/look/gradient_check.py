"""A live gradient check: the measured slope of the loss for one weight, compared with the equations."""

import numpy as np
import streamlit as st

from language.translation import _
from nn.gradient_check import differences_of_one, relative_error
from nn.network import Floats, Network
from nn.walkthrough import Step, as_float64
from ui.look.glossary import explained
from ui.look.link_choices import Choice, choose
from ui.look.tour import tour_stop
from ui.look.traced_digit import TracedDigit
from ui.widgets import charts
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import count, superscript
from ui.widgets.palette import palette

TEMPLATES = Templates("look/gradient_check.html.j2", explained=explained)

EPSILONS = tuple(float(f"1e-{power}") for power in range(1, 10))

MATRICES = ("W", "b")

CONTROL = "step"
"""The control of a task to which all choices here belong, like those of the step."""

PARAMETER_KEY, ROW_KEY, COLUMN_KEY = "checked", "checked_row", "checked_column"


def gradient_check(digit: TracedDigit, step: Step) -> None:
    """Show the check for a weight of the visitor's choice."""
    st.html(TEMPLATES.heading())
    tour_stop("check")
    layer, letter, row, column = _choose(step)
    network = as_float64(digit.reader.network)
    index = _index(network, layer, letter, row, column)
    slope = step.slopes[layer]
    gradient = float((slope.dW if letter == "W" else slope.db)[row, column])
    differences = differences_of_one(
        network,
        step.X.T,
        np.array([step.label]),
        index,
        EPSILONS,
        l2=step.l2,
        examples=step.examples,
    )
    errors = [relative_error(np.array([gradient]), np.array([difference])) for difference in differences]
    points = charts.error_points(EPSILONS, errors)
    with st.container(key="check_desk"):
        rows = [
            (superscript(-power), *of_epsilon)
            for power, of_epsilon in enumerate(zip(differences, errors, strict=True), start=1)
        ]
        st.html(TEMPLATES.table(rows=rows, gradient=gradient))
        with st.container(key="check_plot"):
            st.vega_lite_chart(
                points,
                charts.errors(palette(), points),
                key="gradient_errors",
                alt=_("Relative error of the central difference against ε, both logarithmic"),
            )
            st.html(TEMPLATES.why_the_error_turns())


def _choose(step: Step) -> tuple[int, str, int, int]:
    """Choose a weight or bias: its layer, W or b, row and column, all counted from 0."""
    names = {
        f"{letter}{superscript(layer + 1)}": (layer, letter) for layer in range(len(step.layers)) for letter in MATRICES
    }
    first = next(iter(names))
    with st.container(key="check_choice", horizontal=True, gap="small"):
        chosen = choose(
            Choice(
                "matrix", _("Matrix"), PARAMETER_KEY, first, list(names), written=lambda name: _in_link(*names[name])
            ),
            CONTROL,
            lambda: st.selectbox(
                _("Matrix"),
                list(names),
                key=PARAMETER_KEY,
                width=110,
                help=_("A matrix of weights or a column of biases."),
            ),
        )
        layer, letter = names[chosen]
        slope = step.slopes[layer]
        gradients = slope.dW if letter == "W" else slope.db
        steepest = np.unravel_index(int(np.abs(gradients).argmax()), gradients.shape)
        # A new key for each digit and matrix resets the default to the largest gradient.
        suffix = f"{_in_link(layer, letter)}_{steepest[0]}_{steepest[1]}_{gradients.size}"
        row, column = (
            _choose_place(
                Choice(parameter, label, f"{key}_{suffix}", int(at) + 1, range(1, size + 1), shown=count), size, tooltip
            )
            for parameter, label, key, size, at, tooltip in zip(
                ("row", "column"),
                (_("Row"), _("Column")),
                (ROW_KEY, COLUMN_KEY),
                gradients.shape,
                steepest,
                (
                    _("The unit or class that the weight belongs to. At first, where the gradient is largest."),
                    _(
                        "The input that the weight multiplies: a pixel, counted row by row,"
                        " or a unit of the layer before."
                    ),
                ),
                strict=True,
            )
        )
    return layer, letter, row - 1, column - 1


def _in_link(layer: int, letter: str) -> str:
    """Return the name of a matrix in a link, such as W2."""
    return f"{letter}{layer + 1}"


def _choose_place(place: Choice[int], size: int, tooltip: str) -> int:
    return choose(
        place,
        CONTROL,
        lambda: st.number_input(
            place.label,
            min_value=1,
            max_value=size,
            value=place.default,
            step=1,
            key=place.key,
            width=130,
            help=tooltip,
        ),
    )


def _index(network: Network, layer: int, letter: str, row: int, column: int) -> int:
    """Return a weight's index in the parameter vector, which stores W as the transpose of the textbook's."""
    one_hot: Floats = np.zeros_like(network.vector)
    W, b = network.views(one_hot)[2 * layer : 2 * layer + 2]
    if letter == "W":
        W[column, row] = 1
    else:
        b[row] = 1
    return int(one_hot.argmax())
