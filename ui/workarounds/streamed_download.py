"""A download that is written while the browser fetches it, so that no more than a piece of it is in memory.

Streamlit 1.67.0 keeps the file of a download button in memory until the page is redrawn: 400 MB for the largest CSV.
Here its button gets bytes that only stand for the file, and the server answers the request for them itself. Delete this
once `st.download_button` takes an iterator of bytes and passes each on to the browser before it asks for the next.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import PurePosixPath
from typing import Self
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from streamlit import runtime

MEDIA = "media/"
"""The path, below the app's, at which browsers request files from Streamlit."""

_turn = asyncio.Lock()


class StreamedFile(bytes):
    """A file to be written in pieces. As bytes, it is random: Streamlit takes equal bytes for the same file.

    Attributes:
        write: Begins the file and returns its pieces.
    """

    write: Callable[[], Iterator[bytes]]

    def __new__(cls, write: Callable[[], Iterator[bytes]]) -> Self:
        """Return what a download button takes for a file."""
        file = super().__new__(cls, secrets.token_bytes())
        file.write = write
        return file


def streamed(path: str) -> Response | None:
    """Return the response to a request for a path below the app's; None unless a StreamedFile is there."""
    if not path.startswith(MEDIA) or not runtime.exists():
        return None
    stored = runtime.get_instance().media_file_mgr.read_file(PurePosixPath(path).stem)
    if stored is None or not isinstance(stored.content, StreamedFile):
        return None
    return StreamingResponse(
        _in_turns(stored.content.write()),
        media_type=stored.mimetype,
        headers={
            "content-disposition": f"attachment; filename*=utf-8''{quote(stored.filename or '', safe='')}",
            "x-accel-buffering": "no",  # or else nginx collects the file faster than the browser takes it
        },
    )


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces; of all files together, one is written at a time."""
    while True:
        async with _turn:
            piece = await run_in_threadpool(next, pieces, None)
        if piece is None:
            return
        yield piece
