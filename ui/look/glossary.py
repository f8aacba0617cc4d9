"""The glossary: explains each technical term in a sentence or two, wherever it is used.

A term shows its meaning on hover and keyboard focus; screen readers read it from the list at the end of the page.
"""

import re

from markupsafe import Markup

from language.translation import N_, _
from nn.activations import ACTIVATIONS
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("look/glossary.html.j2")

TERM = re.compile(r"<term (?P<key>\w+)>(?P<words>.*?)</term>")

GLOSSARY = {
    "activation": (
        N_("Activation, a"),
        N_("A unit's output: the activation function of its pre-activation, a = f(z)."),
    ),
    "alpha": (N_("Alpha, α"), N_("The step size, or learning rate: how far each step moves against the gradient.")),
    "backpropagation": (
        N_("Backpropagation"),
        N_("The chain rule applied layer by layer, from the loss back: it gives the gradient for all weights at once."),
    ),
    "bias": (N_("Bias"), N_("A number added to a unit's weighted sum, whatever the input.")),
    "central": (
        N_("Central difference"),
        N_("The measured slope of the loss: move one weight by ε to either side and divide the difference by 2ε."),
    ),
    "cross_entropy": (
        N_("Cross-entropy"),
        N_(
            "−log of the probability given to the right class: 0 when certain and right, larger the more wrong."
            " In nats."
        ),
    ),
    "dead": (
        N_("Dead unit"),
        N_("A hidden unit that outputs 0 for every example. No gradient flows through it, so it stops learning."),
    ),
    "dev": (N_("Dev"), N_("Examples held out for comparing settings. The network never trains on them.")),
    "epoch": (N_("Epoch"), N_("One pass over all training examples.")),
    "gradient": (
        N_("Gradient"),
        N_(
            "How the loss changes with each weight. It points the way the loss grows fastest;"
            " descent goes the other way."
        ),
    ),
    "hidden": (
        N_("Hidden unit"),
        N_("One number between the pixels and the answer: a weighted sum, then an activation."),
    ),
    "lambda": (
        N_("Lambda, λ"),
        N_("How strongly large weights are penalized: the loss adds λ/(2m) times the sum of their squares."),
    ),
    "logit": (N_("Logit"), N_("A class's score from the last layer, before softmax: any number. The largest wins.")),
    "loss": (N_("Loss, J"), N_("What training minimizes: the cross-entropy plus the penalty on large weights.")),
    "mini_batch": (N_("Mini-batch"), N_("The few examples that one step learns from. On this page, just one.")),
    "pre_activation": (
        N_("Pre-activation"),
        N_("A unit's weighted sum plus its bias, z = Σ w·x + b, before the activation."),
    ),
    "softmax": (
        N_("Softmax"),
        N_("Turns logits into probabilities: e to the power of each, divided by the sum of them all."),
    ),
    "temperature": (
        N_("Temperature, T"),
        N_(
            "Logits are divided by T before softmax, so that “90% sure” is right nine times in ten. Above 1: less sure."
        ),
    ),
    "weight": (N_("Weight"), N_("What an input is multiplied by on its way into a unit. Positive: evidence for.")),
}


def entries() -> dict[str, tuple[str, str]]:
    """Return the word and the meaning of every term in English, including the activations."""
    return GLOSSARY | {name: (activation.label, activation.meaning) for name, activation in ACTIVATIONS.items()}


def meaning(key: str) -> str:
    """Return what a term means, for a widget's tooltip."""
    return _(entries()[key][1])


def term(key: str, text: str) -> Markup:
    """Return a term as HTML that shows its meaning on hover and focus."""
    return TEMPLATES.term(key=key, text=text, meaning=meaning(key))


def explained(text: Markup) -> Markup:
    """Return HTML in which each `<term key>words</term>` shows the meaning of the term."""
    html = TERM.sub(lambda found: term(found["key"], Markup(found["words"])), text)  # noqa: S704 - part of the text
    return Markup(html)  # noqa: S704 - the text was safe


def glossary() -> Markup:
    """Return the whole glossary as collapsed HTML; a page that shows terms must include it once."""
    told = {key: (_(word), _(sentence)) for key, (word, sentence) in entries().items()}
    return TEMPLATES.glossary(entries=sorted(told.items(), key=lambda entry: entry[1][0].lower()))
