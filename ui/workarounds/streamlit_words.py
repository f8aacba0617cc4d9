"""Have Streamlit speak the language of the page.

The words that Streamlit 1.67.0 writes itself, such as "Press Enter to apply" below a field, are English and cannot be
chosen (streamlit/streamlit#1353, #13500). To see it: without this, type into a field of Train in another language.

Delete this once Streamlit takes its words from the app.
"""

from pathlib import Path

from language.translation import ENGLISH, current
from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


def have_streamlit_speak() -> None:
    """Translate what Streamlit writes, unless the page is English."""
    if current() != ENGLISH:
        _component()(key="streamlit_words")
