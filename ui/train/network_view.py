"""Inside a network in training: what its hidden units look for."""

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import IMAGE_SIDE
from nn.network import Network
from ui.state.session import Session
from ui.train.run_view import run_view
from ui.widgets.array_images import data_uri, signed_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/network_view.html.j2")

UNITS_SHOWN = 64


def network_view() -> None:
    """Show the network at the displayed step."""
    view = run_view(Session.current().runs)
    if view is not None:
        st.html(_hidden_units(view.shown().network, palette()))


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
