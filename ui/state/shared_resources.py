"""Resources shared by all sessions, each loaded once: built-in network, datasets, scheduler, classrooms."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
import streamlit as st
from numpy.typing import NDArray

from data.built_in import DATASETS
from data.dataset import IMAGE_SIDE, DataError, Dataset
from language.translation import _
from models.reader import Reader
from models.weights import SavedNetwork
from nn.batches import as_inputs
from training.run import Run
from training.scheduler import Scheduler
from training.settings import Settings
from ui.serving import budgets
from ui.state.session_memory import share

if TYPE_CHECKING:
    from classroom.rooms import Rooms

WEIGHTS = Path(__file__).parents[2] / "models" / "digits.npz"


@st.cache_resource(show_spinner=False)
def scheduler() -> Scheduler:
    """Return the scheduler that trains all sessions' runs."""
    return Scheduler()


@st.cache_resource(show_spinner=False)
def shipped_reader() -> Reader:
    """Return a reader with the built-in network.

    Raises:
        DataError: Its file is missing or damaged.
    """
    try:
        reader = Reader.load(WEIGHTS)
    except ValueError:
        raise DataError(
            _(
                "The built-in network, {file}, is missing or damaged: train one and choose it, or install the app"
                " again.",
                file=WEIGHTS.name,
            )
        ) from None
    reader.network.freeze()
    share(reader)
    return reader


@st.cache_resource(show_spinner=False)
def small_reader() -> Reader:
    """Return a reader with a network of 16 units trained for one epoch on the embedded digits; always the same."""
    digits = embedded()
    split = digits.split(0, *digits.default_sizes)
    run = Run(Settings(hidden_size=16, epochs=1), split, len(digits.classes))
    run.start()
    while run.advance(seconds=1) is not None:
        pass
    end = run.snapshot()
    about = {"classes": list(digits.classes), "step": end.position.step, "examples": {"train": end.examples}}
    reader = Reader(SavedNetwork(end.network, about))
    share(reader)
    return reader


def embedded() -> Dataset:
    """Return the digits that come with the app.

    Raises:
        DataError: Their file is missing or damaged.
    """
    return built_in("embedded")


def embedded_problem() -> str:
    """Return why the digits that come with the app cannot be used; empty if they can."""
    try:
        embedded()
    except DataError as error:
        return str(error)
    return ""


def built_in(key: str) -> Dataset:
    """Return a built-in dataset, loaded once for all sessions.

    Raises:
        DataError: If it is missing or cannot be read.
    """
    return _read(key, DATASETS[key].path())


@st.cache_resource(show_spinner=False, max_entries=len(DATASETS))
def _read(key: str, path: Path) -> Dataset:
    dataset = DATASETS[key].read(path)
    share(dataset)
    return dataset


@dataclass(frozen=True, eq=False)
class EmbeddedInputs:
    """The embedded digits as network inputs.

    Attributes:
        plain: (n, 784) float32 in [0, 1], as in MNIST.
        upright: The same, deslanted.
        labels: (n,) uint8, indices into `classes`.
        classes: The class names.
    """

    plain: NDArray[np.floating[Any]]
    upright: NDArray[np.floating[Any]]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...]

    def for_reader(self, reader: Reader) -> NDArray[np.floating[Any]]:
        """Return the images in the form that a reader's network expects."""
        return self.upright if reader.normalization.upright else self.plain


@st.cache_resource(show_spinner=False)
def embedded_inputs() -> EmbeddedInputs:
    """Return the embedded digits as network inputs."""
    from ink.slant import upright

    digits = embedded()
    deslanted = upright(digits.images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)).reshape(len(digits), -1)
    plain = as_inputs(digits.images)
    for images in (plain, deslanted):
        images.flags.writeable = False
    inputs = EmbeddedInputs(plain, deslanted, digits.labels, digits.classes)
    share(inputs)
    return inputs


DATABASE = "DIGIT_LAB_DATABASE"
"""The environment variable with the address of a PostgreSQL database for the rooms."""

DATABASE_FOLDER = "DIGIT_LAB_DATABASE_FOLDER"
"""The environment variable with the folder of the rooms' SQLite file, used without a PostgreSQL database."""

_SWEEP_SECONDS = 600


def rooms() -> Rooms:
    """Return the classrooms on this server.

    Raises:
        StorageError: The database is misconfigured in the environment; the log says how.
    """
    folder = Path(os.environ.get(DATABASE_FOLDER) or platformdirs.user_data_path("digit-lab"))
    return _rooms(os.environ.get(DATABASE) or folder)


@st.cache_resource(show_spinner=False)
def _rooms(where: Path | str) -> Rooms:
    from classroom.database import Database, StorageError
    from classroom.rooms import Limits, Rooms

    try:
        database = Database(where)
    except ValueError as error:
        logging.getLogger(__name__).error("%s: %s", DATABASE, error)  # noqa: TRY400 - one line
        raise StorageError from None
    limits = Limits(
        rooms=budgets.ROOMS,
        pupils=budgets.ROOM_PUPILS,
        digits=budgets.ROOM_DRAWINGS,
        digits_of_one=budgets.PUPIL_DRAWINGS,
        points=budgets.POINTS,
        room_name=budgets.ROOM_NAME,
        nickname=budgets.NICKNAME,
    )
    return Rooms(database, limits)


def sweep_rooms_regularly(stopped: threading.Event) -> None:
    """Delete expired rooms at once, and again every ten minutes, until `stopped` is set."""
    while True:
        with suppress(DataError):  # the error is in the log
            if rooms().database.may_hold_rooms():
                rooms().sweep()
        if stopped.wait(_SWEEP_SECONDS):
            return
