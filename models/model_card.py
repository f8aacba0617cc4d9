"""The model card of a saved network, written from what its file says of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from models import measurements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from models.weights import SavedNetwork

_SPLITS = {
    "train": "MNIST training set, what the network learned from",
    "dev": "MNIST training set, held out to choose the settings",
    "test": "MNIST test set; shown beside dev when settings were tried, but they were chosen on dev",
    "embedded": "the digits that come with the app; nearly all are among train",
}

_PURPOSE = (
    "## What it is for\n\n"
    "It reads one handwritten digit, 0 to 9, drawn on the app's canvas or given as an image in the form of MNIST: "
    "28×28, light ink on dark, the digit scaled into 20×20 and centred by mass (`data/ink.py` brings a drawing "
    "into that form).\n\n"
    "It is not for anything that matters: not for cheques, forms, post or exams. It knows ten digits and nothing "
    "else, so it names a digit for a letter or a scribble too, and its probabilities are not calibrated. It "
    "learned from digits written in the United States around 1990; a 1 with a long upstroke, a 7 with a bar, or "
    "a 9 with a curled foot is read less well."
)


def text(saved: SavedNetwork, path: Path) -> str:
    """Return the card in Markdown.

    Args:
        saved: what was loaded from `path`, with `about` as models.recipe writes it.
        path: the file, for its name, size and checksum.
    """
    about, network = saved.about, saved.network
    content = path.read_bytes()
    confusion = about["confusion"]
    sections = [
        f"# {about['name']}\n\nWritten by `python -m models.recipe`; figures are measured, not typed. Do not edit.",
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
                ("Type", str(network.dtype)),
            ],
        ),
        _PURPOSE,
        "## How it was trained\n\n"
        + _table(
            ("Hyperparameter", "Value"),
            [(f"`{name}`", _plain(value)) for name, value in about["hyperparameters"].items()],
        )
        + "\n\nCross-entropy, mini-batches, α falling to 0 along half a cosine. Each image is distorted anew in each "
        "epoch (`nn/augmentation.py`). What each setting means stands in `models/recipe.py`.",
        "## Data\n\n"
        + _table(("File", "SHA-256"), [(f"`{name}`", f"`{value}`") for name, value in about["data"].items()])
        + "\n\nMNIST, LeCun, Cortes and Burges, 1998. Licence: CC BY-SA 3.0.",
        "## Accuracy\n\n"
        + _table(
            ("Split", "Digits", "Read right", "Of"),
            [
                (name, f"{about['examples'][name]:,}", f"{share:.2%}", _SPLITS[name])
                for name, share in about["accuracy"].items()
            ],
        ),
        "## Confusion matrix\n\nOn test: a row for each digit that was written, a column for each that was read.\n\n"
        + _table(
            ("written", *saved.classes),
            [(name, *(f"{count:,}" for count in row)) for name, row in zip(saved.classes, confusion, strict=True)],
        ),
        "## Drawn digits\n\n" + _drawn(about.get("drawn")),
    ]
    return "\n\n".join(sections) + "\n"


def _drawn(drawn: Mapping[str, Any] | None) -> str:
    how = "`DIGIT_LAB_INK=pendigits-orig.tra.gz python -m models.recipe --measure`"
    if drawn is None:
        return f"Not measured: {how} does it."
    smallest, *_, largest = measurements.SIZES
    return (
        f"Measured by {how} on digits written with a pen on a tablet, none of which it learned from: "
        "Alpaydin and Alimoglu, *Pen-Based Recognition of Handwritten Digits, original unnormalized version*, UCI "
        "Machine Learning Repository, 1998 (CC BY 4.0). These figures too were seen when settings were tried.\n\n"
        + _table(
            ("Drawn", "Read right"),
            [
                ("from strokes", f"{drawn['strokes']:.2%}"),
                ("from strokes, worst writer", f"{drawn['worst_writer']:.2%}"),
                ("from strokes, best writer", f"{drawn['best_writer']:.2%}"),
                *((f"from pixels, pen of {pen} px", f"{share:.2%}") for pen, share in drawn["pixels"].items()),
            ],
        )
        + f"\n\n{drawn['digits']:,} digits of {drawn['writers']} writers; pixels on every {measurements.EVERY}th of "
        f"them, {smallest} to {largest} px tall or wide on a canvas of {measurements.CANVAS} px. "
        f"SHA-256 of `{drawn['file']}`: `{drawn['sha256']}`."
    )


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
