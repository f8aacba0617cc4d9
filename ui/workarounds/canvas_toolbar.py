"""Hide the toolbar of the drawing canvas.

streamlit-drawable-canvas 0.13.0 has a toolbar over the upper right corner of the canvas, invisible until the pointer
rests there for a moment, so a stroke that begins there clicks a button. The argument that hid it
(andfanilo/streamlit-drawable-canvas#47) is gone, and page style sheets cannot reach into the toolbar's shadow root.

Delete this once `st_canvas` can hide its toolbar, or tests/browser/test_draw.py passes without it.
"""

from pathlib import Path

import streamlit as st

SCRIPT = f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"


def hide_canvas_toolbar() -> None:
    """Hide the toolbar of the canvas with the key `canvas`."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
