"""A class in one room, over bare WebSockets: how soon pupils' drawings are answered while all their networks train."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classroom.database import Database
from classroom.rooms import Limits, Rooms
from data.dataset import DIGITS
from testing import sample_digits
from testing.websocket_visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from testing.app_server import Server

SECONDS_A_DRAWING = 3.0
"""Average seconds from one drawing of a pupil to the next."""

DRAWN_BEFORE = 10
"""The number of drawings of each class in the room at the beginning."""

CANVAS = "canvas_room"

_SETTINGS = "epochs=100000&speed=Full"


@dataclass(frozen=True)
class NoLimit:
    """Lets everything through; the server has its own limits."""

    def check(self, amount: float) -> None:
        """Allow any amount."""


@dataclass(frozen=True)
class Lesson:
    """What was measured.

    Attributes:
        answers: Seconds from the last pen up of a drawing until the page shows it as accepted, with blank paper.
        drawings: The number of drawings in the room at the end.
        expected: The number that were acknowledged or were there before.
    """

    answers: Sequence[float]
    drawings: int
    expected: int


def lesson(server: Server, folder: Path, pupils: int, seconds: float) -> Lesson:
    """Have pupils draw in one room while each one's network trains on it and the teacher watches.

    Args:
        server: Serves the app, with its rooms in `folder`.
        folder: The folder of the database.
        pupils: The number of pupils who draw.
        seconds: How long they draw.
    """
    any_amount = NoLimit()
    rooms = Rooms(Database(folder), Limits(*[any_amount] * len(Limits.__dataclass_fields__)))
    teacher = rooms.open("7B", DIGITS)
    code = rooms.seat(teacher).room.code
    tokens = [rooms.join(code) for _ in range(pupils)]
    rng = np.random.default_rng(0)
    for number in range(DRAWN_BEFORE * len(DIGITS)):
        rooms.add(tokens[number % pupils], number % len(DIGITS), _drawing(number % len(DIGITS), rng))
    with contextlib.ExitStack() as tabs:
        tabs.enter_context(Visitor(server.url, f"teacher={teacher}", page="collect"))
        visitors = [
            tabs.enter_context(Visitor(server.url, f"teacher={token}&{_SETTINGS}", page="collect")) for token in tokens
        ]
        for visitor in visitors:
            visitor.press("train_alone")
            visitor.wait_for_label("train", "Pause")
            visitor.go("collect")
        ended = threading.Event()
        with ThreadPoolExecutor(pupils) as threads:
            draws = [threads.submit(_draw, visitor, number, ended) for number, visitor in enumerate(visitors)]
            ended.wait(seconds)
            ended.set()
            answers = [answer for each in draws for answer in each.result()]
    drawings = len(rooms.digits(teacher))
    rooms.database.close()
    return Lesson(answers, drawings, DRAWN_BEFORE * len(DIGITS) + len(answers))


def _draw(visitor: Visitor, number: int, ended: threading.Event) -> list[float]:
    """Draw one digit after another, and return the seconds until each was answered."""
    rng = np.random.default_rng(number)
    answers = []
    while not ended.wait(rng.exponential(SECONDS_A_DRAWING)):
        drawing = _drawing(int(rng.integers(10)), rng)
        began = time.perf_counter()
        visitor.hand_on(CANVAS, drawing)
        answers.append(time.perf_counter() - began)
    return answers


def _drawing(label: int, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Return a digit's strokes in canvas pixels, a little different each time."""
    scale = 400 / sample_digits.CANVAS
    return [stroke * scale + rng.normal(0, 3, stroke.shape) for stroke in sample_digits.digit(str(label))]
