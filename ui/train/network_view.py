"""Inside a network in training: what its units look for, what it reads, what distortion makes of a digit."""

from html import escape

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE, example_noun
from models.reader import Reader
from nn.augmentation import distort
from nn.network import Network
from training.run import Run
from training.settings import DISTORTION
from ui.state.session import Session
from ui.train.your_drawing import your_drawing
from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.palette import Palette, palette

UNITS_SHOWN = 64
SAMPLES_SHOWN = 24
DISTORTED_DIGITS, DISTORTED_TURNS = 4, 7


def inside() -> None:
    """Show what the network looks for, and what it reads in a few test digits, now or where it is looked back at."""
    session = Session.current()
    run = session.run
    if run is None:
        return
    network, colours = session.in_view().network, palette()
    if run.settings.distortion == "on":
        st.html(_distorted(run, colours))
    st.html(your_drawing(session, network, run.split.train.classes, colours))
    st.html(_hidden_units(network, colours))
    st.html(_samples(run, network, colours, session.when_in_view))


def _hidden_units(network: Network, colours: Palette) -> str:
    """The weights from the pixels to each hidden unit as pictures."""
    W = network.weights[0]  # (784, units)
    shown = min(UNITS_SHOWN, W.shape[1])
    images = W[:, :shown].T.reshape(shown, IMAGE_SIDE, IMAGE_SIDE)
    columns = 16 if shown > 10 else shown
    picture = signed_picture(tiles(images, columns), colours, limit=float(np.quantile(np.abs(images), 0.995)))
    of_all = f"{shown} of {W.shape[1]:,}" if shown < W.shape[1] else f"{shown:,}"
    what = "hidden units" if len(network.weights) > 1 else "classes"
    return (
        f"<h2 class='section'>What each unit looks for</h2>"
        f"<p class='note'>Weights from the pixels to {of_all} {what}: "
        f"<span class='positive'>orange</span> is evidence for, <span class='negative'>blue</span> against.</p>"
        f"<img class='pixels wide' id='hidden_units' alt='Weights of {of_all} {what}' src='{data_uri(picture)}'>"
    )


def _distorted(run: Run, colours: Palette) -> str:
    """A few training digits, each beside what distortion makes of it."""
    images, _ = run.split.train.take(limit=DISTORTED_DIGITS)
    seen = [
        distort(images, DISTORTION, rng=np.random.default_rng(turn)).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        for turn in range(DISTORTED_TURNS)
    ]
    rows = np.concatenate([images.reshape(1, -1, IMAGE_SIDE, IMAGE_SIDE) / 255, np.stack(seen)]).swapaxes(0, 1)
    sheet = tiles(rows.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), (DISTORTED_TURNS + 1) * 2)
    return (
        "<h2 class='section'>What distortion does</h2>"
        f"<p class='note'>A training image, then {DISTORTED_TURNS} of the ways the network sees it.</p>"
        f"<img class='pixels wide' id='distorted' alt='Training images and their distortions' "
        f"src='{data_uri(ink_picture(sheet, colours))}'>"
    )


def _samples(run: Run, network: Network, colours: Palette, when: str) -> str:
    """Test digits with what the network reads and what they are; `when` says when that was."""
    images, labels = run.split.test.take(limit=SAMPLES_SHOWN)
    classes = run.split.test.classes
    read = Reader(network).probabilities(images).argmax(axis=1)
    # One picture for all: it is sent at each redraw, and each cell shows its part of it.
    sheet = ink_picture(np.hstack(list(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255, colours)
    cells = []
    for index, (label, guess) in enumerate(zip(labels, read, strict=True)):
        right = guess == label
        name, truth = escape(classes[guess]), escape(classes[label])
        caption = name if right else f"{name} <small>really {truth}</small>"
        cells.append(
            f"<li class='{'right' if right else 'wrong'}'><i role='img' aria-label='{truth}' "
            f"style='--place:{index / max(len(labels) - 1, 1):.2%}'></i><span>{caption}</span></li>"
        )
    return (
        f"<h2 class='section'>Test {example_noun(classes)}</h2>"
        f"<p class='note'>What it reads {when} in {len(cells)} {example_noun(classes)} that it never trains on.</p>"
        f"<ul class='samples' style='--sheet:url({data_uri(sheet)});--digits:{len(cells)}'>{''.join(cells)}</ul>"
    )
