"""The equations of one step, in the order in which they are computed, and the links between symbols and matrices."""

from dataclasses import dataclass

from language.translation import N_, _
from nn.activations import ACTIVATIONS
from nn.walkthrough import Step


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
        symbol = self.anchor.removeprefix("of-")
        updated = symbol.removeprefix("new-")
        return symbol if symbol == updated else _("new {symbol}", symbol=updated)


Equation = tuple[Symbol | str, ...]
"""An equation as a sequence of symbols and the TeX between them."""


def anchors(equation: Equation) -> tuple[str, tuple[str, ...]]:
    """Return the card of the matrix that an equation computes, and those of the matrices it is computed from."""
    computed, *used = [part.anchor for part in equation if isinstance(part, Symbol)]
    return computed, tuple(used)


def equations(step: Step) -> dict[str, list[Equation]]:
    """Return all equations of the step in order of computation, by the English name of their group."""
    last = len(step.layers)
    functions = [*(ACTIVATIONS[name].tex for name in step.activations), r"\mathrm{softmax}"]

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
        forward += [
            (Z, "{}={}", W, r"\,", inputs(layer), "{}+{}", b),
            (symbol("A", layer), f"{{}}={functions[layer - 1]}(", Z, ")"),
        ]
        for letter in ("W", "b"):
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
            derivative = rf"{{}}\circ{functions[layer - 1]}'("
            backward.append((dZ, "{}={}", W, r"\,", symbol("dZ", layer + 1), derivative, symbol("Z", layer), ")"))
        decay: Equation = (r"{}+\tfrac{\lambda}{m}\,", symbol("W", layer)) if step.l2 else ()
        backward += [
            (symbol("dW", layer), "{}={}", dZ, r"\,", inputs(layer, r"\top"), *decay),
            (symbol("db", layer), "{}={}", dZ),
        ]
    J, J_new = Symbol("of-J", "J"), Symbol("of-new-J", "J")
    A = Symbol(f"of-A{last}", f"A^{{{last}}}_y")
    penalty = r"{}+\tfrac{\lambda}{2m}\sum_l\lVert W^l\rVert^2" if step.l2 else ""
    with_new = _("with the new {parameters}", parameters=r"} W, b\text{")  # each language has its own order
    return {
        N_("Forward"): forward,
        N_("Loss"): [(J, r"{}=-\log ", A, *([penalty] if penalty else []))],
        N_("Backward"): backward,
        N_("Update"): update,
        N_("Loss after the step"): [(J_new, rf"\text{{ {with_new}}}")],
    }


def markdown(equation: Equation) -> str:
    """Return an equation for KaTeX whose symbols link to their cards; screen readers read the links' titles."""
    return "".join(
        f'[${part.tex}$](#{part.anchor} "{part.name}")' if isinstance(part, Symbol) else f"${part}$"
        for part in equation
    )


def highlights(step: Step) -> str:
    """Return the CSS that links symbols and cards: hovering over or focusing one highlights the other."""
    pieces = [part for group in equations(step).values() for equation in group for part in equation]
    anchors = sorted({part.anchor for part in pieces if isinstance(part, Symbol)})
    lit, marked = [], []
    for anchor in anchors:
        lit.append(f".st-key-step_desk:has(a[href='#{anchor}']:is(:hover, :focus-visible)) #{anchor}")
        marked.append(f".st-key-step_desk:has(#{anchor}:hover) a[href='#{anchor}']")
    return (
        f"{', '.join(lit)}, .matrix:target {{ outline: 2px solid var(--accent); outline-offset: 4px; }}"
        f"{', '.join(marked)} {{ background: var(--faint); }}"
    )
