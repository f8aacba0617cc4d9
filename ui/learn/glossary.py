"""The words of the trade, each in a sentence or two: one table, read wherever a word stands.

A word shows its meaning under the pointer and under the keyboard's focus; a screen reader is told it from the list at
the end of the page.
"""

from html import escape

GLOSSARY = {
    "activation": ("Activation", "What a unit passes on: the activation function of its pre-activation, a = f(z)."),
    "alpha": ("Alpha, α", "The step size, or learning rate: how far a step goes against the gradient."),
    "backpropagation": (
        "Backpropagation",
        "The chain rule, layer by layer from the loss back: it gives the gradient by all weights at once.",
    ),
    "bias": ("Bias", "A number that a unit adds to its weighted sum, whatever the input."),
    "central": (
        "Central difference",
        "The slope of the loss, measured: one weight is moved by ε to either side, and the difference divided by 2ε.",
    ),
    "cross_entropy": (
        "Cross-entropy",
        "−log of the probability that the right class is given: 0 for certainty, the greater the more wrong. In nats.",
    ),
    "dead": (
        "Dead unit",
        "A ReLU that is 0 for every example. No gradient passes it, so that it learns no more.",
    ),
    "dev": ("Dev", "Examples held out to compare settings on. The network never learns from them."),
    "epoch": ("Epoch", "One pass over all training examples."),
    "gradient": (
        "Gradient",
        "How the loss changes with each weight: the direction in which it grows fastest. Descent goes the other way.",
    ),
    "hidden": ("Hidden unit", "One number between the pixels and the answer: a weighted sum, then an activation."),
    "lambda": (
        "Lambda, λ",
        "How strongly large weights are held back: the loss adds λ/(2m) times the sum of their squares.",
    ),
    "logit": ("Logit", "What the last layer gives for a class before softmax: any number, the largest is read."),
    "loss": ("Loss, J", "What training makes small: the cross-entropy, and the penalty on large weights."),
    "mini_batch": ("Mini-batch", "The few examples that one step looks at. On this page it is one."),
    "pre_activation": ("Pre-activation", "A unit's weighted sum with its bias, z = Σ w·x + b, before the activation."),
    "relu": ("ReLU", "Rectified linear unit, max(0, z): what is below 0 becomes 0, the rest stays as it is."),
    "sigmoid": ("Sigmoid", "1/(1 + e⁻ᶻ): any number becomes one between 0 and 1."),
    "softmax": ("Softmax", "Makes probabilities of logits: each e to the power of z, over the sum of them all."),
    "tanh": ("tanh", "The hyperbolic tangent: any number becomes one between −1 and 1."),
    "temperature": (
        "Temperature, T",
        "What logits are divided by before softmax, so that 90% sure is right nine times of ten. Above 1: less sure.",
    ),
    "weight": ("Weight", "What an input is multiplied by on its way into a unit: above 0 it speaks for it."),
}


def meaning(key: str) -> str:
    """Return what a word means, for the help of a widget."""
    return GLOSSARY[key][1]


def term(key: str, shown: str) -> str:
    """Return a word as HTML that shows its meaning under pointer and focus; `shown` is HTML of ours."""
    return (
        f"<span class='term' tabindex='0' role='note' aria-describedby='meaning_{key}'>{shown}"
        f"<span class='meaning' aria-hidden='true'>{escape(meaning(key))}</span></span>"
    )


def whole() -> str:
    """Return the whole table as HTML, folded; a page with `term` on it needs it once."""
    entries = sorted(GLOSSARY.items(), key=lambda entry: entry[1][0].lower())
    rows = "".join(
        f"<div><dt>{escape(word)}</dt><dd id='meaning_{key}'>{escape(sense)}</dd></div>"
        for key, (word, sense) in entries
    )
    return f"<details class='glossary'><summary>Glossary</summary><dl>{rows}</dl></details>"
