"""The gradient check before the person's eyes: the slope of the loss by one weight, measured, against the equations."""

import numpy as np
import streamlit as st

from nn.gradient_check import differences_of_one, relative_error
from nn.network import Floats, Network
from nn.walkthrough import Step, as_float64
from ui.learn.followed_digit import Subject
from ui.learn.glossary import term
from ui.learn.number_format import number, superscript
from ui.state import streamlit_state
from ui.widgets import charts
from ui.widgets.palette import palette

EPSILONS = tuple(float(f"1e-{power}") for power in range(1, 10))

PARAMETER_KEY, ROW_KEY, COLUMN_KEY = "checked", "checked_row", "checked_column"


def gradient_check(subject: Subject, step: Step) -> None:
    """Show the check of one weight, which the person chooses."""
    st.html(
        "<h2 class='section part' id='gradient_check'>Gradient check</h2><p class='note'>Is it right? Move one weight"
        f" by ε to either side and measure the loss: the {term('central', 'central difference')} must be the"
        f" {term('gradient', 'gradient')} that {term('backpropagation', 'backpropagation')} gave.</p>"
    )
    layer, letter, row, column = _choose(step)
    network = as_float64(subject.reader.network)
    index = _place(network, layer, letter, row, column)
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
        st.html(_table(gradient, differences, errors))
        with st.container(key="check_plot"):
            st.vega_lite_chart(
                points,
                charts.errors(palette(), points),
                key="gradient_errors",
                alt="Relative error of the central difference against ε, both logarithmic",
            )
            st.html(
                "<p class='note'>At first the error falls with ε², as the next term of the Taylor series is left out"
                " there. Then it grows with 1/ε, as two losses that agree in almost all of their 16 digits are"
                " subtracted.</p>"
            )


def _choose(step: Step) -> tuple[int, str, int, int]:
    """Which weight or bias: its layer from 0, W or b, its row and column from 0."""
    names = [f"{letter}{superscript(layer + 1)}" for layer in range(len(step.layers)) for letter in "Wb"]
    with st.container(key="check_choice", horizontal=True, gap="small"):
        if streamlit_state.has_widget(PARAMETER_KEY) and streamlit_state.widget_value(PARAMETER_KEY) not in names:
            streamlit_state.set_widget(PARAMETER_KEY, names[0])
        chosen = st.selectbox(
            "Matrix", names, key=PARAMETER_KEY, width=110, help="A matrix of weights or a column of biases."
        )
        place = names.index(chosen)
        layer, letter = place // 2, "Wb"[place % 2]
        slope = step.slopes[layer]
        gradients = slope.dW if letter == "W" else slope.db
        steepest = np.unravel_index(int(np.abs(gradients).argmax()), gradients.shape)
        # Another key for another digit or matrix: it begins where the gradient is largest.
        about = f"{place}_{steepest[0]}_{steepest[1]}_{gradients.size}"
        row, column = (
            st.number_input(
                label,
                min_value=1,
                max_value=size,
                value=int(at) + 1,
                step=1,
                key=f"{key}_{about}",
                width=130,
                help=says,
            )
            for label, key, size, at, says in zip(
                ("Row", "Column"),
                (ROW_KEY, COLUMN_KEY),
                gradients.shape,
                steepest,
                (
                    "Which unit or class the weight belongs to. It begins where the gradient is largest.",
                    "Which input the weight is for: the pixels row by row, or the units before.",
                ),
                strict=True,
            )
        )
    return layer, letter, int(row) - 1, int(column) - 1


def _place(network: Network, layer: int, letter: str, row: int, column: int) -> int:
    """Where the weight lies in the network's vector; its W is the transpose of the textbook's."""
    marked: Floats = np.zeros_like(network.vector)
    W, b = network.views(marked)[2 * layer : 2 * layer + 2]
    if letter == "W":
        W[column, row] = 1
    else:
        b[row] = 1
    return int(marked.argmax())


def _table(gradient: float, differences: list[float], errors: list[float]) -> str:
    rows = [
        f"<tr><th scope='row'>10{superscript(-power)}</th><td>{number(difference, 9)}</td>"
        f"<td>{number(gradient, 9)}</td><td>{number(error, 2)}</td></tr>"
        for power, (difference, error) in enumerate(zip(differences, errors, strict=True), start=1)
    ]
    return (
        "<table class='softmax' id='check_numbers'><thead><tr><th scope='col'>ε</th><th scope='col'>Central difference"
        "</th><th scope='col'>Backpropagation</th><th scope='col'>Relative error</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
