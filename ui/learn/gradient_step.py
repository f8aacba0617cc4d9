"""A complete training step in real numbers: its equations and every matrix in them."""

from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from nn.activations import ACTIVATIONS
from nn.walkthrough import Step, one_step
from training.settings import SETTINGS
from ui.learn import matrix_cards
from ui.learn.glossary import meaning, term
from ui.learn.gradient_check import gradient_check
from ui.learn.traced_digit import TracedDigit
from ui.widgets.answer import article
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import distinguishable, distinguishable_probabilities

TEMPLATES = Templates("learn/gradient_step.html.j2", term=term)

ALPHA_KEY, L2_KEY = "step_alpha", "step_l2"


@dataclass(frozen=True)
class Symbol:
    """The symbol of a matrix in an equation.

    Attributes:
        anchor: The id of the matrix's card.
        tex: The symbol in TeX.
    """

    anchor: str
    tex: str

    @property
    def name(self) -> str:
        """The symbol in plain text."""
        return self.anchor.removeprefix("of-").replace("-", " ")


Equation = tuple[Symbol | str, ...]
"""An equation as a sequence of symbols and the TeX between them."""


@st.fragment
def gradient_step(digit: TracedDigit) -> None:
    """Show one step on the digit and check its gradients; changing α or λ reruns only this fragment."""
    st.html(TEMPLATES.heading(noun=digit.noun))
    label, alpha, l2 = _choose(digit)
    step = one_step(digit.reader.network, digit.image, label, alpha=alpha, l2=l2, examples=digit.examples)
    st.html(_outcome(step, digit))
    with st.container(key="step_desk"):
        with st.container(key="equations", gap="small"):
            for title, group in _equations(step).items():
                st.html(f"<h3>{title}</h3>")
                st.markdown("\n\n".join(map(_markdown, group)))
        with st.container(key="matrices"):
            st.html(matrix_cards.board(step, digit.outputs))
    st.html(f"<style>{_highlights(step)}</style>")
    gradient_check(digit, step)


def _choose(digit: TracedDigit) -> tuple[int, float, float]:
    """Choose the true label, α and λ."""
    outputs = list(range(len(digit.outputs)))
    with st.container(key="step_choice", horizontal=True, gap="medium"):
        label = st.selectbox(
            "True label",
            outputs,
            index=digit.target_output,
            format_func=lambda index: digit.outputs[index] if index < len(outputs) else "",
            key=f"true_label_{digit.specimen.origin}_{digit.target_output}_{len(outputs)}",
            width=130,
            help="What the network should learn to call this. For a drawing, only you know.",
        )
        rate, penalty = SETTINGS["learning_rate"], SETTINGS["l2"]
        alpha = st.select_slider(
            rate.label,
            rate.options,
            value=0.1,
            format_func=rate.format,
            key=ALPHA_KEY,
            help=meaning("alpha"),
            width=230,
            persist_state="session",
        )
        l2 = st.select_slider(
            penalty.label,
            penalty.options,
            value=0.0,
            format_func=penalty.format,
            key=L2_KEY,
            help=f"{meaning('lambda')} m = {digit.examples:,} training {digit.noun}s.",
            width=230,
            persist_state="session",
        )
    return int(label), float(alpha), float(l2)


def _outcome(step: Step, digit: TracedDigit) -> Markup:
    """Return the loss and the label's probability before and after the step."""
    before, after = (float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after))
    rule = digit.reader.decision_rule
    return TEMPLATES.outcome(
        name=article(digit.outputs[step.label]),
        losses=distinguishable(step.loss.total, step.loss_after.total),
        probabilities=distinguishable_probabilities(before, after),
        outputs=len(digit.outputs),
        differs_from_reading=rule.temperature != 1 or rule.reject_index is not None,
    )


def _equations(step: Step) -> dict[str, list[Equation]]:
    """Return all equations of the step in order of computation."""
    last = len(step.layers)
    f = ACTIVATIONS[step.activation].tex

    def symbol(letter: str, layer: int) -> Symbol:
        return Symbol(f"of-{letter}{layer}", f"{letter}^{{{layer}}}")

    def inputs(layer: int, mark: str = "") -> Symbol:
        """Return the symbol of a layer's input."""
        if layer == 1:
            return Symbol("of-X", f"X^{{{mark}}}" if mark else "X")
        return Symbol(f"of-A{layer - 1}", f"A^{{{layer - 1}{mark}}}")

    forward: list[Equation] = []
    backward: list[Equation] = []
    update: list[Equation] = []
    for layer in range(1, last + 1):
        Z, W, b = symbol("Z", layer), symbol("W", layer), symbol("b", layer)
        function = r"\mathrm{softmax}" if layer == last else f
        forward += [
            (Z, "{}={}", W, r"\,", inputs(layer), "{}+{}", b),
            (symbol("A", layer), f"{{}}={function}(", Z, ")"),
        ]
        for letter in "Wb":
            old, gradient = symbol(letter, layer), symbol(f"d{letter}", layer)
            update.append(
                (Symbol(f"of-new-{letter}{layer}", old.tex), r"{}\leftarrow{}", old, r"{}-\alpha\,", gradient)
            )
    for layer in range(last, 0, -1):
        dZ = symbol("dZ", layer)
        if layer == last:
            backward.append((dZ, "{}={}", symbol("A", layer), "{}-{}", Symbol("of-Y", "Y")))
        else:
            W = Symbol(f"of-W{layer + 1}", rf"W^{{{layer + 1}\top}}")
            derivative = rf"{{}}\circ{f}'("
            backward.append((dZ, "{}={}", W, r"\,", symbol("dZ", layer + 1), derivative, symbol("Z", layer), ")"))
        decay: Equation = (r"{}+\tfrac{\lambda}{m}\,", symbol("W", layer)) if step.l2 else ()
        backward += [
            (symbol("dW", layer), "{}={}", dZ, r"\,", inputs(layer, r"\top"), *decay),
            (symbol("db", layer), "{}={}", dZ),
        ]
    J, J_new = Symbol("of-J", "J"), Symbol("of-new-J", "J")
    A = Symbol(f"of-A{last}", f"A^{{{last}}}_y")
    penalty = r"{}+\tfrac{\lambda}{2m}\sum_l\lVert W^l\rVert^2" if step.l2 else ""
    return {
        "Forward": forward,
        "Loss": [(J, r"{}=-\log ", A, *([penalty] if penalty else []))],
        "Backward": backward,
        "Update": update,
        "Loss after the step": [(J_new, r"\text{ with the new } W, b")],
    }


def _markdown(equation: Equation) -> str:
    """Return an equation for KaTeX whose symbols link to their cards; screen readers read the links' titles."""
    return "".join(
        f'[${part.tex}$](#{part.anchor} "{part.name}")' if isinstance(part, Symbol) else f"${part}$"
        for part in equation
    )


def _highlights(step: Step) -> str:
    """Return the CSS that links symbols and cards: hovering over or focusing one highlights the other."""
    pieces = [part for group in _equations(step).values() for equation in group for part in equation]
    anchors = sorted({part.anchor for part in pieces if isinstance(part, Symbol)})
    lit, marked = [], []
    for anchor in anchors:
        lit.append(f".st-key-step_desk:has(a[href='#{anchor}']:is(:hover, :focus-visible)) #{anchor}")
        marked.append(f".st-key-step_desk:has(#{anchor}:hover) a[href='#{anchor}']")
    return (
        f"{', '.join(lit)}, .matrix:target {{ outline: 2px solid var(--accent); outline-offset: 4px; }}"
        f"{', '.join(marked)} {{ background: var(--faint); }}"
    )
