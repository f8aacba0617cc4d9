"""Dreams: the pictures that classes or hidden units like best, climbing from noise, raw beside smoothed."""

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import IMAGE_SIDE
from language import translation
from language.translation import _
from models.reader import Reader
from nn.nearest_images import nearest_images
from nn.network import Floats, Network
from training.percentages import chance
from training.run_snapshot import State
from ui import routes
from ui.look import digit_choice
from ui.look.climbing_dreams import FIRST_SHOWN, KINDS, STEPS, Dreams, Known, Wish
from ui.look.dream_choice import CLASSES, CONTROL, choose_wish
from ui.look.link_choices import Between, Choice, linked, note, opens
from ui.look.replay import WITHIN, choose_step, reader_at, replay_of, replay_status
from ui.look.starting_point import ONE_DIGIT, VIEW_KEY, LookState, follow_choices
from ui.look.traced_digit import training_digits
from ui.state import streamlit_state
from ui.state.digit_sources import InputSource, InspectedDigit
from ui.state.inspection import Inspection
from ui.state.network_names import SMALL
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates, clickable_html
from ui.widgets.live_fragment import live_fragment
from ui.widgets.palette import Palette, palette
from ui.widgets.preset_results import preset_from_train

TEMPLATES = Templates("look/dreams.html.j2")

REDRAW_SECONDS, SECONDS_WHILE_TRAINING = 0.1, 1.0
"""Seconds between redraws during a climb, and, for the replay slider, after it while the run trains."""

KNOWN, TYPICAL = 5_000, 100
"""The training digits searched for the nearest one, and the dev digits that show how far away it usually is."""

ASKED = 3
"""The class for which a preset asks how sure the network will be of its dream."""

MOST_NOISE = 9_999


def heading(reader: Reader) -> Markup:  # noqa: ARG001 - same signature as other views
    """Return the heading of the view."""
    return TEMPLATES.heading()


def show(session: Session, network: str, reader: Reader) -> None:
    """Show what the network dreams of."""
    dreams, replay, task = page_state(Dreams), replay_of(session.runs, network), session.task_on(routes.LOOK)
    running, step, is_replayed = False, reader.about.get("step"), False
    if replay is not None:
        snapshot = replay.run.snapshot()
        reader = reader_at(replay, snapshot)
        is_replayed = replay.replayed is not None
        running = snapshot.state is State.RUNNING
        step = None if running and not is_replayed else replay.shown(snapshot).step
    with st.container(key="dream_of", horizontal=True, vertical_alignment="bottom"):
        kind, question, wish = choose_wish(reader)
        _open_noise(dreams)
        if task.is_free(CONTROL):
            st.button(_("Other noise"), key="dream_again", on_click=_again, help=_("Climb again, from other noise."))
    asked = (network, step, kind, question, dreams.seed, translation.current())
    if asked != dreams.asked:
        dreams.begin(wish, reader.network, _known(session, network, reader))
        dreams.asked = asked
        _open_picture(dreams, wish)
    every = REDRAW_SECONDS if dreams.climbing else SECONDS_WHILE_TRAINING if running else None
    with st.container(key=WITHIN):
        live_fragment(_climb, every)(reader, network, dreams.climbing, running)
        if replay is not None:
            choose_step()
    with st.container(key="dream_actions", horizontal=True, gap="small"):
        if task.is_free("view") and task.is_free("digit"):
            st.button(
                _("Open in One digit"),
                key="open_dream",
                on_click=_open,
                args=(session, network),
                disabled=is_replayed,
                help=_("Follow the smoothed picture through the network, number by number."),
            )
        st.button(
            _("Read it on Draw"),
            key="draw_dream",
            on_click=_draw,
            args=(session, network),
            disabled=is_replayed,
            help=_("Put the smoothed picture on the canvas: draw on it until it is a digit to you, too."),
        )
    st.html(TEMPLATES.how(is_training=running, is_replayed=is_replayed, name=network))


def _again() -> None:
    page_state(Dreams).seed += 1


def _open_noise(dreams: Dreams) -> None:
    seed = Choice("dream_noise", _("Noise"), "", 0, Between(0, MOST_NOISE))
    if opens(seed, CONTROL):
        dreams.seed = int(linked(seed))
    note(seed, dreams.seed)


def _open_picture(dreams: Dreams, wish: Wish) -> None:
    if opens(_picture_shown(wish)):
        dreams.chosen = linked(_picture_shown(wish)) - 1


def _picture_shown(wish: Wish) -> Choice[int]:
    """Return the choice of the picture to show large, by its number from 1."""
    pictures = len(wish.pictures)
    return Choice("dream_picture", _("Picture"), "", min(FIRST_SHOWN + 1, pictures), range(1, pictures + 1))


def _known(session: Session, network: str, reader: Reader) -> Known:
    images, classes, *_total = training_digits(session, network, reader, KNOWN)
    dev = session.networks.dev_examples(network, reader)
    if not len(dev):
        return Known(images, classes, None)
    distances = nearest_images(reader.inputs(dev.take(limit=TYPICAL)[0]), images)[1]
    return Known(images, classes, float(distances.mean()))


