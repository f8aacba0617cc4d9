"""The digit and network that the Look page opens with: those just sent to it, or a pair on which a step has an effect.

A network that is sure of a digit learns nothing from it: its loss is 1e-9, and a step changes no visible number. So the
page opens with a digit that the network misreads: the network of the run trained last, or else the small network.
"""

from collections.abc import Collection
from dataclasses import dataclass

from language.translation import N_
from ui import routes
from ui.look import digit_choice
from ui.look.link_choices import LinkChoices
from ui.state import streamlit_state
from ui.state.inspection import Inspection
from ui.state.network_names import SMALL
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.state.task import NO_TASK, Task, whole_number
from ui.widgets import linked_drawing, task_panel
from ui.widgets.linked_drawing import DIGIT, shown_digit
from ui.widgets.network_choice import LINKED, link_name
from ui.widgets.preset_results import PresetResults
from ui.widgets.task_panel import TaskPage, follow

NETWORK_KEY, VIEW_KEY = "look_network", "look_view"
"""The keys of the widgets that choose the network and the view, which is the name of one of the page's VIEWS."""

ONE_DIGIT = N_("One digit")
"""The view that traces a digit, which other pages open."""


@dataclass
class LookState:
    """State of the Look page between visits to it.

    Attributes:
        network: The name of the network shown; empty before the first visit.
        inspection: What was last sent here from another page.
        run_shown: The number and step of the run last shown because it had just been trained.
        task: The task last opened.
    """

    network: str = ""
    inspection: Inspection | None = None
    run_shown: tuple[int, int] = (0, 0)
    task: Task = NO_TASK


TASKS = TaskPage(
    routes.LOOK,
    controls={
        "view": N_("View"),
        "network": N_("Network"),
        "digit": N_("Digit"),
        "unit": N_("Unit"),
        "step": N_("A step in numbers"),
        "map_layer": N_("Layer of the map"),
        "dream": N_("What is dreamt of"),
    },
    usual=("digit", "unit", "map_layer", "dream"),
)


def parameters() -> dict[str, str]:
    """Return what the page shows, as the parameters of a link."""
    view = {"view": str(streamlit_state.widget_value(VIEW_KEY))} if streamlit_state.has_widget(VIEW_KEY) else {}
    network, choices = link_name(page_state(LookState).network), page_state(LinkChoices)
    drawing = linked_drawing.parameters(Session.current().canvas) if choices.shows_drawing else {}
    digit = {} if drawing and choices.is_drawing else digit_choice.parameters()
    return view | {"network": network} | digit | choices.chosen | drawing


def left_out() -> list[str]:
    """Return sentences about what a link to this page cannot hold."""
    choices = page_state(LinkChoices)
    drawing = linked_drawing.left_out(Session.current().canvas) if choices.shows_drawing else ""
    return [task_panel.left_out(page_state(LookState).network), choices.left_out, drawing]


def follow_choices() -> None:
    """Update the link in an open panel after a choice made in a fragment; call this at the end of the fragment."""
    if page_state(LinkChoices).is_complete:
        follow(TASKS, parameters)


def view_of(task: Task, views: Collection[str]) -> str:
    """Return the name of the view that a task opens with; always one of `views`."""
    view = task.state.get("view", "")
    return view if view in views else next(iter(views))


def _open(task: Task, views: Collection[str]) -> None:
    """Set the widgets to the state that a task opens with."""
    state = task.state
    page_state(LookState).network = LINKED.get(state.get("network", ""), SMALL)
    streamlit_state.set_widget(VIEW_KEY, view_of(task, views))
    if shown_digit(task) is None:
        digit_choice.select_dev_digit(whole_number(state, DIGIT) - 1)
    else:
        digit_choice.select(digit_choice.DRAWING)
    page_state(LinkChoices).open()


def choose_starting_point(session: Session, views: Collection[str]) -> None:
    """On arrival at the page, choose what it opens with; its widgets must not have been drawn yet."""
    task, look = session.task_on(routes.LOOK), page_state(LookState)
    is_new, look.task = task is not look.task, task
    if task and is_new:
        _open(task, views)
        return
    if not task.is_free("network"):
        look.network = LINKED.get(task.state.get("network", ""), SMALL)
        return
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
