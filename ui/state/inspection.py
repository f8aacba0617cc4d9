"""What other pages ask the Look page to show: a digit and the network that read it, and a unit in detail."""

from dataclasses import dataclass

from ui.routes import Route
from ui.state import streamlit_state
from ui.state.digit_sources import InspectedDigit

LAYER_KEY, UNIT_KEY = "unit_layer", "unit"
"""The keys of the widgets that choose the hidden layer and the unit in it, both counted from 1."""


@dataclass(frozen=True, eq=False)
class Inspection:
    """One visit to the Look page from another page.

    Attributes:
        digit: The digit to trace; None for the content of the canvas.
        network: The name of the network that read it.
        origin: The page that sent the digit.
    """

    digit: InspectedDigit | None
    network: str
    origin: Route


def class_key(predicted_output: int, outputs: int) -> str:
    """Return the key of the widget that chooses an output; its default is the predicted one."""
    return f"class_shown_{predicted_output}_{outputs}"


def inspect_unit(unit: int, layer: int) -> None:
    """Show a hidden unit, counted from 0, of a hidden layer, counted from 1."""
    streamlit_state.set_widget(LAYER_KEY, layer)
    streamlit_state.set_widget(UNIT_KEY, unit + 1)


def inspect_output(output: int, predicted_output: int, outputs: int) -> None:
    """Show an output, counted from 0, and what contributes to it."""
    streamlit_state.set_widget(class_key(predicted_output, outputs), output)
