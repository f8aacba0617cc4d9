"""One whole step of learning in real numbers: its equations, and every matrix in them."""

from dataclasses import dataclass

import streamlit as st

from nn.walkthrough import Step, one_step
from training.settings import SETTINGS
from ui.learn import matrix_cards
from ui.learn.followed_digit import Subject
from ui.learn.glossary import meaning, term
from ui.learn.gradient_check import gradient_check
from ui.learn.number_format import apart, probabilities_apart
from ui.widgets.answer import article
from ui.widgets.palette import palette

ALPHA_KEY, L2_KEY = "step_alpha", "step_l2"

ACTIVATIONS = {"relu": r"\mathrm{ReLU}", "tanh": r"\tanh", "sigmoid": r"\sigma"}


@dataclass(frozen=True)
class Symbol:
    """What an equation calls a matrix.

    Attributes:
        anchor: The id of its card.
        tex: How it is set.
    """

    anchor: str
    tex: str

    @property
    def name(self) -> str:
        """What it is called where no formula can be set."""
        return self.anchor.removeprefix("of-").replace("-", " ")


Equation = tuple[Symbol | str, ...]
"""An equation in pieces: symbols, and TeX between them."""


@st.fragment
def one_step_shown(subject: Subject) -> None:
    """Show one step on the digit, and check its gradients; only this part runs again when α or λ is turned."""
    st.html(
        "<h2 class='section part' id='one_step'>One step of learning</h2><p class='note'>Plain descent on a"
        f" {term('mini_batch', 'batch')} of one: this {subject.noun}. As in textbooks, an example is a column here and"
        f" <var>W</var> has a row for each unit; in the code it is transposed.</p>"
    )
    label, alpha, l2 = _choose(subject)
    step = one_step(subject.reader.network, subject.image, label, alpha=alpha, l2=l2, examples=subject.examples)
    st.html(_outcome(step, subject))
    with st.container(key="step_desk"):
        with st.container(key="equations", gap="small"):
            for title, group in _equations(step).items():
                st.html(f"<h3>{title}</h3>")
                st.markdown("\n\n".join(map(_markdown, group)))
        with st.container(key="matrices"):
            st.html(matrix_cards.board(step, subject.outputs, palette()))
    st.html(f"<style>{_highlights(step)}</style>")
    gradient_check(subject, step)


def _choose(subject: Subject) -> tuple[int, float, float]:
    """What the digit is, α and λ."""
    outputs = list(range(len(subject.outputs)))
    with st.container(key="step_choice", horizontal=True, gap="medium"):
        label = st.selectbox(
            "It is",
            outputs,
            index=subject.label,
            format_func=lambda index: subject.outputs[index] if index < len(outputs) else "",
            key=f"it_is_{subject.specimen.origin}_{subject.label}_{len(outputs)}",
            width=130,
            help="What the network is to learn that this is. Of a drawing you know it, and nobody else.",
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
            help=f"{meaning('lambda')} m = {subject.examples:,} training {subject.noun}s.",
            width=230,
            persist_state="session",
        )
    return int(label), float(alpha), float(l2)


def _outcome(step: Step, subject: Subject) -> str:
    """What the step brought, in two lines."""
    name = article(subject.outputs[step.label])
    before, after = (float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after))
    loss = apart(step.loss.total, step.loss_after.total)
    sure = probabilities_apart(before, after)
    rule = subject.reader.decision_rule
    aside = ""
    if rule.temperature != 1 or rule.reject_index is not None:
        aside = f"<p class='note'>In training softmax is over all {len(subject.outputs)} outputs, and T = 1.</p>"
    return (
        f"<div id='outcome'><p><small>{term('loss', 'Loss')} <var>J</var></small>"
        f"<span id='loss_before'>{loss[0]}</span> → "
        f"<b id='loss_after'>{loss[1]}</b></p>"
        f"<p><small>Probability of {name}</small><span id='p_before'>{sure[0]}</span> → "
        f"<b id='p_after'>{sure[1]}</b></p></div>{aside}"
    )


def _equations(step: Step) -> dict[str, list[Equation]]:
    """All equations of the step, in the order in which they are computed."""
    last = len(step.layers)
    f = ACTIVATIONS[step.activation]

    def symbol(letter: str, layer: int) -> Symbol:
        return Symbol(f"of-{letter}{layer}", f"{letter}^{{{layer}}}")

    def before(layer: int, mark: str = "") -> Symbol:
        """The activations that a layer is given."""
        if layer == 1:
            return Symbol("of-X", f"X^{{{mark}}}" if mark else "X")
        return Symbol(f"of-A{layer - 1}", f"A^{{{layer - 1}{mark}}}")

    forward: list[Equation] = []
    backward: list[Equation] = []
    update: list[Equation] = []
    for layer in range(1, last + 1):
        Z, W, b = symbol("Z", layer), symbol("W", layer), symbol("b", layer)
        made = r"\mathrm{softmax}" if layer == last else f
        forward += [(Z, "{}={}", W, r"\,", before(layer), "{}+{}", b), (symbol("A", layer), f"{{}}={made}(", Z, ")")]
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
            slope = rf"{{}}\circ{f}'("
            backward.append((dZ, "{}={}", W, r"\,", symbol("dZ", layer + 1), slope, symbol("Z", layer), ")"))
        decay: Equation = (r"{}+\tfrac{\lambda}{m}\,", symbol("W", layer)) if step.l2 else ()
        backward += [
            (symbol("dW", layer), "{}={}", dZ, r"\,", before(layer, r"\top"), *decay),
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
        "Loss after it": [(J_new, r"\text{ with the new } W, b")],
    }


def _markdown(equation: Equation) -> str:
    """An equation set by KaTeX, each symbol a link to its card; a screen reader is told its title."""
    return "".join(
        f'[${part.tex}$](#{part.anchor} "{part.name}")' if isinstance(part, Symbol) else f"${part}$"
        for part in equation
    )


def _highlights(step: Step) -> str:
    """The rules by which a symbol under pointer or focus lights up its card, and a card its symbols."""
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
