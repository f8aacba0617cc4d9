"""What one visitor may use, and all together: each limit declared once, with the sentence shown when it is reached."""

import os
import time
from dataclasses import dataclass

from data.dataset import DataError
from ink.collection import MOST_POINTS
from language.numbers import whole
from language.translation import N_, _


class OverBudgetError(DataError):
    """A budget would be exceeded. The message is the budget's sentence."""


@dataclass(frozen=True)
class Budget:
    """One limit.

    Attributes:
        name: Its name; prefixed with DIGIT_LAB_, the name of the environment variable that overrides it.
        what: What is limited.
        limit: The most that is allowed, at least 1.
        unit: The unit of the limit.
        sentence: What a visitor reads when it is reached, with {most} for the limit.
    """

    name: str
    what: str
    limit: int
    unit: str
    sentence: str

    def __str__(self) -> str:
        """Return the sentence."""
        return _(self.sentence, most=whole(self.limit))

    def check(self, amount: float) -> None:
        """Raise OverBudgetError if this much is more than allowed."""
        if amount > self.limit:
            raise OverBudgetError(str(self))


BUDGETS: dict[str, Budget] = {}
"""All budgets by name, in the order of docs/operating.md."""


def _budget(name: str, what: str, limit: int, unit: str, sentence: str) -> Budget:
    """Add a budget to the table, with the limit from its environment variable if that is set.

    Raises:
        ValueError: The variable is not a whole number of at least 1.
    """
    text = os.environ.get(f"DIGIT_LAB_{name}", str(limit))
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(f"DIGIT_LAB_{name} must be a whole number of at least 1; got {text!r}")
    BUDGETS[name] = Budget(name, what, int(text), unit, sentence)
    return BUDGETS[name]


