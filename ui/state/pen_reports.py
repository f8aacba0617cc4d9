"""Where browsers report strokes being drawn, bypassing Streamlit, whose scripts take longer to run than a reading."""

import secrets
from typing import Protocol
from weakref import WeakValueDictionary

REPORTED_TO = "digit_lab/strokes/"
"""The path, below the app's, that a report is posted to; the listener's key follows."""

MOST_BYTES = 1_000_000
"""The longest report that is read. The browser thins out longer strokes."""


class PenListener(Protocol):
    """Answers the reports of one session."""

    def answer(self, report: object) -> bytes:
        """Return the answer to a report, which is untrusted JSON; called in a thread of its own."""


_listeners: WeakValueDictionary[str, PenListener] = WeakValueDictionary()


def new_key(listener: PenListener) -> str:
    """Return an unguessable key for a listener, valid as long as its session lasts."""
    key = secrets.token_urlsafe(16)
    _listeners[key] = listener
    return key


def listener(key: str) -> PenListener | None:
    """Return the listener with this key; None if its session has ended."""
    return _listeners.get(key)
