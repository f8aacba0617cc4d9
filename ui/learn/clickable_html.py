"""HTML whose buttons can be picked: many small pictures to choose from, each a real button."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from ui.state import streamlit_state

SCRIPT = Path(__file__).parent / "clickable_html.js"


@cache
def _component() -> Any:  # noqa: ANN401 - Streamlit's own type of it is not public
    return st.components.v2.component("picks", js=SCRIPT.read_text(), isolate_styles=False)


def picks(html: str, key: str, on_pick: Callable[[str], None]) -> None:
    """Show HTML and hear of the buttons in it.

    Args:
        html: Ours, with all that a person named escaped. A button with data-pick is told of when it is pressed, and
            one with data-show too brings the element of that id into sight.
        key: As of any widget.
        on_pick: Called with the data-pick of a button pressed, before the page is drawn again.
    """
    _component()(
        key=key, data={"html": html}, on_picked_change=lambda: on_pick(streamlit_state.widget_value(key).picked)
    )
