"""A run on one printed page: settings, curves, confusion matrix, worst mistakes, and the question that it answers.

Browsers print it, or save it as PDF, in place of what is on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE, Examples
from language.numbers import localized, whole
from language.translation import _, current
from nn.evaluation import Outcomes, confusions
from training.curve_measurement import measured_examples
from training.history import Measurement
from training.percentages import accuracy, chance, percent
from training.run_record import shown_name
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, defaults
from ui.state.session import Session
from ui.train.mistake_selection import worst_first
from ui.train.preset_cards import question_and_answer
from ui.train.run_view import run_view
from ui.widgets import curves
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import loss
from ui.widgets.palette import LIGHT

TEMPLATES = Templates("train/run_sheet.html.j2")

ALWAYS_TOLD = frozenset(
    {"dataset", "hidden_size", "hidden_layers", "activation", "optimizer", "learning_rate", "l2", "batch_size"}
    | {"epochs", "seed"}
)
"""Settings that are always listed; others are listed only if they differ from their defaults."""

MISTAKES = 15
"""Misread examples on the page."""

_MOST_CHANGES, _MOST_POINTS = 6, 300
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 340, 190, 38, 8, 8, 32

_component = st.components.v2.component(
    "digit_lab.run_sheet", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


@dataclass(frozen=True)
class Line:
    """A curve of a chart: its name, its latest value in words, its CSS colour, and its (n,) values."""

    name: str
    latest: str
    colour: str
    values: NDArray[np.float64]


def run_sheet(session: Session) -> None:
    """Show the button that prints the run's page; it is disabled while the run trains."""
    view = run_view(session.runs)
    if view is None:
        return
    snapshot = view.run.snapshot()
    if snapshot.state is State.RUNNING:
        _component(key="run_sheet", data={"html": TEMPLATES.button(ready=False), "sheet": ""})
        return
    dev = view.run.split.dev
    made = view.mistakes.dev.of(snapshot.network, snapshot.position.step, dev, training=False).outcomes
    question, answer = question_and_answer(view, snapshot)
    sheet = TEMPLATES.sheet(
        language=current().replace("_", "-"),
        name=shown_name(session.runs.name),
        question=question,
        answer=answer,
        settings=settings_told(snapshot),
        changes=changes_told(snapshot),
        results=results_told(snapshot, len(dev), test=None if view.test_result is None else view.test_result.outcomes),
        charts=charts(snapshot.measurements, measured_examples(len(dev))),
        classes=dev.classes,
        counts=confusions(made.labels, made.read, len(dev.classes)).tolist(),
        mistakes=worst_mistakes(made, dev),
        wrong=int(np.count_nonzero(made.read != made.labels)),
        is_of_digits=dev.classes == DIGITS,
    )
    _component(key="run_sheet", data={"html": TEMPLATES.button(ready=True), "sheet": sheet})


