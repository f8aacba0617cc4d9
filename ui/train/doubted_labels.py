"""The training labels that the network doubts most: how many of them are wrong, and the digits themselves."""

from dataclasses import replace

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import DIGITS, IMAGE_SIDE, Examples
from language.translation import _
from nn.evaluation import highest_loss_first
from training.run_snapshot import State
from ui.state.session import Session
from ui.train.mistake_selection import MeasuredOutcomes
from ui.train.run_view import run_view
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/doubted_labels.html.j2")

SHOWN = 50
"""How many labels are shown, the most doubtful first."""

MOST_EXAMINED = 10_000
"""The maximum number of training examples that are examined: about 40 ms of one core for 64 hidden units."""


def doubted_labels() -> None:
    """Show the labels doubted most if some are known to be wrong; for other data, only on request."""
    view = run_view(Session.current().runs)
    if view is None:
        return
    run, train = view.run, view.run.split.train
    with st.container(key="doubts_head", horizontal=True, vertical_alignment="bottom"):
        st.html(Markup("<h2 class='section' id='doubted'>{}</h2>").format(_("Labels it doubts")), width="content")
        if train.true_labels is None and not st.toggle(
            _("Show"), key="show_doubts", help=_("The training digits whose labels the network finds least probable.")
        ):
            return
    examined, shown = replace(train, rows=train.rows[:MOST_EXAMINED]), view.shown()
    measured = view.doubts.of(shown.network, shown.step, examined, training=run.state is State.RUNNING)
    st.html(_doubted(measured, examined, palette()))


def _doubted(measured: MeasuredOutcomes, examined: Examples, colours: Palette) -> Markup:
    """Return the labels that the network doubts, with the share that is wrong if that is known."""
    made, classes = measured.outcomes, examined.classes
    order = highest_loss_first(made)
    first, given = order[:SHOWN], made.labels
    digits = examined.images[examined.rows[first]]
    sheet = ink_picture(np.hstack(list(digits.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255, colours)
    truth, known = None, None
    if examined.true_labels is not None:
        truth = examined.true_labels[examined.rows]
        wrong = truth != given
        count = int(np.count_nonzero(wrong))
        known = {
            "found": int(np.count_nonzero(wrong[first])),
            "by_chance": count / len(given) * len(first),
            "wrong": count,
            "share": float(np.mean(wrong[order[:count]])) if count else 0.0,
        }
    return TEMPLATES.doubted(
        digits=[
            (classes[given[each]], classes[made.read[each]], None if truth is None else classes[truth[each]])
            for each in first
        ],
        known=known,
        examined=len(examined),
        is_of_digits=classes == DIGITS,
        step=measured.step,
        sheet=data_uri(sheet),
    )
