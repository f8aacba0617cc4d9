"""Keep tracebacks of closed tabs out of the server's log.

Streamlit 1.67.0 takes the error of a connection that closes while it is being sent to for a malformed message, and
closes the connection again; Starlette then raises once more (Kludex/starlette#2766), and the log has a traceback.
Nothing is wrong: the session ends as it should.

Delete this once Streamlit's `starlette_websocket.py` treats that error as a disconnection.
"""

import logging

_LOGGERS = ("uvicorn.error", "streamlit.web.server.starlette.starlette_websocket")
_SENT_AFTER_CLOSE = 'Cannot call "send" once a close message has been sent.'


class _ClosedTabFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, RuntimeError) and str(error) == _SENT_AFTER_CLOSE)


_filter = _ClosedTabFilter()


def silence_closed_tabs() -> None:
    """Log no more tracebacks of closed tabs. Calling this again has no effect."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
