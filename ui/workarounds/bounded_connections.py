"""Bound the connections that the server holds, and close those that keep it waiting for the rest of a request.

uvicorn 0.54.0 waits forever for the rest of a header or body, and can refuse connections only once a whole request has
arrived (`limit_concurrency`, which Streamlit 1.67.0 does not set). A thousand connections with a byte each would use up
the files that the process may open.

Delete this once uvicorn bounds connections, in all and per address, and the time that a request may take to arrive;
tests/unit/ui/test_bounded_connections.py covers it.
"""

import asyncio
import sys
from collections.abc import Sequence

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ui.serving.admission import is_on_this_machine
from ui.serving.budgets import ADDRESS_SOCKETS, SOCKETS, Budget

HEADER_SECONDS = 10.0
"""How long the header of a request may take to arrive."""

BODY_SECONDS, BODY_BYTES = 60.0, 60_000
"""How much of a body must arrive in each such time: 1 kB/s, a tenth of what the slowest phone connections carry."""

_MOST_FILES = 10_000
"""Room for bursts: asyncio accepts up to 2,048 connections before it asks whether they may stay."""

_made, _received, _lost = H11Protocol.connection_made, H11Protocol.data_received, H11Protocol.connection_lost


def bound_connections() -> None:
    """From now on, count connections as they are accepted, and wait for requests with limited patience."""
    connections = _Connections(min(SOCKETS.limit, _raise_file_limit() // 2))

    def connection_made(protocol: H11Protocol, transport: asyncio.Transport) -> None:
        _made(protocol, transport)
        connections.add(protocol)

    def data_received(protocol: H11Protocol, data: bytes) -> None:
        _received(protocol, data)
        connections.note(protocol, len(data))

    def connection_lost(protocol: H11Protocol, error: Exception | None) -> None:
        connections.forget(protocol)
        _lost(protocol, error)

    for method in (connection_made, data_received, connection_lost):
        setattr(H11Protocol, method.__name__, method)


def _raise_file_limit() -> int:
    """Raise the number of files that this process may open as far as it is allowed to, and return it."""
    if sys.platform == "win32":
        return _MOST_FILES
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    return wanted


class _Connections:
    """The open connections."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waits: dict[H11Protocol, _Wait] = {}  # all but WebSockets, oldest first

    def add(self, protocol: H11Protocol) -> None:
        """Hold a new connection, if need be in place of one that has been idle."""
        self._waits[protocol] = _Wait(self, protocol)
        websockets = [each for each in protocol.connections if not isinstance(each, H11Protocol)]
        address = _address(protocol)
        if len(self._waits) + len(websockets) > self._most:
            self._make_room(list(self._waits), SOCKETS)
        elif not is_on_this_machine(address):
            theirs = [each for each in self._waits if _address(each) == address]
            if len(theirs) + sum(_address(each) == address for each in websockets) > ADDRESS_SOCKETS.limit:
                self._make_room(theirs, ADDRESS_SOCKETS)

    def note(self, protocol: H11Protocol, arrived: int) -> None:
        """Note that so many bytes have arrived."""
        if protocol not in protocol.connections:  # it is a WebSocket now
            self.forget(protocol)
        elif protocol in self._waits:
            self._waits[protocol].note(arrived)

    def forget(self, protocol: H11Protocol) -> None:
        """Hold a connection no longer."""
        if wait := self._waits.pop(protocol, None):
            wait.end()

    def close(self, protocol: H11Protocol) -> None:
        """Close a connection at once, even if its client does not read what was sent to it."""
        self.forget(protocol)
        protocol.transport.abort()

    def _make_room(self, among: Sequence[H11Protocol], budget: Budget) -> None:
        """Close the oldest connection without a request, which may be the newest."""
        idle = next(each for each in among if each.conn.their_state is h11.IDLE)
        if not idle.headers:  # no request has ever arrived
            sentence = str(budget).encode()
            idle.transport.write(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 60\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(sentence), sentence)
            )
        self.close(idle)


class _Wait:
    """The wait for the rest of a header or body; it closes a connection that sends too little."""

    def __init__(self, connections: _Connections, protocol: H11Protocol) -> None:
        self._connections, self._protocol = connections, protocol
        self._for: object = h11.IDLE
        self._begin()

    def note(self, arrived: int) -> None:
        self._arrived += arrived
        if self._protocol.conn.their_state is not self._for:
            self._for = self._protocol.conn.their_state
            self.end()
            self._begin()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        self._arrived = 0
        self._timer: asyncio.TimerHandle | None = None
        seconds: dict[object, float] = {h11.IDLE: HEADER_SECONDS, h11.SEND_BODY: BODY_SECONDS}
        if self._for in seconds:
            self._timer = self._protocol.loop.call_later(seconds[self._for], self._judge)

    def _judge(self) -> None:
        if self._for is h11.SEND_BODY and self._arrived >= BODY_BYTES:
            self._begin()
        else:
            self._connections.close(self._protocol)


def _address(protocol: asyncio.Protocol) -> str:
    client: tuple[str, int] | None = getattr(protocol, "client", None)
    return client[0] if client else ""
