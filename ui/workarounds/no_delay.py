"""Send each WebSocket message at once instead of waiting for the browser to acknowledge the one before.

Streamlit 1.67.0 binds its socket with protocol 0 (`_bind_socket` in starlette_server.py), and asyncio switches Nagle's
algorithm off only where the protocol is IPPROTO_TCP. Where an answer takes several messages, the last waits for up to
40 ms, the browser's delayed acknowledgement. On Linux, accepted connections inherit the option of the listening socket.

Delete this once `socket.TCP_NODELAY` is set on the server's connections without it.
"""

import socket
from functools import cache
from pathlib import Path

_OPEN_FILES = Path("/proc/self/fd")


@cache
def send_without_delay() -> None:
    """Set TCP_NODELAY on every TCP socket of this process, once; does nothing on systems other than Linux."""
    if not _OPEN_FILES.exists():
        return
    for file in list(_OPEN_FILES.iterdir()):
        try:
            if file.is_socket():
                _set_no_delay(int(file.name))
        except OSError:  # closed meanwhile
            continue


def _set_no_delay(descriptor: int) -> None:
    found = socket.socket(fileno=descriptor)
    try:
        if found.family in {socket.AF_INET, socket.AF_INET6} and found.type == socket.SOCK_STREAM:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    finally:
        found.detach()  # it belongs to the server
