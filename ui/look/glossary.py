"""The glossary: each technical term explained in a sentence or two, wherever it is used.

A term shows its meaning on hover and keyboard focus; screen readers read it from the list at the end of the page.
"""

from markupsafe import Markup

from nn.activations import ACTIVATIONS
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("look/glossary.html.j2")

GLOSSARY = {
    "activation": ("Activation", "A unit's output: the activation function of its pre-activation, a = f(z)."),
    "alpha": ("Alpha, α", "The step size, or learning rate: how far each step moves against the gradient."),
    "backpropagation": (
        "Backpropagation",
        "The chain rule applied layer by layer, from the loss back: it gives the gradient for all weights at once.",
    ),
    "bias": ("Bias", "A number added to a unit's weighted sum, whatever the input."),
    "central": (
        "Central difference",
        "The measured slope of the loss: move one weight by ε to either side and divide the difference by 2ε.",
    ),
    "cross_entropy": (
        "Cross-entropy",
        "−log of the probability given to the right class: 0 when certain and right, larger the more wrong. In nats.",
    ),
    "dead": (
        "Dead unit",
        "A hidden unit that outputs 0 for every example. No gradient flows through it, so it stops learning.",
    ),
    "dev": ("Dev", "Examples held out for comparing settings. The network never trains on them."),
    "epoch": ("Epoch", "One pass over all training examples."),
    "gradient": (
        "Gradient",
        "How the loss changes with each weight. It points the way the loss grows fastest; descent goes the other way.",
    ),
    "hidden": ("Hidden unit", "One number between the pixels and the answer: a weighted sum, then an activation."),
    "lambda": (
        "Lambda, λ",
        "How strongly large weights are penalized: the loss adds λ/(2m) times the sum of their squares.",
    ),
    "logit": ("Logit", "A class's score from the last layer, before softmax: any number. The largest wins."),
    "loss": ("Loss, J", "What training minimizes: the cross-entropy plus the penalty on large weights."),
    "mini_batch": ("Mini-batch", "The few examples that one step learns from. On this page, just one."),
    "pre_activation": ("Pre-activation", "A unit's weighted sum plus its bias, z = Σ w·x + b, before the activation."),
    "softmax": ("Softmax", "Turns logits into probabilities: e to the power of each, divided by the sum of them all."),
    "temperature": (
        "Temperature, T",
        "Logits are divided by T before softmax, so that “90% sure” is right nine times in ten. Above 1: less sure.",
    ),
    "weight": ("Weight", "What an input is multiplied by on its way into a unit. Positive: evidence for."),
}


def entries() -> dict[str, tuple[str, str]]:
    """Return the word and the meaning of every term, including the activations."""
    return GLOSSARY | {name: (activation.label, activation.meaning) for name, activation in ACTIVATIONS.items()}


def meaning(key: str) -> str:
    """Return what a term means, for a widget's tooltip."""
    return entries()[key][1]


def term(key: str, text: str) -> Markup:
    """Return a term as HTML that shows its meaning on hover and focus."""
    return TEMPLATES.term(key=key, text=text, meaning=meaning(key))


def glossary() -> Markup:
    """Return the whole glossary as collapsed HTML; a page that uses `term` needs it once."""
    return TEMPLATES.glossary(entries=sorted(entries().items(), key=lambda entry: entry[1][0].lower()))
