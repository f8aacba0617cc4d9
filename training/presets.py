"""Presets: settings that answer a question, with what to expect and what to watch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from training.settings import FULL_BATCH, Settings

DATA_SETTINGS = ("dataset", "dev_size", "test_size", "seed")
"""Settings that a preset does not change: the data and the seed."""


@dataclass(frozen=True)
class Preset:
    """Settings that answer a question.

    Attributes:
        name: What is tried, to follow "Try".
        question: The question that they answer.
        expect: What happens, with figures that hold for the embedded digits.
        watch: What to watch while it happens, and what to try next.
        values: The settings that differ from the defaults, by name.
    """

    name: str
    question: str
    expect: str
    watch: str
    values: Mapping[str, Any]

    def settings(self, current: Settings) -> Settings:
        """Return the preset's settings with the data and the seed of the current ones."""
        return replace(Settings(), **{name: getattr(current, name) for name in DATA_SETTINGS}, **self.values)

    def matches(self, settings: Settings) -> bool:
        """Return whether these are the preset's settings, ignoring the data and the seed."""
        return settings == self.settings(settings)


PRESETS = (
    Preset(
        "the blog post's network",
        "Can ten hidden units read?",
        "784-10-10, trained on all digits at every step. Dev ends above 80%.",
        "Ten weight pictures take shape, most of it in the first 200 of 500 steps. Then try 64 units.",
        {"hidden_size": 10, "initializer": "uniform", "batch_size": FULL_BATCH, "epochs": 500},
    ),
    Preset(
        "no hidden layer",
        "Is a hidden layer needed?",
        "The pixels are evidence for the digits directly. Dev levels off near 90%.",
        "Each digit's weights turn into its picture. Train keeps rising after dev has stopped.",
        {"hidden_layers": 0, "epochs": 60},
    ),
    Preset(
        "too large an α",
        "What if steps are far too large?",
        "At α = 5 each step overshoots: the loss passes 100, then settles at 2.3, the loss of guessing.",
        "The loss jumps in the first 20 steps and no later step mends it. Then set α to 0.1 and press Reset.",
        {"learning_rate": 5.0, "epochs": 20},
    ),
    Preset(
        "dead ReLUs",
        "Can a hidden unit die?",
        "At α = 1 the first steps leave about half of the units at 0 for every digit, where no gradient reaches them.",
        "Half of the weight pictures stop changing. The others reach 90% on dev without them.",
        {"learning_rate": 1.0, "epochs": 40},
    ),
    Preset(
        "heavy λ",
        "Can weights be too small?",
        "At λ = 1000 large weights cost more than mistakes. Dev ends below 70%.",
        "Accuracy rises, then sinks as the weights fade, on train and dev alike. Then lower λ while it runs.",
        {"l2": 1000.0, "epochs": 60},
    ),
    Preset(
        "Adam against a tiny α",
        "Can Adam make up for a tiny α?",
        "At α = 0.001 gradient descent crawls: below 60% on dev after 600 steps.",
        "Switch the optimizer to Adam while it runs: the curves bend, as each weight gets a step size of its own.",
        {"learning_rate": 0.001, "epochs": 200},
    ),
)
