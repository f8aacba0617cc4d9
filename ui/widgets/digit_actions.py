"""The buttons beside a digit of a dataset: follow it through the network on Look, or draw on it."""

import streamlit as st

from language.translation import _
from ui import routes
from ui.routes import Route
from ui.state.digit_sources import InspectedDigit
from ui.state.inspection import Inspection
from ui.state.session import Session


def digit_actions(session: Session, digit: InspectedDigit | None, network: str, origin: Route) -> None:
    """Show the buttons of a page for a digit and the network that read it; they are disabled while there is none."""
    st.button(
        _("Inspect"),
        key="inspect",
        disabled=digit is None,
        on_click=_inspect,
        args=(session, digit, network, origin),
        help=_("Follow it through the network, number by number."),
    )
    st.button(
        _("Draw on it"),
        key="draw_on",
        disabled=digit is None,
        on_click=_draw_on,
        args=(session, digit, network),
        help=_("Put it on the canvas, change it and have it read again."),
    )


def _inspect(session: Session, digit: InspectedDigit, network: str, origin: Route) -> None:
    session.inspection = Inspection(digit, network, origin)
    routes.go_to(routes.LOOK, came_from=origin)


def _draw_on(session: Session, digit: InspectedDigit, network: str) -> None:
    session.networks.choose(network)
    session.canvas.edit(digit.source.mnist_image())
    routes.go_to(routes.DRAW)
