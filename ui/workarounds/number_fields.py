"""Have number fields write decimals in the page's language, and say what a decimal became in a whole-number field.

The fields of Streamlit 1.67.0 are `<input type="number">`. A page cannot choose their decimal separator: in Chromium
and Safari it depends on the language of the browser. A field of whole numbers drops the decimals: 12.5 becomes 12. To
see it: without this, open Train in a language other than the browser's.

Delete this once Streamlit's number fields have a language, and refuse decimals that they would drop.
"""

from pathlib import Path

from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


def number_fields() -> None:
    """Watch the number fields of the page."""
    _component()(key="number_fields")
