"""A log of bounded size: beyond the budget, messages are counted instead of written."""

import logging
from typing import Any

from ui.serving.budgets import LOG_MB, Allowance

_FORMATTER = logging.Formatter()
_EMIT = logging.StreamHandler.emit


class LogLimit:
    """The remaining log budget; up to an hour's worth may be written at once."""

    def __init__(self) -> None:
        """Begin with an empty log."""
        day = LOG_MB.limit * 1e6
        self._allowed = Allowance(day / 24, day / 24 / 3600)
        self._left_out = 0

    def allows(self, record: logging.LogRecord) -> bool:
        """Return whether a message may be written; the first one after a gap says how many were left out."""
        text = record.getMessage()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if not self._allowed.take(len(text) + len(record.exc_text or "")):
            self._left_out += 1
            return False
        if self._left_out:
            record.msg, record.args = f"({self._left_out:,} messages were left out: {LOG_MB}) {text}", ()
            self._left_out = 0
        return True


def limit_log() -> None:
    """Limit what all loggers write together. This patches the handlers' class, as each Streamlit logger has its own.

    A second call replaces the limit of the first.
    """
    limit = LogLimit()

    def emit_within_limit(handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
        if limit.allows(record):
            _EMIT(handler, record)

    logging.StreamHandler.emit = emit_within_limit  # type: ignore[method-assign, assignment]
