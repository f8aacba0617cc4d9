r"""The notebook of a run: the sections of its script as cells, with explanations, the equations, and the results.

It needs Jupyter with NumPy, pandas and matplotlib, and is written as JSON (nbformat 4.5). Its text comes only from this
project's tables and the name of the run; the names of classes, which may be anything, are read by its code.
"""

import json
from collections.abc import Callable
from string import Template
from typing import Any

from nn.initializers import INITIALIZERS
from training.percentages import plain_chance
from training.pytorch_script import missing, remarks
from training.standalone_script import RunCode, sections, source

_Cell = dict[str, Any]


def notebook(run: RunCode) -> str:
    """Return the notebook of a run, to be opened next to the files of its archive."""
    texts, cells = _texts(run), [_text("title", Template(_TITLE).substitute(name=run.name))]
    for about, code in (sections(run, "pathlib.Path()") | _RESULTS).items():
        key = about.replace("_", "-")
        cells += [_text(f"{key}-text", texts[about]), _code(key, code)]
        if about in _CODE_AFTER:
            cells.append(_code(f"{key}-shown", _CODE_AFTER[about]))
    cells.append(_text("pytorch", _in_pytorch(run)))
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _in_pytorch(run: RunCode) -> str:
    """Say where to find the same network in PyTorch, or why there is none."""
    if lacking := missing(run):
        return (
            f"## In PyTorch\n\nPyTorch has no plain counterpart of {' and '.join(lacking)}: there is no script for it."
        )
    return (
        f"## In PyTorch\n\n`{run.stem}_pytorch.py`, beside this notebook, is the same network in about twenty lines of"
        " PyTorch, which finds the slopes by itself. From the same first weights and batches it comes to the same"
        f" weights, but for rounding. {remarks(run)}".rstrip()
    )


def _text(key: str, text: str) -> _Cell:
    return {"cell_type": "markdown", "id": key, "metadata": {}, "source": text}


def _code(key: str, code: str) -> _Cell:
    return {"cell_type": "code", "execution_count": None, "id": key, "metadata": {}, "outputs": [], "source": code}


def _texts(run: RunCode) -> dict[str, str]:
    """Return the Markdown above each section."""
    initializer = INITIALIZERS[run.settings.initializer]
    texts = dict(_TEXTS)
    if run.settings.wrong_labels:
        texts["data"] += " The training labels are those given, and some of them are wrong."
    texts["initial_weights"] += (
        _GIVEN
        if run.continues
        else f"{_DRAWN}\n\n{initializer.label}: "
        + (f"$$W \\sim {initializer.equation}$$" if initializer.equation else _said_of(initializer.draw))
    )
    for activation in {each.label: each for each in run.activations}.values():
        equation = f"$$f(z) = {activation.equation}$$" if activation.equation else activation.formula
        texts["activations"] += f"\n\n{activation.label}: {equation}"
    for rule in run.rules.values():
        texts["rules"] += f"\n\n{rule.label}: " + (f"$${rule.equations}$$" if rule.equations else _said_of(rule.step))
    penalizes = run.used("l2") and not all(rule.decoupled_decay for rule in run.rules.values())
    penalty, slope = (r" + \frac{\lambda}{2m} \sum_l \lVert W^l \rVert^2", r" + \frac{\lambda}{m} W^l")
    texts["backward"] = Template(texts["backward"]).substitute(
        penalty=penalty if penalizes else "",
        slope=slope if penalizes else "",
        smoothing=_SMOOTHING if run.used("label_smoothing") else "",
    )
    texts["rules"] += _CLIPPING if run.used("clip_norm") else ""
    texts["order"] += _SCHEDULE if run.schedules else ""
    texts["training"] += _GOING_BACK if run.goes_back else ""
    return texts


def _said_of(function: Callable[..., Any]) -> str:
    return (function.__doc__ or "").split("\n")[0]


