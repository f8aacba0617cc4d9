"""Digits of the run's data: dev digits with the network's readings, and training digits as distorted."""

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import DIGITS, IMAGE_SIDE
from models.reader import Reader
from nn.augmentation import DISTORTIONS, Distortion, distort
from nn.network import Network
from training.run import Run
from ui.state.session import Session
from ui.train.run_view import run_view
from ui.widgets.array_images import data_uri, ink_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/sample_digits.html.j2")

SAMPLES_SHOWN = 24
DISTORTED_DIGITS, DISTORTED_COPIES = 4, 7


def sample_digits() -> None:
    """Show some dev digits with the displayed step's readings and, if the run distorts digits, examples of that."""
    view = run_view(Session.current().runs)
    if view is None:
        return
    run, colours = view.run, palette()
    st.html(_samples(run, view.shown().network, colours, view.when))
    if distortion := DISTORTIONS[run.settings.distortion].distortion:
        st.html(_distorted(run, distortion, colours))


def _samples(run: Run, network: Network, colours: Palette, when: str) -> Markup:
    """Return dev examples with readings and true labels; `when` describes the step in words."""
    images, labels = run.split.dev.take(limit=SAMPLES_SHOWN)
    classes = run.split.dev.classes
    read = Reader(network).probabilities(images).argmax(axis=1)
    # The image is sent at each redraw, so all digits share one, and each cell shows its part.
    sheet = ink_picture(np.hstack(list(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255, colours)
    return TEMPLATES.samples(
        is_of_digits=classes == DIGITS,
        when=when,
        samples=[(classes[label], classes[guess]) for label, guess in zip(labels, read, strict=True)],
        sheet=data_uri(sheet),
    )


def _distorted(run: Run, distortion: Distortion, colours: Palette) -> Markup:
    """Return a few training examples, each beside distorted copies."""
    images = run.split.train.take(limit=DISTORTED_DIGITS)[0]
    seen = [
        distort(images, distortion, rng=np.random.default_rng(turn)).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        for turn in range(DISTORTED_COPIES)
    ]
    rows = np.concatenate([images.reshape(1, -1, IMAGE_SIDE, IMAGE_SIDE) / 255, np.stack(seen)]).swapaxes(0, 1)
    sheet = tiles(rows.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), (DISTORTED_COPIES + 1) * 2)
    return TEMPLATES.distorted(count=DISTORTED_COPIES, image=data_uri(ink_picture(sheet, colours)))
