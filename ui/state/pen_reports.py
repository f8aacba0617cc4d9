"""Where browsers report the strokes under way: past Streamlit, whose scripts take longer to run than a reading."""

import secrets
from typing import Protocol
from weakref import WeakValueDictionary

REPORTED_TO = "digit_lab/strokes/"
"""The path, below the app's, that a report is posted to; the listener's key follows."""

MOST_BYTES = 1_000_000
"""The longest report that is read. The browser thins strokes that would take more."""


class PenListener(Protocol):
    """Answers the reports of one session."""

    def answer(self, report: object) -> bytes:
        """Return the answer to a report, which is JSON from anyone; called in a thread of its own."""


_listeners: WeakValueDictionary[str, PenListener] = WeakValueDictionary()


def new_key(listener: PenListener) -> str:
    """Return a key that nobody can guess, by which a listener is found as long as its session lasts."""
    key = secrets.token_urlsafe(16)
    _listeners[key] = listener
    return key


def listener(key: str) -> PenListener | None:
    """Return the listener with this key; None if its session has ended."""
    return _listeners.get(key)
