"""Inside a network in training: what its units look for, what it reads, what distortion makes of a digit."""

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import IMAGE_SIDE, example_noun
from models.reader import Reader
from nn.augmentation import distort
from nn.network import Network
from training.run import Run
from training.settings import DISTORTION
from ui.state.session import Session
from ui.train.run_view import run_view
from ui.train.your_drawing import your_drawing
from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/network_view.html.j2")

UNITS_SHOWN = 64
SAMPLES_SHOWN = 24
DISTORTED_DIGITS, DISTORTED_TURNS = 4, 7


def inside() -> None:
    """Show what the network looks for, and what it reads in a few test digits, now or where it is looked back at."""
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    run = view.run
    network, colours = view.shown().network, palette()
    if run.settings.distortion == "on":
        st.html(_distorted(run, colours))
    st.html(your_drawing(session.canvas, view, network, colours))
    st.html(_hidden_units(network, colours))
    st.html(_samples(run, network, colours, view.when))


def _hidden_units(network: Network, colours: Palette) -> Markup:
    """The weights from the pixels to each hidden unit as pictures."""
    W = network.weights[0]  # (784, units)
    shown = min(UNITS_SHOWN, W.shape[1])
    images = W[:, :shown].T.reshape(shown, IMAGE_SIDE, IMAGE_SIDE)
    columns = 16 if shown > 10 else shown
    picture = signed_picture(tiles(images, columns), colours, limit=float(np.quantile(np.abs(images), 0.995)))
    return TEMPLATES.hidden_units(
        shown=shown, total=W.shape[1], is_hidden=len(network.weights) > 1, image=data_uri(picture)
    )


def _distorted(run: Run, colours: Palette) -> Markup:
    """A few training digits, each beside what distortion makes of it."""
    images, _ = run.split.train.take(limit=DISTORTED_DIGITS)
    seen = [
        distort(images, DISTORTION, rng=np.random.default_rng(turn)).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        for turn in range(DISTORTED_TURNS)
    ]
    rows = np.concatenate([images.reshape(1, -1, IMAGE_SIDE, IMAGE_SIDE) / 255, np.stack(seen)]).swapaxes(0, 1)
    sheet = tiles(rows.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), (DISTORTED_TURNS + 1) * 2)
    return TEMPLATES.distorted(count=DISTORTED_TURNS, image=data_uri(ink_picture(sheet, colours)))


def _samples(run: Run, network: Network, colours: Palette, when: str) -> Markup:
    """Test digits with what the network reads and what they are; `when` says when that was."""
    images, labels = run.split.test.take(limit=SAMPLES_SHOWN)
    classes = run.split.test.classes
    read = Reader(network).probabilities(images).argmax(axis=1)
    # One picture for all: it is sent at each redraw, and each cell shows its part of it.
    sheet = ink_picture(np.hstack(list(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255, colours)
    return TEMPLATES.samples(
        noun=example_noun(classes),
        when=when,
        samples=[(classes[label], classes[guess]) for label, guess in zip(labels, read, strict=True)],
        sheet=data_uri(sheet),
    )
