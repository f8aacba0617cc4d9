"""The digit and network that the Look page opens with: those just sent to it, or a pair on which a step has effect.

A network that is sure of a digit learns nothing from it: its loss is 1e-9, and a step changes no visible number. So the
page opens with a digit that the network misreads, in the run trained last or else in a small network.
"""

from dataclasses import dataclass

from ui import routes
from ui.look import digit_choice
from ui.state import streamlit_state
from ui.state.inspection import Inspection
from ui.state.networks import SMALL
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets.preset_results import PresetResults

NETWORK_KEY, VIEW_KEY = "look_network", "look_view"
"""The widgets of the network and of the view, the name of one of the page's VIEWS."""

ONE_DIGIT = "One digit"
"""The view that traces a digit, which other pages send to."""


@dataclass
class LookState:
    """State of the Look page between visits to it.

    Attributes:
        network: The name of the network shown; empty before the first visit.
        inspection: What was last sent here from another page.
        run_shown: The number and step of the run that was last shown because it had just been trained.
    """

    network: str = ""
    inspection: Inspection | None = None
    run_shown: tuple[int, int] = (0, 0)


def choose_starting_point(session: Session) -> None:
    """On arrival at the page, choose what it opens with; its widgets must not have been drawn yet."""
    if streamlit_state.has_widget(NETWORK_KEY):
        return  # Streamlit forgets the select box only when another page is shown
    state, run = page_state(LookState), session.runs.current
    trained = (session.runs.number, run.snapshot().position.step) if run is not None else (0, 0)
    if (preset := page_state(PresetResults).arrival(routes.LOOK)) is not None:
        state.network = SMALL
        for widget, value in preset.values.items():
            streamlit_state.set_widget(widget, value)
    elif session.inspection is not state.inspection and session.inspection is not None:
        state.inspection, state.network = session.inspection, session.inspection.network
        streamlit_state.set_widget(VIEW_KEY, ONE_DIGIT)
        digit_choice.select(digit_choice.DRAWING if session.inspection.digit is None else digit_choice.OPENED)
    elif trained[1] and trained != state.run_shown:
        state.network = session.runs.name
        _select_uncertain_digit(session, state.network)
    elif not state.network:
        state.network = SMALL
        _select_uncertain_digit(session, state.network)
    state.run_shown = trained


def _select_uncertain_digit(session: Session, network: str) -> None:
    reader = session.networks.reader(network)
    dev = session.networks.dev_examples(network, reader)
    if len(dev):
        digit_choice.select_dev_digit(int(digit_choice.most_uncertain_first(reader, dev)[0]))