def settings_told(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the essential settings and those that differ from their defaults, as labels and values."""
    values = {name: getattr(snapshot.settings, name) for name in SETTINGS}
    told = [name for name, value in values.items() if name in ALWAYS_TOLD or value != defaults()[name]]
    return [(_(SETTINGS[name].label), SETTINGS[name].format(values[name])) for name in told]


def changes_told(snapshot: Snapshot) -> list[str]:
    """Return the settings changed during training, the last few with their steps."""
    told = [
        _("{change} at step {step}", change=curves.change_text(each), step=whole(each.step))
        for each in snapshot.changes
    ]
    return told if len(told) <= _MOST_CHANGES else ["…", *told[-_MOST_CHANGES:]]


def results_told(snapshot: Snapshot, dev_size: int, test: Outcomes | None) -> list[tuple[str, str]]:
    """Return the results of the run, as labels and values."""
    last, at = snapshot.measurements[-1], snapshot.position
    told = [
        (_(snapshot.state.value), _("step {step}, epoch {epoch}", step=whole(at.step), epoch=whole(at.epoch))),
        (_("Network"), "-".join(map(str, snapshot.network.sizes))),
        (_("Train accuracy"), percent(last.train_accuracy)),
        (_("Dev accuracy"), accuracy(last.dev_accuracy, measured_examples(dev_size))),
        (_("Train loss"), loss(last.train_loss)),
        (_("Dev loss"), loss(last.dev_loss)),
    ]
    if test is not None:
        told.append((_("Test accuracy"), accuracy(test.evaluation.accuracy, len(test.labels))))
    return told


def worst_mistakes(made: Outcomes, examples: Examples) -> list[tuple[str, str, str, str]]:
    """Return the images, as data URIs, of the worst mistakes, each with its reading, class and certainty."""
    places = worst_first(made, None)[:MISTAKES]
    images = examples.images[examples.rows[places]].reshape(-1, IMAGE_SIDE, IMAGE_SIDE) / 255
    return [
        (
            data_uri(ink_picture(image, LIGHT)),
            examples.classes[made.read[place]],
            examples.classes[made.labels[place]],
            chance(float(made.sure[place])),
        )
        for place, image in zip(places, images, strict=True)
    ]


def charts(measurements: Sequence[Measurement], dev_examples: int) -> list[Markup]:
    """Return the curves of loss and accuracy as <svg>, with lines that stay crisp at any paper size."""
    some = np.unique(np.linspace(0, len(measurements) - 1, _MOST_POINTS).astype(np.int64))
    shown = curves.measured([measurements[index] for index in some])
    last, steps = measurements[-1], shown["step"]
    made = []
    for quantity, title, of_train, of_dev in (
        ("loss", _("Loss"), loss(last.train_loss), loss(last.dev_loss)),
        ("accuracy", _("Accuracy"), percent(last.train_accuracy), accuracy(last.dev_accuracy, dev_examples)),
    ):
        lines = [
            Line(_("train"), of_train, "var(--ink)", shown[f"train_{quantity}"]),
            Line(_("dev"), of_dev, "var(--accent)", shown[f"dev_{quantity}"]),
        ]
        if quantity == "accuracy" and np.isfinite(shown["true_accuracy"]).any():
            true = percent(last.true_accuracy) if last.true_accuracy is not None else "–"
            lines.append(Line(_("true labels"), true, "var(--run1)", shown["true_accuracy"]))
        made.append(_chart(quantity, title, steps, lines))
    return made


def _chart(quantity: str, title: str, steps: NDArray[np.float64], lines: Sequence[Line]) -> Markup:
    finite = np.concatenate([line.values[np.isfinite(line.values)] for line in lines])
    most = 100.0 if quantity == "accuracy" else float(finite.max(initial=0.0)) or 1.0
    rows, columns = _ticks(most), _ticks(float(steps[-1]) or 1.0)
    top = 100.0 if quantity == "accuracy" else rows[-1]

    def across(step: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * step / max(float(steps[-1]), 1.0), 1)

    def down(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / top, 1)

    drawn = [
        (line, " ".join(f"{across(x)},{down(y)}" for x, y in zip(steps, line.values, strict=True) if np.isfinite(y)))
        for line in lines
    ]
    return TEMPLATES.chart(
        title=title,
        width=_WIDTH,
        height=_HEIGHT,
        left=_LEFT,
        right=_WIDTH - _RIGHT,
        bottom=_HEIGHT - _BOTTOM,
        rows=[
            (down(each), localized(f"{each:g}{'%' if quantity == 'accuracy' else ''}")) for each in rows if each <= top
        ],
        columns=[(across(each), localized(f"{each:,g}")) for each in columns if each <= steps[-1]],
        lines=drawn,
    )


def _ticks(most: float) -> list[float]:
    """Return three to six round numbers from 0, the last at or above `most`."""
    power = 10.0 ** floor(log10(most / 4))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= most / 4 * 0.999)
    return [round(number * step, 10) for number in range(ceil(most / step - 1e-9) + 1)]
