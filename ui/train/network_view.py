"""Inside a network in training: its readings of your drawing and test digits, weights, and distorted digits."""

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import IMAGE_SIDE, example_noun
from models.reader import Reader
from models.weights import SavedNetwork
from nn.augmentation import DISTORTIONS, Distortion, distort
from nn.network import Network
from training.run import Run
from ui.state.canvas_content import CanvasContent
from ui.state.session import Session
from ui.train.run_view import RunView, run_view
from ui.widgets.answer import probability_bars
from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.canvas import digit_source
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/network_view.html.j2")

UNITS_SHOWN = 64
SAMPLES_SHOWN = 24
DISTORTED_DIGITS, DISTORTED_COPIES = 4, 7


def network_view() -> None:
    """Show the network's weights and readings at the displayed step."""
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    run = view.run
    network, colours = view.shown().network, palette()
    if distortion := DISTORTIONS[run.settings.distortion].distortion:
        st.html(_distorted(run, distortion, colours))
    st.html(_your_drawing(session.canvas, view, network, colours))
    st.html(_hidden_units(network, colours))
    st.html(_samples(run, network, colours, view.when))


def _your_drawing(content: CanvasContent, view: RunView, network: Network, colours: Palette) -> Markup:
    """Return the drawing as the network sees it, with its reading; without a drawing, a prompt to draw."""
    source = digit_source(content)
    if source is None:
        return TEMPLATES.your_drawing(drawn=False)
    reader = Reader(SavedNetwork(network, {"classes": list(view.run.split.train.classes)}))
    reading = source.read(reader)
    return TEMPLATES.your_drawing(
        drawn=True,
        name="–" if reading.digit is None else reader.classes[reading.digit],
        image=data_uri(ink_picture(reading.image, colours)),
        when=view.when,
        bars=probability_bars(reading.probabilities, reader.classes, reading.digit),
    )


def _hidden_units(network: Network, colours: Palette) -> Markup:
    """Return the weights from the pixels to each hidden unit as images."""
    W = network.weights[0]  # (784, units)
    shown = min(UNITS_SHOWN, W.shape[1])
    images = W[:, :shown].T.reshape(shown, IMAGE_SIDE, IMAGE_SIDE)
    columns = 16 if shown > 10 else shown
    picture = signed_picture(tiles(images, columns), colours, limit=float(np.quantile(np.abs(images), 0.995)))
    return TEMPLATES.hidden_units(
        shown=shown, total=W.shape[1], is_hidden=len(network.weights) > 1, image=data_uri(picture)
    )


def _distorted(run: Run, distortion: Distortion, colours: Palette) -> Markup:
    """Return a few training examples, each beside distorted copies."""
    images, _ = run.split.train.take(limit=DISTORTED_DIGITS)
    seen = [
        distort(images, distortion, rng=np.random.default_rng(turn)).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)
        for turn in range(DISTORTED_COPIES)
    ]
    rows = np.concatenate([images.reshape(1, -1, IMAGE_SIDE, IMAGE_SIDE) / 255, np.stack(seen)]).swapaxes(0, 1)
    sheet = tiles(rows.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), (DISTORTED_COPIES + 1) * 2)
    return TEMPLATES.distorted(count=DISTORTED_COPIES, image=data_uri(ink_picture(sheet, colours)))


def _samples(run: Run, network: Network, colours: Palette, when: str) -> Markup:
    """Return test examples with readings and true labels; `when` describes the step in words."""
    images, labels = run.split.test.take(limit=SAMPLES_SHOWN)
    classes = run.split.test.classes
    read = Reader(network).probabilities(images).argmax(axis=1)
    # Sent at each redraw, so all digits share one image; each cell shows its part.
    sheet = ink_picture(np.hstack(list(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255, colours)
    return TEMPLATES.samples(
        noun=example_noun(classes),
        when=when,
        samples=[(classes[label], classes[guess]) for label, guess in zip(labels, read, strict=True)],
        sheet=data_uri(sheet),
    )
