"""Fit the drawing canvas to its container, name it for screen readers, and hide its toolbar.

streamlit-drawable-canvas 0.13.0 has a fixed width and no accessible name, and a toolbar over its upper right corner,
invisible until the pointer rests there for a moment, so that a stroke that begins there clicks a button. The argument
that hid it (andfanilo/streamlit-drawable-canvas#47) is gone, and page style sheets cannot reach into the canvas's
shadow root. Fabric scales pointer positions by the canvas's size on the screen, so a canvas made smaller by CSS still
reports its own pixels.

Delete this once `st_canvas` can fill its container, has a name, and takes an argument to hide its toolbar.
"""

from pathlib import Path

import streamlit as st

SCRIPT = f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"


def adapt_canvas() -> None:
    """Adapt the canvas, whose key begins with `canvas`; the elements `paper_name` and `paper_description` name it."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
