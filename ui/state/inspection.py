"""What another page sends to the Learn page: a digit, the network that read it, and the page to go back to."""

from dataclasses import dataclass

from ui.routes import Route
from ui.state.digit_sources import InspectedDigit


@dataclass(frozen=True, eq=False)
class Inspection:
    """One visit to the Learn page from another page.

    Attributes:
        digit: The digit to trace; None for whatever is on the canvas.
        network: The name of the network that read it.
        origin: The page that sent it.
    """

    digit: InspectedDigit | None
    network: str
    origin: Route
