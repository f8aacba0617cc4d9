"""The evidence for each class, and the softmax that turns it into probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from nn.walkthrough import Layer
from ui.look.glossary import explained
from ui.look.traced_digit import TracedDigit
from ui.widgets.array_images import signed_square
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import tex, tex_probability
from ui.widgets.palette import palette

TEMPLATES = Templates("look/logits.html.j2", explained=explained)

Values = NDArray[np.floating[Any]]

_SHORT_NAME = 3
"""Maximum length of a name that fits as a subscript."""

_LARGEST_POWER = 300.0
"""If any |logit| / T is larger, the largest logit is subtracted from all to avoid overflow, as in nn/losses.py."""

CONTRIBUTORS = 3
"""Number of units shown that contribute most for a class, and number shown that contribute most against it."""


def introduction(hidden: int) -> Markup:
    """Explain what a logit is, for a network with `hidden` hidden layers."""
    return TEMPLATES.introduction(hidden=hidden)


def contributions(layers: Sequence[Layer], outputs: tuple[str, ...]) -> Markup:
    """Return each class with its logit, and the hidden units that contribute most for and against it."""
    last, A = layers[-1], layers[-2].A[:, 0]
    contributed = last.W * A  # (classes, units)
    largest = float(np.abs(contributed).max()) or 1.0
    classes = []
    for output, name in enumerate(outputs):
        to_class = contributed[output]
        order = np.argsort(-to_class, kind="stable")
        shown = [unit for unit in order[:CONTRIBUTORS] if to_class[unit] > 0]
        shown += [unit for unit in order[-CONTRIBUTORS:] if to_class[unit] < 0]
        units = [(int(unit), float(to_class[unit]), abs(float(to_class[unit])) / largest) for unit in shown]
        classes.append(_class(name, last, output, to_class) | {"units": units, "picture": None})
    return TEMPLATES.classes(classes=classes)


def pixel_contributions(digit: TracedDigit, layer: Layer) -> Markup:
    """Return each class with its logit and a picture of each pixel's contribution, its weight times its ink."""
    contributed = layer.W * digit.image  # (classes, 784)
    limit = float(np.abs(contributed).max()) or 1.0
    return TEMPLATES.classes(
        classes=[
            _class(name, layer, output, contributed[output])
            | {"picture": signed_square(contributed[output], palette(), limit)}
            for output, name in enumerate(digit.outputs)
        ]
    )


def _class(name: str, last: Layer, output: int, contributed: Values) -> dict[str, Any]:
    """Return a class, its logit and the sums that make it up."""
    z = float(last.Z[output, 0])
    return {
        "name": name,
        "z": z,
        "largest": z == last.Z.max(),
        "bias": float(last.b[output, 0]),
        "total_for": float(contributed[contributed > 0].sum()),
        "total_against": float(contributed[contributed < 0].sum()),
    }


def softmax(digit: TracedDigit, logits: Values, output: int) -> None:
    """Show softmax in numbers, as the reader applies it: with its temperature, without the reject output."""
    rule = digit.reader.decision_rule
    T, reject = rule.temperature, rule.reject_index
    st.html(TEMPLATES.softmax(rule=rule, output=output, reject_probability=digit.reading.reject_probability))
    counted = [k for k in range(len(logits)) if reject is None or k != reject or output == reject]
    shift = float(logits[counted].max()) if np.abs(logits).max() / T > _LARGEST_POWER else 0.0
    powers = np.exp((logits - shift) / T)
    total = float(powers[counted].sum())
    power, exponent = _power_of_e(T, shift)
    name = _tex_text(digit.outputs[output])
    of = rf"_{{\text{{{name}}}}}" if len(name) <= _SHORT_NAME else ""
    values = f"{tex(float(logits[output]) - shift)}{'' if T == 1 else '/' + tex(T)}"
    with st.container(key="formula"):
        # Not st.latex, which cannot break the line on a narrow screen.
        st.markdown(
            rf"$\displaystyle p{of}=\frac{{{power.format(z=f'z{of}')}}}{{\sum_k {power.format(z='z_k')}}}"
            rf"=\frac{{e^{{{values}}}}}{{{tex(total)}}}"
            rf"=\frac{{{tex(float(powers[output]))}}}{{{tex(total)}}}"
            rf"={tex_probability(float(powers[output]) / total)}$"
        )
    rows = [(digit.outputs[k], float(logits[k]), float(powers[k]), k == output) for k in counted]
    st.html(TEMPLATES.softmax_table(rows=rows, exponent=exponent, total=total))


def _power_of_e(T: float, shift: float) -> tuple[str, Markup]:
    """Return exp(logit) for KaTeX, with {z} as a placeholder for the logit, and the exponent in HTML."""
    if not shift:
        return (
            (r"e^{{{z}}}", Markup("<var>z</var>"))
            if T == 1
            else (r"e^{{{z}/T}}", Markup("<var>z</var> / <var>T</var>"))
        )
    difference = Markup("<var>z</var> − <var>z</var><sub>max</sub>")
    if T == 1:
        return r"e^{{{z}-z_{{\max}}}}", difference
    return r"e^{{({z}-z_{{\max}})/T}}", Markup("({}) / <var>T</var>").format(difference)


def _tex_text(name: str) -> str:
    """Return a class name for KaTeX's text command, without characters that could form a command."""
    return "".join(letter for letter in name if letter.isalnum() or letter in " -.,")