def _climb(reader: Reader, network: str, was_climbing: bool, was_running: bool) -> None:  # noqa: FBT001 - as drawn
    """Take a few steps and show the pictures; choosing one reruns only this."""
    dreams, replay = page_state(Dreams), replay_of(Session.current().runs, network)
    running = False
    if replay is not None:
        snapshot = replay.run.snapshot()
        running = snapshot.state is State.RUNNING
        replay_status(replay, snapshot)
    if dreams.wish is None or dreams.network is None or dreams.known is None:
        return
    if dreams.climbing:
        dreams.advance()
    reads = {kind: _readings(reader, dreams.network, dreams.images[kind]) for kind in KINDS}
    colours = palette()
    if network == SMALL:
        _what_came(reader, dreams)
    clickable_html(_grid(dreams, dreams.wish, reads, colours), "dreams", _choose)
    st.html(_large(dreams, dreams.wish, dreams.known, reads, colours))
    note(_picture_shown(dreams.wish), dreams.chosen + 1)
    follow_choices()
    if (was_climbing and not dreams.climbing) or (was_running and not running):
        st.rerun(scope="app")


def _what_came(reader: Reader, dreams: Dreams) -> None:
    """Show the outcome of a preset that Train sent here: how sure the network finally is of its raw picture of a 3."""
    certainty = None
    if dreams.network is not None and not dreams.climbing and dreams.asked[2] == CLASSES:
        logits = dreams.network.logits(dreams.images["raw"][[ASKED]])
        certainty = float(reader.decision_rule.probabilities(logits)[0, ASKED])
    preset_from_train(routes.LOOK, certainty)


def _choose(clicked: str) -> None:
    page_state(Dreams).chosen = int(clicked)


def _readings(reader: Reader, network: Network, images: Floats) -> list[tuple[str, str]]:
    """Return how each image is read, a dash if as not a digit, and with what certainty."""
    rule = reader.decision_rule
    with np.errstate(over="ignore", invalid="ignore"):  # the weights may be about to diverge
        logits = np.nan_to_num(network.logits(images))
        rejected, reject = rule.rejects(logits), rule.reject_probability(logits)
        shares = rule.probabilities(logits) * (1 - reject[:, None])
    return [
        ("–", chance(float(none))) if no else (reader.classes[int(each.argmax())], chance(float(each.max())))
        for each, no, none in zip(shares, rejected, reject, strict=True)
    ]


def _grid(dreams: Dreams, wish: Wish, reads: dict[str, list[tuple[str, str]]], colours: Palette) -> Markup:
    sheets = {
        kind: data_uri(ink_picture(np.hstack(list(dreams.images[kind].reshape(-1, IMAGE_SIDE, IMAGE_SIDE))), colours))
        for kind in KINDS
    }
    return TEMPLATES.grid(
        pictures=wish.pictures,
        reads=reads,
        sheets=sheets,
        chosen=dreams.chosen,
        step=dreams.step,
        steps=STEPS,
    )


def _large(
    dreams: Dreams, wish: Wish, known: Known, reads: dict[str, list[tuple[str, str]]], colours: Palette
) -> Markup:
    """Return the chosen picture, raw and smoothed, each with the nearest training digit."""
    place = dreams.chosen
    images = np.array([dreams.images[kind][place] for kind in KINDS])
    found, distances = nearest_images(images, known.images)
    return TEMPLATES.large(
        title=wish.pictures[place].title,
        pictures=[
            {
                "kind": kind,
                "image": _picture(images[index], colours),
                "read": reads[kind][place],
                "nearest": _picture(known.images[found[index, 0]], colours),
                "nearest_class": known.classes[found[index, 0]],
                "distance": float(distances[index, 0]),
            }
            for index, kind in enumerate(KINDS)
        ],
        known=len(known.classes),
        typical=known.typical,
    )


def _picture(image: Floats, colours: Palette) -> str:
    return data_uri(ink_picture(image.reshape(IMAGE_SIDE, IMAGE_SIDE), colours))


def _chosen_picture() -> Floats:
    dreams = page_state(Dreams)
    picture: Floats = dreams.images["smoothed"][dreams.chosen].reshape(IMAGE_SIDE, IMAGE_SIDE)
    return picture


def _open(session: Session, network: str) -> None:
    dreams = page_state(Dreams)
    assert dreams.wish is not None
    source = InputSource(_chosen_picture().astype(np.float32))
    dream = InspectedDigit(source, None, dreams.wish.pictures[dreams.chosen].origin)
    session.inspection = page_state(LookState).inspection = Inspection(dream, network, routes.LOOK)
    digit_choice.select(digit_choice.OPENED)
    streamlit_state.set_widget(VIEW_KEY, ONE_DIGIT)


def _draw(session: Session, network: str) -> None:
    if network != SMALL:
        session.networks.choose(network)
    session.canvas.edit(InputSource(_chosen_picture().astype(np.float32)).mnist_image())
    routes.go_to(routes.DRAW)
