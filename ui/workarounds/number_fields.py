"""Have number fields write decimals as the language of the page does, and say what became of one where none is used.

The fields of Streamlit 1.67.0 are `<input type="number">`. What separates their decimals is not the page's to say: in
Chromium and Safari it is up to the language of the browser. A field of whole numbers drops what follows the whole part:
12.5 becomes 12. To see it: without this, open Train in another language than the browser's.

Delete this once Streamlit's number fields have a language, and refuse what they would drop.
"""

from pathlib import Path

from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


def number_fields() -> None:
    """Watch the number fields of the page."""
    _component()(key="number_fields")
