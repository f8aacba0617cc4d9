"""Have the drawing canvas report each stroke as soon as the answer to it is painted.

streamlit-drawable-canvas 0.13.0 waits for 200 ms after each stroke before it reports the drawing, and no argument
changes that: measure the time from pen up to the WebSocket frame. The first button of its toolbar, which
canvas_surface.py hides, reports at once and cancels the wait. This presses it when live_reading.js has painted its
answer to the stroke, which the redraw of the page would delay, or after 150 ms. Without such a button, the canvas
waits as before.

Delete this once `st_canvas` reports without waiting: when `python -m benchmarks.app` shows the same time from pen up to
the answer without it.
"""

from pathlib import Path

import streamlit as st

SCRIPT = f"<script>{Path(__file__).with_suffix('.js').read_text(encoding='utf-8')}</script>"


def report_strokes_at_once() -> None:
    """Report strokes on any canvas of the page at once."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
