"""What speaks for each class, and the softmax that makes probabilities of it."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from nn.walkthrough import Layer
from ui.learn.followed_digit import Subject
from ui.learn.glossary import term
from ui.learn.number_format import number, probability, signed, tex, tex_probability
from ui.learn.vector_image import signed_square
from ui.widgets.palette import Palette

Values = NDArray[np.floating[Any]]

_SHORT_NAME = 3
"""Letters in a name that has room below a letter."""

_LARGEST_POWER = 300.0
"""Beyond it e to the power of a logit is hardly a number: the largest is taken off all first, as in nn/losses.py."""

SPEAKERS = 3
"""Units shown that speak most for a class, and as many that speak most against it."""


def introduced(hidden: int) -> str:
    """Return what a logit is, for a network with so many hidden layers."""
    what = "each hidden unit's activation times its weight" if hidden else "each pixel's ink times its weight"
    return (
        f"A {term('logit', 'logit')} <var>z</var> is a sum: {what}, and a {term('bias', 'bias')}. "
        "<span class='positive'>Orange</span> speaks for the class, <span class='negative'>blue</span> against it."
    )


def speakers(layers: Sequence[Layer], outputs: tuple[str, ...]) -> str:
    """Each class with its logit, and the hidden units that speak most for it and against it."""
    last, A = layers[-1], layers[-2].A[:, 0]
    parts = last.W * A  # (classes, units)
    widest = float(np.abs(parts).max()) or 1.0
    cards = []
    for k, name in enumerate(outputs):
        order = np.argsort(-parts[k], kind="stable")
        chosen = [unit for unit in order[:SPEAKERS] if parts[k, unit] > 0]
        chosen += [unit for unit in order[-SPEAKERS:] if parts[k, unit] < 0]
        bars = "".join(_speaker(int(unit), float(parts[k, unit]), widest, name) for unit in chosen)
        cards.append(_card(name, last, k, parts[k], f"<div class='speakers'>{bars}</div>"))
    return f"<ul class='logits'>{''.join(cards)}</ul>"


def _speaker(unit: int, part: float, widest: float, name: str) -> str:
    side = "positive" if part > 0 else "negative"
    return (
        f"<button type='button' class='speaker {side}' data-pick='{unit}' data-show='inspector'"
        f" aria-label='Unit {unit + 1} adds {signed(part)} to {escape(name, quote=True)}'><span>{unit + 1}</span>"
        f"<i style='--share:{abs(part) / widest:.1%}'></i><small>{signed(part)}</small></button>"
    )


def _card(name: str, last: Layer, k: int, parts: Values, body: str) -> str:
    """A class: its logit, what is shown of its parts, and the sum that they all make."""
    z, b = float(last.Z[k, 0]), float(last.b[k, 0])
    speaking_for, against = float(parts[parts > 0].sum()), float(parts[parts < 0].sum())
    first = " class='first'" if z == last.Z.max() else ""
    logit = f"<span><var>z</var> = <b class='logit' data-output='{k}'>{number(z)}</b></span>"
    return (
        f"<li{first}><h3>{escape(name)}{logit}</h3>"
        f"{body}<p class='note'>in all <span class='positive'>{signed(speaking_for)}</span> "
        f"<span class='negative'>{number(against)}</span>, bias {signed(b)}</p></li>"
    )


def pixels_that_speak(subject: Subject, layer: Layer, colours: Palette) -> str:
    """Each class with its logit, and the pixels that speak for it and against it: weights times ink."""
    parts = layer.W * subject.image  # (classes, 784)
    limit = float(np.abs(parts).max()) or 1.0
    cards = [
        _card(name, layer, k, parts[k], signed_square(parts[k], colours, f"Pixels for {name}", limit))
        for k, name in enumerate(subject.outputs)
    ]
    return f"<ul class='logits'>{''.join(cards)}</ul>"


def softmax(subject: Subject, logits: Values, spoken_of: int) -> None:
    """The softmax with its numbers: as the network reads, with the temperature and without what is no digit."""
    rule = subject.reader.decision_rule
    T, reject_index = rule.temperature, rule.reject_index
    st.html(
        f"<h2 class='section part' id='softmax'>Softmax</h2><p class='note'>{_what_is_applied(subject, spoken_of)}</p>"
    )
    counted = [k for k in range(len(logits)) if reject_index is None or k != reject_index or spoken_of == reject_index]
    shift = float(logits[counted].max()) if np.abs(logits).max() / T > _LARGEST_POWER else 0.0
    powers = np.exp((logits - shift) / T)
    total = float(powers[counted].sum())
    power, power_shown = _power_of(T, shift)
    name = _tex_text(subject.outputs[spoken_of])
    of = rf"_{{\text{{{name}}}}}" if len(name) <= _SHORT_NAME else ""
    values = f"{tex(float(logits[spoken_of]) - shift)}{'' if T == 1 else '/' + tex(T)}"
    with st.container(key="formula"):
        # Not st.latex, which cannot break the line where the screen is narrow.
        st.markdown(
            rf"$\displaystyle p{of}=\frac{{{power.format(z=f'z{of}')}}}{{\sum_k {power.format(z='z_k')}}}"
            rf"=\frac{{e^{{{values}}}}}{{{tex(total)}}}"
            rf"=\frac{{{tex(float(powers[spoken_of]))}}}{{{tex(total)}}}"
            rf"={tex_probability(float(powers[spoken_of]) / total)}$"
        )
    rows = []
    for k in counted:
        first = " class='first'" if k == spoken_of else ""
        rows.append(
            f"<tr{first}><th scope='row'>{escape(subject.outputs[k])}</th><td>{number(float(logits[k]))}</td>"
            f"<td>{number(float(powers[k]))}</td><td class='share'>{probability(float(powers[k]) / total)}</td>"
            f"<td class='gauge'><i style='--share:{float(powers[k]) / total:.2%}'></i></td></tr>"
        )
    st.html(
        "<table class='softmax' id='softmax_numbers'><thead><tr><th scope='col'>Class</th>"
        f"<th scope='col'><var>z</var></th><th scope='col'><var>e</var><sup>{power_shown}</sup></th>"
        "<th scope='col'><var>p</var></th><td></td></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody><tfoot><tr><th scope='row'>Sum</th><td></td><td>{number(total)}</td><td>1</td>"
        "<td></td></tr></tfoot></table>"
    )


def _power_of(T: float, shift: float) -> tuple[str, str]:
    """What e to a logit is written as: for KaTeX with {z} for its symbol, and the exponent in HTML."""
    if not shift:
        return (r"e^{{{z}}}", "<var>z</var>") if T == 1 else (r"e^{{{z}/T}}", "<var>z</var> / <var>T</var>")
    less = "<var>z</var> − <var>z</var><sub>max</sub>"
    if T == 1:
        return r"e^{{{z}-z_{{\max}}}}", less
    return r"e^{{({z}-z_{{\max}})/T}}", f"({less}) / <var>T</var>"


def _what_is_applied(subject: Subject, spoken_of: int) -> str:
    rule = subject.reader.decision_rule
    said = f"{term('softmax', 'Softmax')} makes logits probabilities: positive, and 1 in all."
    if rule.temperature != 1:
        said += f" The {term('temperature', 'temperature')} of this network is T = {rule.temperature:.3f}."
    if rule.reject_index == spoken_of:
        said += f" Here stand all outputs; from {rule.threshold:.2f} for “not a digit” on, no digit is named."
    elif rule.reject_index is not None:
        said += (
            " Its output for “not a digit” is left out of the sum here: with it, “not a digit” gets"
            f" {probability(subject.reading.reject_probability)}, and from {rule.threshold:.2f} on no digit is named."
        )
    return said


def _tex_text(name: str) -> str:
    """A class's name as KaTeX takes it inside its text command: what it would take for a command is left out."""
    return "".join(letter for letter in name if letter.isalnum() or letter in " -.,")
