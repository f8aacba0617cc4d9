"""The map: dev digits positioned by their pixels, activations or logits, with your own drawing among them."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE, Examples
from language.translation import N_, _, ngettext
from models.reader import Reader, Reading, Rejection
from nn.network import Network
from nn.principal_components import nearest_classes
from training.percentages import chance, percent
from training.run_snapshot import State
from ui.look import digit_choice, link_choices
from ui.look.link_choices import Between, Choice, Subsets
from ui.look.map_frames import Frame, HeldAxes, frame, hold_axes, own_points, pixel_axes, seen_by
from ui.look.replay import WITHIN, choose_step, reader_at, replay_of, replay_status
from ui.look.starting_point import ONE_DIGIT, VIEW_KEY, follow_choices
from ui.state import streamlit_state
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import canvas
from ui.widgets.array_images import data_uri, ink_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.live_reading import LiveReading, follow_pen, live_reading
from ui.widgets.number_format import count
from ui.widgets.palette import Palette, palette
from ui.widgets.small_canvas import small_canvas
from ui.workarounds.component_file import component_from_file

TEMPLATES = Templates("look/digit_map.html.j2")

KEY, CONTROL = "digit_map", "map_layer"
"""The key of the component, and the name of the layer choice among the controls of a task."""

SHOWN = 500
"""The number of dev digits on the map."""

COLUMNS = 25
"""Digits per row of the sheet that all of them are cut from; must match digit_map.js."""

REDRAW_SECONDS, SECONDS_PER_PARAMETER, LEAST_OFTEN = 0.4, 1.5e-6, 4.0
"""Seconds between redraws: for the smallest networks, per parameter, and at most; reading 500 digits takes 5e-8 of them
per parameter."""

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass
class MapState:
    """What the map holds between redraws.

    Attributes:
        source: The run, or else the network, whose axes are held.
        held: The axes.
        drawn: The network last drawn, with its axes and frame, so that nothing is recomputed at rest.
        layer: The layer shown, from 0 for the pixels; a fraction is a position between two layers.
        chosen: The indices of the chosen digits.
        chosen_among: The classes and labels of all digits on the map when these were chosen.
    """

    source: object = None
    held: HeldAxes | None = None
    drawn: tuple[Network, HeldAxes, Frame] | None = None
    layer: float = 1.0
    chosen: frozenset[int] = frozenset()
    chosen_among: object = None


def heading(reader: Reader) -> Markup:
    """Return the heading of the view."""
    return TEMPLATES.heading(is_of_digits=reader.classes == DIGITS)


def show(session: Session, network: str, reader: Reader) -> None:
    """Show the map and, for a run, the replay slider."""
    dev = session.networks.dev_examples(network, reader)
    if len(dev) < 2:
        st.html(TEMPLATES.no_digits())
        return
    replay = replay_of(session.runs, network)
    running = replay is not None and replay.run.state is State.RUNNING
    seconds = max(REDRAW_SECONDS, min(SECONDS_PER_PARAMETER * reader.network.vector.size, LEAST_OFTEN))
    with st.container(key="look_map"), st.container(key=WITHIN):
        st.html(sheet(dev.take(limit=SHOWN)[0], palette()))
        _paper_and_map(network, running, seconds if running else None)


@st.fragment
def _paper_and_map(network: str, running: bool, redraw_seconds: float | None) -> None:  # noqa: FBT001 - as `_map`
    """Show the canvas and the map; a stroke redraws only this."""
    canvas.take_up_report(Session.current().canvas)
    paper = st.container(key="own_paper", gap="xsmall")
    live_fragment(_map, redraw_seconds)(network, running)
    with paper:  # after the map, which visitors wait for
        small_canvas(_("It is a point of the map."))


def _map(network: str, running: bool) -> None:  # noqa: FBT001 - whether it was training when the page was drawn
    """Show the map at the current step."""
    session = Session.current()
    replay = replay_of(session.runs, network)
    source: object
    if replay is None:
        reader = latest = session.networks.reader(network)
        source, step = reader.network, 0
    else:
        snapshot = replay.run.snapshot()
        reader, latest = reader_at(replay, snapshot), Reader(snapshot.network)
        source, step = replay.run, snapshot.position.step
        replay_status(replay, snapshot)
        if running and snapshot.state is not State.RUNNING:
            st.rerun(scope="app")
    dev = session.networks.dev_examples(network, reader)
    images, labels = dev.take(limit=SHOWN)
    held, shown = _frame(source, reader, latest, images, step, running=running)
    colours = palette()

    def own(live: LiveReading) -> dict[str, Any] | None:
        reading = live.by(reader)
        return None if reading.rejection is Rejection.BLANK else own_data(reading, reader, held, shown, colours)

    link_choices.note_drawing()
    with st.container(key="own_reading"):
        live = live_reading(session.canvas, reader)
    follow_pen(follower=own)
    data = map_data(shown, reader, dev, labels, axes_of=held.step if replay is not None else None)
    data["own"] = own(live)
    data |= _layer_shown(layer_names(shown))
    data["chosen"] = _chosen((dev.classes, labels.tobytes()), len(labels))
    opened = _component()(
        key=KEY,
        data=data,
        on_open_change=lambda: _open(len(images)),
        on_layer_change=_show_layer,
        on_chosen_change=lambda: _choose(len(images)),
    )
    with st.expander(_("As a table")):
        st.html(table(shown, reader, dev, labels))
    if replay is not None:
        choose_step()  # inside the fragment, so that a move does not resend the sheet
    if opened.open is not None:
        st.rerun(scope="app")
    follow_choices()


def _layer_shown(names: list[str]) -> dict[str, Any]:
    """Return the layer shown, and the state of the slider under a task."""
    state, task, last = page_state(MapState), link_choices.task_here(), len(names) - 1

    def shown(layer: float) -> str:
        before, after = names[math.floor(layer)], names[math.ceil(layer)]
        return before if before == after else _("{from} to {to}", **{"from": before, "to": after})

    choice = Choice("map_layer", _("Layer"), "", 1.0, Between(0, last), written="{:g}".format, shown=shown)
    if link_choices.opens(choice, CONTROL):
        state.layer = link_choices.linked(choice)
    state.layer = min(state.layer, last)
    link_choices.note(choice, state.layer)
    return {"layer": state.layer, "can_choose_layer": task.is_free(CONTROL), "shows_layer": task.shows(CONTROL)}


def _show_layer() -> None:
    """Store which layer the slider shows."""
    match streamlit_state.widget_value(KEY).get("layer"):
        case int() | float() as layer if layer >= 0:
            page_state(MapState).layer = float(layer)


def _chosen(among: object, digits: int) -> list[int]:
    """Return the indices of the chosen digits; none if the digits on the map have changed."""
    state = page_state(MapState)
    if state.chosen_among != among:
        state.chosen, state.chosen_among = frozenset(), among
    options = Subsets(digits)
    choice = Choice(
        "map_digits",
        _("Choice of digits"),
        "",
        frozenset[int](),
        options,
        written=options.written,
        shown=lambda chosen: ngettext("{count} digit", "{count} digits", len(chosen), count=count(len(chosen))),
    )
    if link_choices.opens(choice):
        state.chosen = link_choices.linked(choice)
    link_choices.note(choice, state.chosen)
    return sorted(state.chosen)


def _choose(digits: int) -> None:
    """Store which digits are chosen on the map."""
    match streamlit_state.widget_value(KEY).get("chosen"):
        case list() as places:
            places = [each for each in places if isinstance(each, int) and 0 <= each < digits]
            page_state(MapState).chosen = frozenset(places)


def _frame(
    source: object, reader: Reader, latest: Reader, images: NDArray[np.uint8], step: int, *, running: bool
) -> tuple[HeldAxes, Frame]:
    """Return the axes held for a run or a network, refitted to its latest step if that is due, and the digits."""
    state, seen = page_state(MapState), None
    held = state.held if state.source is source else None
    if held is None or held.is_due(step, running=running):
        fitted_to = seen_by(latest, images)
        pixels = pixel_axes(images, latest.normalization.upright) if held is None else held.axes[0]
        held = hold_axes(fitted_to, pixels, step, held)
        state.source, state.held = source, held
        seen = fitted_to if np.array_equal(latest.network.vector, reader.network.vector) else None
    elif state.drawn is not None:
        network, axes, drawn = state.drawn
        if axes is held and np.array_equal(network.vector, reader.network.vector):
            return held, drawn
    shown = frame(reader, seen_by(reader, images) if seen is None else seen, held)
    state.drawn = (reader.network, held, shown)
    return held, shown


def map_data(
    shown: Frame, reader: Reader, dev: Examples, labels: NDArray[np.uint8], *, axes_of: int | None
) -> dict[str, Any]:
    """Return the data that digit_map.js draws, with the true labels of the digits shown.

    `axes_of` is the step of the run to which the axes were fitted; None for a network that is not in training.
    """
    axes = "" if axes_of is None else _("Axes of step {step}, held so that steps compare.", step=count(axes_of))
    return {
        "is_of_digits": dev.classes == DIGITS,
        "classes": dev.classes,
        "glyphs": glyphs(dev.classes),
        "labels": labels.tolist(),
        "read": [reader.classes[each] for each in shown.read],
        "sure": [chance(float(each)) for each in shown.sure],
        "layers": [
            {"name": name, "points": _thousandths(points), "note": note}
            for name, points, note in zip(layer_names(shown), shown.points, notes(shown), strict=True)
        ],
        "axes": axes,
        "own": None,
    }


def own_data(own: Reading, reader: Reader, held: HeldAxes, shown: Frame, colours: Palette) -> dict[str, Any]:
    """Return the data about your drawing for digit_map.js."""
    best = int(own.probabilities.argmax())
    return {
        "points": [_thousandths(each) for each in own_points(reader, own.image, held, shown.scales)],
        "read": reader.classes[best] if own.digit is not None else "",
        "sure": chance(float(own.shares[best])),
        "image": data_uri(ink_picture(own.image, colours)),
    }


def _thousandths(points: NDArray[np.float64]) -> list[int]:
    """Return points (n, 2) as alternating x's and y's, in thousandths."""
    rounded: list[int] = np.rint(1000 * points).astype(int).ravel().tolist()
    return rounded


def glyphs(classes: tuple[str, ...]) -> list[str]:
    """Return the glyph of each class on the map: its name or, if any name is longer than two letters, its number."""
    return list(classes) if max(map(len, classes)) <= 2 else [str(place) for place in range(len(classes))]


def layer_names(shown: Frame) -> list[str]:
    """Return the names of the layers, pixels first."""
    hidden = len(shown.units) - 2
    between = [_("Hidden")] if hidden == 1 else [_("Hidden {number}", number=place) for place in range(1, hidden + 1)]
    return [_("Pixels"), *between, _("Logits")]


def notes(shown: Frame) -> list[str]:
    """Return for each layer how much of its variance the map shows."""
    kinds = [_note_on_pixels, *[_note_on_activations] * (len(shown.units) - 2), _note_on_logits]
    return [note(share, units) for note, share, units in zip(kinds, shown.shares, shown.units, strict=True)]


def _note_on_pixels(share: float, pixels: int) -> str:
    # Translators: {count} is always 784.
    same = N_("The {count} pixels are the same for all, so there is nothing to tell apart.")
    # Translators: {count} is always 784.
    held = N_("These two directions hold {share} of the variance of the {count} pixels.")
    return _(same if math.isnan(share) else held, share=percent(share, 0), count=count(pixels))


def _note_on_activations(share: float, units: int) -> str:
    if math.isnan(share):
        return ngettext(
            "The {count} activation is the same for all, so there is nothing to tell apart.",
            "The {count} activations are the same for all, so there is nothing to tell apart.",
            units,
            count=count(units),
        )
    return ngettext(
        "These two directions hold {share} of the variance of the {count} activation.",
        "These two directions hold {share} of the variance of the {count} activations.",
        units,
        share=percent(share, 0),
        count=count(units),
    )


def _note_on_logits(share: float, outputs: int) -> str:
    if math.isnan(share):
        return ngettext(
            "The {count} logit is the same for all, so there is nothing to tell apart.",
            "The {count} logits are the same for all, so there is nothing to tell apart.",
            outputs,
            count=count(outputs),
        )
    return ngettext(
        "These two directions hold {share} of the variance of the {count} logit.",
        "These two directions hold {share} of the variance of the {count} logits.",
        outputs,
        share=percent(share, 0),
        count=count(outputs),
    )


def table(shown: Frame, reader: Reader, dev: Examples, labels: NDArray[np.uint8]) -> Markup:
    """Return the number of digits and of misread digits in each class, and the class nearest to it in each layer."""
    misread = np.array(reader.classes)[shown.read] != np.array(dev.classes)[labels]
    near = [nearest_classes(points, labels, len(dev.classes)) for points in shown.points]
    return TEMPLATES.table(
        layers=layer_names(shown),
        is_of_digits=dev.classes == DIGITS,
        rows=[
            (
                name,
                int(np.count_nonzero(labels == place)),
                int(np.count_nonzero(misread[labels == place])),
                [dev.classes[each[place]] if each[place] >= 0 else "" for each in near],
            )
            for place, name in enumerate(dev.classes)
        ],
    )


@st.cache_resource(max_entries=20, show_spinner=False)
def sheet(images: NDArray[np.uint8], colours: Palette) -> Markup:
    """Return images (n, 784) as one picture, which the map cuts up; it is sent only when the page is drawn."""
    picture = tiles(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE) / 255, COLUMNS, gap=0)
    return TEMPLATES.sheet(picture=data_uri(ink_picture(picture, colours)))


def _open(digits: int) -> None:
    """Open what was chosen in the view of one digit: a dev digit by its index or, after the last, your drawing."""
    match streamlit_state.widget_value(KEY).get("open"):
        case int(place) if 0 <= place < digits:
            digit_choice.select_dev_digit(place)
        case int(place) if place == digits:
            digit_choice.select(digit_choice.DRAWING)
        case _:
            return
    streamlit_state.set_widget(VIEW_KEY, ONE_DIGIT)
