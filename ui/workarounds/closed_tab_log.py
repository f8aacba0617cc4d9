"""Keep tracebacks of closed tabs out of the server's log.

If a connection closes during a send, Streamlit 1.67.0 mistakes the error for a malformed message and closes the
connection again; Starlette then raises (Kludex/starlette#2766) and a traceback is logged. It is harmless: the session
ends normally.

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
    """Stop logging tracebacks of closed tabs. Calling this again has no effect."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
