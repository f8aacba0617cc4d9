"""Say what became of a decimal that was typed where only whole numbers are used."""

from pathlib import Path

from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


def whole_numbers() -> None:
    """Watch the number fields of the page."""
    _component()(key="whole_numbers")