_TITLE = """\
# $name, step by step

This notebook trains the network of *$name* from Digit Lab again, from its first weights to its last step, with NumPy
alone: every function is the app's own. In the end it compares its weights with those of the app: they are the same, but
for the last bits on another machine.

Run all cells from top to bottom; the files beside the notebook hold the data and the settings. Then change something
and run it again: that is what it is for."""
_TEXTS = {
    "data": """\
## The data

Each image is a row of 28 × 28 = 784 numbers from 0, paper, to 1, ink, and its label is the index of its class. The
network trains on the rows `rows`, and never on `dev`.""",
    "initial_weights": """\
## The first weights

Each layer has a matrix $W$ and a vector $b$.""",
    "activations": """\
## What a hidden unit does

It takes a weighted sum $z$ and returns $f(z)$; learning needs the slope $f'(z)$, too.""",
    "forward": r"""## Forward

With $A^0$ the images, one in each row, and the layers $l = 1 \ldots L$:

$$Z^l = A^{l-1} W^l + b^l, \qquad A^l = f(Z^l), \qquad A^L_{ik} = \frac{e^{Z^L_{ik}}}{\sum_j e^{Z^L_{ij}}}$$

The last one is softmax: probabilities, which add up to 1 in each row.""",
    "backward": r"""## Backward

What is to become small is the surprise at the right labels $$y$$ of a batch of $$n$$ images:

$$$$J = -\frac{1}{n} \sum_i \log A^L_{i y_i}$penalty$$$$

The chain rule gives its slope by every weight, from the last layer to the first ($$Y$$: the labels, one-hot):

$$$$dZ^L = \frac{A^L - Y}{n}, \qquad dW^l = (A^{l-1})^T dZ^l$slope, \qquad db^l = \sum_i dZ^l_i$$$$

$$$$dZ^{l-1} = dZ^l (W^l)^T \circ f'(Z^{l-1})$$$$$smoothing""",
    "dropout": r"""## Dropout

In each step every hidden unit is left out with probability $p$, and the others count $1/(1-p)$ times:

$$A = f(Z) \circ M, \qquad M \in \{0, \tfrac{1}{1-p}\}$$""",
    "distortion": """\
## Distortion

Each image is turned, slanted, scaled, shifted, bent and thickened a little, every time another way. Pixel $p$ of the
result shows what was at $M p + t + u(p)$, with a random matrix $M$ and shift $t$ and a smooth random bend $u$.""",
    "rules": """\
## From a slope to a step

The slope $g$ says which way is up, and α how far to go the other way.""",
    "order": """\
## Which images come next

In each epoch all of them, once, in a new order, batch by batch. Settings that were changed during training change here
after the same step.""",
    "training": """\
## Training

Forward, backward, step; again and again.""",
    "result": """\
## Is it the same network?

The weights that the app came to are in `weights.npz`.""",
    "mistakes": """\
## What it takes for what

Each row is a class of the dev images, each column what the network reads. Off the diagonal are its mistakes.""",
    "worst_mistakes": """\
## The worst mistakes

Those of which it is the surest. Would you have read them right?""",
    "try": """\
## Try

Change α and run the cell again: a third, ten times, a hundred times; grey is the run as it was. Which is the largest
that still learns? Then take another seed, in `RUN["settings"]`, or change a function above. Predict first.""",
}
_DRAWN = " They are random at first, but the seed determines them."
_GIVEN = " This run went on from those of another network, in `first_weights.npz`."
_SMOOTHING = r"""

With label smoothing $\varepsilon$ over $K$ classes, $(1 - \varepsilon) Y + \varepsilon / K$ takes the place of $Y$."""
_CLIPPING = r"""

A gradient longer than $c$ is first made as long: $$g \leftarrow g \min(1, c / \lVert g \rVert)$$"""
_SCHEDULE = r"""

A schedule $f(t)$ multiplies α, with $t$ the share of the epochs that is done, and so does $\min(1, s/w)$ in step $s$ of
a warm-up of $w$ steps."""
_GOING_BACK = """ Early stopping went back to the weights that were the best on dev; after which step, and to which,
says `RUN["returns"]`."""
_CODE_AFTER = {
    "data": '''\
import matplotlib.pyplot as plt
import pandas as pd

def pictures(shown, captions):
    """Draw up to 16 images, each with a caption."""
    figure, grid = plt.subplots(2, 8, figsize=(12, 3.8))
    for place in grid.flat:
        place.axis("off")
    for place, image, caption in zip(grid.flat, shown, captions):
        place.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        place.set_title(caption, fontsize=9, parse_math=False)
    plt.show()

names = [str(name)[:20] for name in RUN["classes"]]
pictures(images[rows[:16]], [names[label] for label in labels[rows[:16]]])
pd.DataFrame({"train": np.bincount(labels[rows], minlength=len(names)),
              "dev": np.bincount(labels[dev], minlength=len(names))}, index=pd.Index(names, name="class")).T''',
    "training": '''\
import time

def measured(theta, part):
    """Return the loss and the accuracy of a network on some rows."""
    p = softmax(forward(theta, images[part], FUNCTIONS)[1][-1])
    surprise = -np.log(np.maximum(p[np.arange(len(part)), labels[part]], 1e-30))
    return surprise.mean(), (p.argmax(axis=1) == labels[part]).mean()

def watched(run):
    """Train a network while its curves are drawn, and return its weights."""
    figure, places = plt.subplots(1, 2, figsize=(12, 3.8))
    plt.close(figure)  # so that it is shown only once
    app, curves, drawn = pd.read_csv(HERE / "history.csv", index_col="step"), {}, time.monotonic()
    screen = display(figure, display_id=True)
    for step, theta in enumerate(train(run)):
        if step % (run["steps"] // 40 + 1) == 0 or step == run["steps"]:
            curves[step] = measured(theta, rows[:1000]) + measured(theta, dev[:1000])
        if step < run["steps"] and time.monotonic() < drawn + 2:
            continue
        drawn = time.monotonic()
        frame = pd.DataFrame(curves, index=["train_loss", "train_accuracy", "dev_loss", "dev_accuracy"]).T
        for place, quantity in zip(places, ("loss", "accuracy")):
            place.clear()
            place.plot(app[f"dev_{quantity}"], color="lightgray", linewidth=5, label="dev, in the app")
            for part, colour in (("train", "black"), ("dev", "tab:blue")):
                place.plot(frame[f"{part}_{quantity}"], color=colour, marker=".", label=part)
            place.set(xlabel="step", title=quantity)
            place.legend()
        screen.update(figure)
    return theta

theta = watched(RUN)''',
    "result": """\
report(theta)""",
}
"""Cells that follow that of a section."""
_RESULTS = {
    "mistakes": """\
probabilities = softmax(forward(theta, images[dev], FUNCTIONS)[1][-1])
true, read = labels[dev], probabilities.argmax(axis=1)
counts = np.zeros((len(names), len(names)), int)
np.add.at(counts, (true, read), 1)
pd.DataFrame(counts, index=pd.Index(names, name="is"), columns=pd.Index(names, name="read as"))""",
    "worst_mistakes": f"""\
{source(plain_chance)}

wrong = np.flatnonzero(read != true)
worst = wrong[np.argsort(-probabilities[wrong, read[wrong]])][:16]
readings = [f"is {{names[true[i]]}}, read {{names[read[i]]}}" for i in worst]
sure = [f"{{plain_chance(probabilities[i, read[i]])}} sure" for i in worst]
pictures(images[dev[worst]], map("\\n".join, zip(readings, sure)))""",
    "try": """\
import copy

again = copy.deepcopy(RUN)
again["changes"]["0"]["learning_rate"] /= 3
again["returns"], again["steps"] = {}, min(again["steps"], 1000)  # no early stopping, and not for too long
report(watched(again))""",
}
"""Cells that follow those of the script."""
