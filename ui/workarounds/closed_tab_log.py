"""Keep what is no fault out of the server's log.

A tab may close in the instant in which something is sent to it. Streamlit 1.67 takes that for a frame it does not
understand and closes the connection once more, or sends once more: an exception with its traceback goes to the log. The
session is ended rightly all the same.
"""

import logging

_LOGGERS = ("uvicorn.error", "streamlit.web.server.starlette.starlette_websocket")
_SENT_TO_NOBODY = 'Cannot call "send" once a close message has been sent.'


class _NotOfClosedTabs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        raised = record.exc_info[1] if record.exc_info else None
        return not (isinstance(raised, RuntimeError) and str(raised) == _SENT_TO_NOBODY)


_not_of_closed_tabs = _NotOfClosedTabs()


def keep_quiet_about_closed_tabs() -> None:
    """Log nothing more of tabs that close while something is sent to them; once is enough, and more does no harm."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_not_of_closed_tabs)