STROKES = _budget(
    "STROKES",
    "Strokes of a drawing that are read",
    200,
    "strokes",
    N_("Only the first {most} strokes are read. Clear the paper to start over."),
)
POINTS = _budget(
    "POINTS",
    "Points of a drawing that are read: over a minute of drawing",
    5_000,
    "points",
    N_("Only the first {most} points are read. Clear the paper to start over."),
)
CORRECTIONS = _budget(
    "CORRECTIONS",
    "Corrected digits of a session, all of which are read again with each correction",
    500,
    "digits",
    N_("A network can learn from up to {most} corrected digits here. Unlearn some to add others."),
)
CORRECTION_POINTS = _budget(
    "CORRECTION_POINTS",
    "Points in a file of corrected digits",
    50_000,
    "points",
    N_("A file may hold up to {most} points. Split it, or use the CSV."),
)
COLLECTED = _budget(
    "COLLECTED",
    "Drawings that a session collects",
    1_000,
    "drawings",
    N_("Up to {most} drawings can be collected here. Train on them, or remove a class to draw others."),
)
COLLECTED_POINTS = _budget(
    "COLLECTED_POINTS",
    "Points that are kept of a collected drawing; of more, every second, third or further one",
    MOST_POINTS,
    "points",
    N_("A drawing in a file may have up to {most} points. Draw this one again."),
)
COLLECTED_CLASSES = _budget(
    "COLLECTED_CLASSES",
    "Classes of collected drawings",
    26,
    "classes",
    N_("Up to {most} classes can be collected. Leave some out."),
)
CLASS_LETTERS = _budget(
    "CLASS_LETTERS",
    "Letters in the name of a class of collected drawings",
    20,
    "letters",
    N_("The name of a class may have up to {most} letters. Choose a shorter one."),
)
LINK = _budget(
    "LINK",
    "Characters of a link that sets a task",
    2_000,
    "characters",
    N_("A link can have {most} characters, as not every program takes more. Shorten the text, or show fewer controls."),
)
SEARCH_SECONDS = _budget(
    "SEARCH_SECONDS",
    "Work of a search each time it is started, in turns with other searches",
    3_600,
    "seconds",
    N_("A search may take {most} seconds at a time. Start it again to continue."),
)
ROOMS = _budget(
    "ROOMS",
    "Rooms of classes that are open, on all replicas together",
    50,
    "rooms",
    N_("There are {most} rooms open already. Try again when one has closed."),
)
ROOMS_AN_HOUR = _budget(
    "ROOMS_AN_HOUR",
    "Rooms opened in an hour from one network address other than this machine's own",
    20,
    "rooms",
    N_("Your network has opened {most} rooms within an hour. Try again later."),
)
ROOM_PUPILS = _budget(
    "ROOM_PUPILS",
    "Pupils who join a room",
    60,
    "pupils",
    N_("This room is full: {most} pupils have joined."),
)
ROOM_DRAWINGS = _budget(
    "ROOM_DRAWINGS",
    "Drawings in a room, those struck out among them",
    5_000,
    "drawings",
    N_("This room is full: it holds {most} drawings."),
)
PUPIL_DRAWINGS = _budget(
    "PUPIL_DRAWINGS",
    "Drawings of one pupil in a room, those struck out among them",
    400,
    "drawings",
    N_("You have added {most} drawings, the limit for one person."),
)
DRAWINGS_A_MINUTE = _budget(
    "DRAWINGS_A_MINUTE",
    "Drawings that one pupil adds to a room in a minute",
    60,
    "drawings",
    N_("You can add up to {most} drawings a minute. Wait a moment."),
)
ROOM_NAME = _budget(
    "ROOM_NAME",
    "Letters in the name of a room",
    40,
    "letters",
    N_("The name of a room may have up to {most} letters. Choose a shorter one."),
)
NICKNAME = _budget(
    "NICKNAME",
    "Letters in a nickname",
    20,
    "letters",
    N_("A nickname may have up to {most} letters. Choose a shorter one."),
)
CODES_A_MINUTE = _budget(
    "CODES_A_MINUTE",
    "Codes of rooms that a session tries in a minute",
    10,
    "codes",
    N_("You have tried {most} codes within a minute. Wait a minute, and check each letter."),
)
ALL_CODES_A_MINUTE = _budget(
    "ALL_CODES_A_MINUTE",
    "Codes of rooms that all sessions together try in a minute",
    300,
    "codes",
    N_("Many people are trying codes at the moment. Try again in a minute; the server takes {most} within one."),
)
SESSION_MB = _budget(
    "SESSION_MB",
    "Memory of a session: its datasets, networks, corrections, and runs with all their checkpoints",
    256,
    "MB",
    N_("There is no room for it in the {most} MB of one session. A new tab begins with an empty one."),
)
SESSIONS = _budget(
    "SESSIONS",
    "Sessions on this server, each an open page",
    100,
    "sessions",
    N_("{most} people are here now. Try again in a minute."),
)
ADDRESS_SESSIONS = _budget(
    "ADDRESS_SESSIONS",
    "Sessions from one network address other than this machine's own",
    60,
    "sessions",
    N_("Your network has {most} pages open here. Close some, or try again in a minute."),
)
SOCKETS = _budget(
    "SOCKETS",
    "Connections to this server, at most half as many as the files that it may open; beyond it, idle ones are closed",
    1_000,
    "connections",
    N_("There are {most} connections to this server. Try again in a minute."),
)
ADDRESS_SOCKETS = _budget(
    "ADDRESS_SOCKETS",
    "Connections from one network address other than this machine's own",
    500,
    "connections",
    N_("Your network has {most} connections to this server. Close some pages, or try again in a minute."),
)
ADDRESS_REQUESTS = _budget(
    "ADDRESS_REQUESTS",
    "Requests a second from one network address other than this machine's own; ten seconds' worth may come at once",
    600,
    "requests",
    N_("Your network sends more than {most} requests a second. Try again in a minute."),
)
SERVER_MB = _budget(
    "SERVER_MB",
    "Memory of the server beyond which it takes no new session and no file",
    2_000,
    "MB",
    N_("Its memory of {most} MB is in use. Try again in a minute."),
)
UPLOADS_MB = _budget(
    "UPLOADS_MB",
    "Files that a session has uploaded and not replaced; beyond it, the oldest go",
    256,
    "MB",
    N_("Files of up to {most} MB can be kept. Upload the oldest again if it is needed."),
)
SESSION_UPLOADS = _budget(
    "SESSION_UPLOADS",
    "Files that a session uploads at the same time, such as the four of MNIST",
    4,
    "files",
    N_("You are uploading {most} files already. Upload this one when they have arrived."),
)
ARRIVING_MB = _budget(
    "ARRIVING_MB",
    "Files that are being uploaded to this server, together; each is in its temporary folder until it has arrived",
    500,
    "MB",
    N_("The server takes {most} MB of files at a time. Try again in a minute."),
)
LOG_MB = _budget(
    "LOG_MB",
    "Size of what is logged in a day; beyond it, messages are counted",
    24,
    "MB",
    N_("The log is full: {most} MB a day."),
)


class Allowance:
    """A token bucket: an allowance that refills at a steady rate."""

    def __init__(self, most: float, per_second: float) -> None:
        """Start full."""
        self._most, self._per_second = most, per_second
        self._left, self._at = most, time.monotonic()

    def take(self, amount: float) -> bool:
        """Take this much and return whether that much was left; if not, nothing is taken."""
        now = time.monotonic()
        self._left, self._at = min(self._most, self._left + (now - self._at) * self._per_second), now
        if amount > self._left:
            return False
        self._left -= amount
        return True

    @property
    def is_whole(self) -> bool:
        """Whether it has refilled completely."""
        return self._left + (time.monotonic() - self._at) * self._per_second >= self._most
