"""Presets: settings that answer a question, with what to expect and what to watch; some ask for a prediction first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from language.translation import N_
from training.prediction import Prediction
from training.settings import FULL_BATCH, Settings

DATA_SETTINGS = ("dataset", "dev_size", "test_size", "seed")
"""Settings that a preset does not change: the data and the seed."""


@dataclass(frozen=True)
class Preset:
    """Settings that answer a question; its texts are for `_`.

    Attributes:
        name: What is tried, to follow "Try".
        question: The question that the settings answer.
        expect: What happens, with figures for the embedded digits; shown only afterwards if it is to be predicted.
        watch: What to watch while it happens, and what to try next.
        values: The settings that differ from the defaults, by name; for another page, what is set there.
        prediction: What to predict before the run, if anything.
        setup: What is done, without the outcome; shown before a prediction.
        page: The path of the page that shows it, instead of a run on Train.
    """

    name: str
    question: str
    expect: str
    watch: str
    values: Mapping[str, Any]
    prediction: Prediction | None = None
    setup: str = ""
    page: str = ""

    def settings(self, current: Settings) -> Settings:
        """Return the preset's settings with the data and the seed of the current ones."""
        return replace(Settings(), **{name: getattr(current, name) for name in DATA_SETTINGS}, **self.values)

    def matches(self, settings: Settings) -> bool:
        """Return whether these are the preset's settings, ignoring the data and the seed."""
        return not self.page and settings == self.settings(settings)


PRESETS = (
    Preset(
        # Translators: follows “Try”
        N_("20% wrong labels"),
        N_("Does it learn wrong labels?"),
        N_("It learns over 99% of them by heart, and pays for it: dev falls from 90% to below 80%."),
        N_("Train is drawn twice: by the labels given, and by the true ones. Which rises first, and do they cross?"),
        {"wrong_labels": 20, "epochs": 150},
        Prediction(N_("How many of the labels given, wrong ones included, will it know?"), "train_accuracy", (80, 95)),
        N_("A fifth of the training labels are wrong, at random. Each digit is seen 150 times."),
    ),
    Preset(
        # Translators: follows “Try”
        N_("early stopping"),
        N_("Does stopping early help?"),
        N_(
            "It gives up after 21 to 24 of 150 epochs. Dev ends between 88 and 92%, at least ten points above a full"
            " run."
        ),
        N_("On dev the loss turns before the accuracy does. How far apart are train and true when it stops?"),
        {"wrong_labels": 20, "epochs": 150, "patience": 5},
        Prediction(N_("Where will dev end?"), "dev_accuracy", (75, 85)),
        N_(
            "The same wrong labels, but the run ends once the loss on dev has not fallen for 5 epochs, with its best "
            "weights. Without, dev ends below 80%."
        ),
    ),
    Preset(
        # Translators: follows “Try”
        N_("ten digits per class"),
        N_("Are 100 digits enough?"),
        N_(
            "Train is at 100% within a few epochs, dev between 76 and 79%: ten 4s do not show all the ways to write"
            " a 4."
        ),
        N_("Train reaches its end soon. Then try the same digits distorted."),
        {"per_class": 10, "batch_size": 10, "epochs": 200},
        Prediction(N_("Where will dev end?"), "dev_accuracy", (70, 85)),
        N_("Ten training digits of each class instead of 400, each seen 200 times."),
    ),
    Preset(
        # Translators: follows “Try”
        N_("ten digits, distorted"),
        N_("Can distortion replace digits?"),
        N_("Dev ends between 85 and 88%, 7 to 11 points above the same digits undistorted."),
        N_(
            "The loss on train falls more slowly, because no digit ever looks the same twice. "
            "Is dev above where it was without?"
        ),
        {"per_class": 10, "batch_size": 10, "distortion": "on", "epochs": 200},
        Prediction(N_("Where will dev end?"), "dev_accuracy", (80, 90)),
        N_("Ten training digits of each class, bent a little differently each of the 200 times they are seen."),
    ),
    Preset(
        # Translators: follows “Try”
        N_("the sure-but-wrong dream"),
        N_("Is sure the same as right?"),
        N_("It is this sure of every class: softmax only compares classes and cannot say “none of these”."),
        N_("Ten pictures climb from the same noise. Would you read them as the network does?"),
        {"look_view": N_("Dreams"), "dream_kind": N_("Classes")},
        Prediction(N_("How sure will it be that the picture is a 3?"), "certainty", (50, 90)),
        N_("A small network looks at noise, whose pixels then change, step by step, into what it likes best as a 3."),
        page="look",
    ),
    Preset(
        # Translators: follows “Try”
        N_("one pixel's worth of ε"),
        N_("Can one pixel's worth undo it?"),
        N_("From 79% on dev, 58% are left. As much noise at random costs it next to nothing."),
        N_("Move Random signs to the same ε. Then look at what was added, magnified."),
        {"fgsm": 0.03},
        Prediction(N_("How much of dev will it still read?"), "dev_accuracy", (50, 70)),
        N_(
            "A small network reads 79% of dev. Now all 784 pixels move by ε = 0.03, each the way that hurts most: "
            "in all (√Σ²) less than one pixel from paper to ink."
        ),
        page="break",
    ),
    Preset(
        # Translators: follows “Try”
        N_("the blog post's network"),
        N_("Can ten hidden units read?"),
        N_("784-10-10, trained on all digits at every step. Dev ends above 80%."),
        N_("Ten weight pictures take shape, most of it in the first 200 of 500 steps. Then try 64 units."),
        {"hidden_size": 10, "initializer": "uniform", "batch_size": FULL_BATCH, "epochs": 500},
    ),
    Preset(
        # Translators: follows “Try”
        N_("no hidden layer"),
        N_("Is a hidden layer needed?"),
        N_("The pixels are evidence for the digits directly. Dev levels off near 90%."),
        N_("Each digit's weights turn into its picture. Train keeps rising after dev has stopped."),
        {"hidden_layers": 0, "epochs": 60},
    ),
    Preset(
        # Translators: follows “Try”
        N_("too large an α"),
        N_("What if steps are far too large?"),
        N_("At α = 5 each step overshoots: the loss passes 100, then settles at 2.3, the loss of guessing."),
        N_("The loss jumps in the first 20 steps and no later step repairs it. Then set α to 0.1 and press Reset."),
        {"learning_rate": 5.0, "epochs": 20},
    ),
    Preset(
        # Translators: follows “Try”
        N_("dead ReLUs"),
        N_("Can a hidden unit die?"),
        N_(
            "At α = 1 the first steps leave about half of the units at 0 for every digit, where no gradient reaches"
            " them."
        ),
        N_("Half of the weight pictures stop changing. The others reach 90% on dev without them."),
        {"learning_rate": 1.0, "epochs": 40},
    ),
    Preset(
        # Translators: follows “Try”
        N_("heavy λ"),
        N_("Can weights be too small?"),
        N_("At λ = 1000 large weights cost more than mistakes. Dev ends below 70%."),
        N_("Accuracy rises, then sinks as the weights fade, on train and dev alike. Then lower λ while it runs."),
        {"l2": 1000.0, "epochs": 60},
    ),
    Preset(
        # Translators: follows “Try”
        N_("Adam against a tiny α"),
        N_("Can Adam make up for a tiny α?"),
        N_("At α = 0.001 gradient descent crawls: below 60% on dev after 600 steps."),
        N_("Switch the optimizer to Adam while it runs: the curves bend, as each weight gets a step size of its own."),
        {"learning_rate": 0.001, "epochs": 200},
    ),
)
