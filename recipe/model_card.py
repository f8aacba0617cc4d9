"""The model card of a saved network, written from what its file says of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from data.dataset import DIGITS
from recipe import reading_accuracy
from recipe.cross_validation import REFUSED
from recipe.negatives import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from models.weights import SavedNetwork

_FIGURES = ("Read right", "Refused", "Calibration error")
_SPLITS = {
    "train": "scanned digits it learned from",
    "dev": "scanned digits held out to choose the settings, and to fit temperature and threshold",
    "test": (
        "MNIST's test set; its figure was seen when earlier recipes were tried, from which most settings come; what is "
        "new in this one was chosen without it"
    ),
    "embedded": "the digits that come with the app; {held_out} of them are in dev, and it learned from the others",
}

_PURPOSE = (
    "## What it is for\n\n"
    "It reads one handwritten digit, 0 to 9, drawn on the app's canvas or given as an image in the form of MNIST: "
    "28×28, light ink on dark, the digit scaled into 20×20 and centred by mass. It was trained on images set "
    "upright, and needs them so: `models/reader.py` sees to that, and `ink/mnist_format.py` brings a drawing into that "
    "form.\n\n"
    "It is not for anything that matters: not for cheques, forms, post or exams. It learned from digits scanned in "
    "the United States around 1990 and from some dozens of people with a pen on a tablet in the 1990s; digits are "
    "written otherwise elsewhere, and by children."
)


def text(saved: SavedNetwork, path: Path) -> str:
    """Return the card in Markdown.

    Args:
        saved: what was loaded from `path`, with `about` as recipe.shipped_network writes it.
        path: the file, for its name, size and checksum.
    """
    about, network = saved.about, saved.network
    content = path.read_bytes()
    held_out = {"held_out": len(about["embedded_held_out"])}
    sections = [
        f"# {about['name']}\n\nWritten by `python -m recipe`; figures are measured, not typed. Do not edit.",
        "## The file\n\n"
        + _table(
            ("", "Value"),
            [
                ("File", f"`{path.name}`"),
                ("Size, bytes", f"{len(content):,}"),
                ("SHA-256", f"`{hashlib.sha256(content).hexdigest()}`"),
                ("Layers", "-".join(map(str, network.sizes))),
                ("Activation", network.activation),
                ("Output", "softmax"),
                ("Parameters", f"{network.vector.size:,}"),
                ("Type", about["hyperparameters"]["stored_as"]),
                ("Temperature", f"{about['temperature']:.4f}"),
                ("Refused above", f"{about['refusal']['threshold']:.4f}"),
            ],
        ),
        _PURPOSE,
        "## How it was trained\n\n"
        + _table(
            ("Hyperparameter", "Value"),
            [(f"`{name}`", _plain(value)) for name, value in about["hyperparameters"].items()],
        )
        + "\n\n"
        + _made_of(about["hyperparameters"])
        + "Cross-entropy, mini-batches, α falling to 0 along half a cosine; the weights kept are a running "
        "average. An epoch holds each scanned digit once, some drawings of each recorded digit as other hands would "
        "have written it (`recipe/stroke_variation.py`), and made-up drawings that are no digit "
        "(`recipe/negatives/catalogue.py`), all distorted anew (`nn/augmentation.py`). What each setting means "
        "stands in `recipe/hyperparameters.py` and `recipe/training_set.py`.",
        "## Data\n\n"
        + _table(("File", "SHA-256"), [(f"`{name}`", f"`{value}`") for name, value in about["data"].items()])
        + "\n\n"
        + _licences(about),
        "## Scanned digits\n\n"
        + _table(
            ("Split", "Digits", *_FIGURES, "Of"),
            [
                (name, f"{about['examples'][name]:,}", *_figures(scores), _SPLITS[name].format_map(held_out))
                for name, scores in about["scores"].items()
            ],
        )
        + "\n\nRead right: the likeliest digit is the true one, whether it was refused or not. Calibration error: "
        "expected calibration error, 15 bins (Guo et al., 2017, equation 3).",
        "## Confusion matrix\n\nOn test: a row for each digit that was written, a column for each that was read.\n\n"
        + _table(
            ("written", *DIGITS),
            [(name, *(f"{count:,}" for count in row)) for name, row in zip(DIGITS, about["confusion"], strict=True)],
        ),
        "## Drawn digits\n\n" + _unseen(about["cross_validation"]) + "\n\n" + _seen(about["drawn"]),
        "## What is no digit\n\n" + _others(about),
    ]
    return "\n\n".join(sections) + "\n"


def _made_of(hyperparameters: Mapping[str, Any]) -> str:
    """How the network came to be one: a sentence or two, or nothing where one was trained."""
    if hyperparameters["networks"] == 1:
        return ""
    return (
        f"{hyperparameters['networks']} networks, each with {_plain(hyperparameters['hidden_sizes'])} units in its "
        "hidden layer, learned the same from first weights, an order and distortions of their own. They stand side by "
        "side in this one, whose logits are the mean of theirs (`nn/ensemble.py`); its hidden units were never trained "
        "all together. "
    )


def _figures(scores: Mapping[str, float]) -> tuple[str, str, str]:
    """The cells under _FIGURES."""
    return f"{scores['right']:.2%}", f"{scores['refused']:.2%}", f"{scores['calibration_error']:.2%}"


def _licences(about: Mapping[str, Any]) -> str:
    scanned = (
        "MNIST, LeCun, Cortes and Burges, 1998. Licence: CC BY-SA 3.0; the digits of the project are a part of it."
    )
    if about["ink"] is None:
        return scanned + " No recorded digits were there to learn from."
    return (
        f"{scanned} `{about['ink']}`: Alpaydin and Alimoglu, *Pen-Based Recognition of Handwritten Digits, original "
        "unnormalized version*, UCI Machine Learning Repository, 1998. Licence: CC BY 4.0."
    )


def _unseen(figures: Mapping[str, Any] | None) -> str:
    """Digits by writers that a network never saw."""
    if figures is None:
        return (
            "How writers are read whom it has never seen was not measured: `python -m recipe --folds 5`, with "
            "DIGIT_LAB_INK naming recorded digits, does it."
        )
    return (
        f"It learned from all {figures['writers']} writers, so that none is left to measure it on. "
        f"{figures['folds']} networks of the same recipe, each without a fifth of the writers and trained for "
        "`fold_epochs` epochs, were measured on those that they never saw, with a temperature and a threshold fitted "
        "to the others' (`python -m recipe --folds 5`):\n\n"
        + _drawn(figures, "unseen, ")
        + f"\n\nFrom strokes, by writer: {min(figures['by_writer'].values()):.2%} to "
        f"{max(figures['by_writer'].values()):.2%}, standard deviation {100 * figures['spread']:.2f} points. "
        "Some of these writers' figures were seen when settings were tried.\n\n"
        + _table(
            ("Writer, unseen", *figures["by_writer"]),
            [("read right, %", *(f"{100 * share:.1f}" for share in figures["by_writer"].values()))],
        )
    )


def _seen(figures: Mapping[str, Any] | None) -> str:
    """Digits by writers that it learned from."""
    if figures is None:
        return "It has learned from no recorded digits."
    return (
        "The shipped network on the same digits, which it has learned from: a check of the file, and no measure of "
        "how it reads a stranger.\n\n" + _drawn(figures, "learned, ")
    )


def _drawn(figures: Mapping[str, Any], which: str) -> str:
    smallest, *_, largest = reading_accuracy.SIZES
    return (
        _table(
            ("Drawn", *_FIGURES),
            [
                (f"{which}from strokes", *_figures(figures["strokes"])),
                *(
                    (f"{which}from pixels, pen of {pen} px", *_figures(scores))
                    for pen, scores in figures["pixels"].items()
                ),
            ],
        )
        + f"\n\n{figures['digits']:,} digits of {figures['writers']} writers; pixels on some of them, {smallest} to "
        f"{largest} px tall or wide on a canvas of {reading_accuracy.CANVAS} px."
    )


def _others(about: Mapping[str, Any]) -> str:
    """How it refuses, and how much of what it refuses."""
    figures = about["cross_validation"]
    unseen = (
        f" The networks that leave out writers refuse {figures['unseen_others']:.1%} of those kinds."
        if figures is not None
        else ""
    )
    shares = about["others"]
    return (
        "Blank paper and a dot are told without the network. Otherwise the network's eleventh output, trained on "
        "made-up drawings, gives the probability that it is no digit; above the threshold it is refused. The "
        f"threshold refuses at most {REFUSED:.1%} of digits held out: of dev, of strokes and of pixels by writers left "
        "out. Where a wide gap parts a drawing, or any clear gap a refused one, and each part is read as a digit, it "
        "says that it reads one at a time.\n\n"
        f"{reading_accuracy.OF_EACH_KIND} drawings of each kind, made anew; the kinds in the lower rows were "
        f"kept out of training wholly, and tell how things are refused that nobody thought of.{unseen}\n\n"
        + _table(
            ("Kind", f"Refused, of {reading_accuracy.OF_EACH_KIND}", "In training"),
            [
                (kind, f"{round(shares[kind] * reading_accuracy.OF_EACH_KIND)}", trained)
                for kinds, trained in ((catalogue.TRAINED, "yes"), (catalogue.UNSEEN, "no"))
                for kind in kinds
                if kind in shares
            ],
        )
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
