"""Train a network on the collected drawings, alone or with the embedded digits: the run begins, and Train shows it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from data.dataset import DataError, Dataset
from data.dataset_names import HANDWRITING, with_embedded
from ink.collection import Collection, united
from language.translation import _
from nn.uncertainty import wilson
from training.settings import SPOILING, defaults
from ui import routes
from ui.state import shared_resources
from ui.state.session import Session
from ui.state.session_memory import held_bytes
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("collect/page.html.j2")

FEWEST = 3
"""The fewest drawings of each class to train on: one may be held out for dev and one for test."""

SMALL_BATCH = 16


@dataclass
class _Begun:
    """The result of the last attempt to begin a run here.

    Attributes:
        refusal: Why the run could not begin; empty if it could.
        larger_batch: The chosen batch size, if a smaller one for few drawings replaced it; otherwise 0.
    """

    refusal: str = ""
    larger_batch: int = 0


@dataclass(frozen=True)
class Source:
    """Drawings to train on.

    Attributes:
        take: Returns the current drawings as a dataset.
        of_room: Whether the drawings are those of a room, rather than the visitor's own.
    """

    take: Callable[[Session], Dataset]
    of_room: bool


OWN = Source(lambda session: session.collection.dataset(HANDWRITING), of_room=False)
ROOM = Source(lambda session: session.room_visit.dataset(), of_room=True)


def train_on(collection: Collection, source: Source = OWN) -> None:
    """Offer to train on a collection, and say how certain the accuracy will be."""
    fewest, count = int(collection.counts.min()), len(collection.kept)
    dev = sizes_of(count)[0]
    st.html(
        TEMPLATES.train_on(
            of_room=source.of_room,
            fewest=FEWEST,
            is_enough=fewest >= FEWEST,
            drawings=count,
            dev=dev,
            lowest=float(wilson(1.0, dev)[0]),
        )
    )
    with st.container(key="train_on", horizontal=True, gap="small"):
        st.button(
            _("Train on them"),
            key="train_alone",
            type="primary",
            disabled=fewest < FEWEST,
            on_click=_train,
            args=(source, False),
            help=_("Starts a run on these drawings alone."),
        )
        st.button(
            _("Train with the embedded digits"),
            key="train_with_digits",
            disabled=fewest < FEWEST or bool(shared_resources.embedded_problem()),
            on_click=_train,
            args=(source, True),
            help=_(
                "The drawings join the 5,000 embedded digits: those of the same name their class, others as classes of"
                " their own."
            ),
        )
    if refusal := page_state(_Begun).refusal:
        messages.problem(refusal)


def sizes_of(count: int) -> tuple[int, int]:
    """Return how many of this many drawings are held out for dev and test: a fifth and a tenth."""
    return max(count // 5, 1), max(count // 10, 1)


def _train(source: Source, with_digits: bool) -> None:  # noqa: FBT001 - from a button
    session = Session.current()
    state, chosen = page_state(_Begun), session.settings.batch_size
    state.refusal = ""
    if chosen == SMALL_BATCH and state.larger_batch:
        chosen = state.larger_batch
    try:
        dataset = source.take(session)
        (dev, test), batch = sizes_of(len(dataset)), min(chosen, SMALL_BATCH)
        if with_digits:
            dataset = united(dataset, shared_resources.embedded(), with_embedded(dataset.name))
            (dev, test), batch = dataset.default_sizes, chosen
        session.check_room(held_bytes([dataset]))
        if dataset.name != session.room_visit.dataset_name:  # the room's dataset is already available
            session.datasets.uploads[dataset.name] = dataset
        settings = replace(
            session.settings,
            dataset=dataset.name,
            dev_size=dev,
            test_size=test,
            batch_size=batch,
            **{name: defaults()[name] for name in SPOILING},
        )
        run = session.runs.begin(settings)
    except DataError as refused:
        state.refusal = str(refused)
        return
    state.larger_batch = chosen if batch < chosen else 0
    session.replace_settings(settings)
    session.networks.choose_run()
    run.start()
    session.runs.train()
    routes.go_to(routes.TRAIN)
