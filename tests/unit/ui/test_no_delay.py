"""The server's connections send each message at once."""

from __future__ import annotations

import socket
import sys

import pytest

from ui.workarounds.no_delay import send_without_delay


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems have no list of open sockets.")
def test_connections_accepted_before_and_after_have_no_delay() -> None:
    with socket.socket(proto=0) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def accepted() -> tuple[socket.socket, socket.socket]:
            client = socket.create_connection(listening.getsockname())
            return client, listening.accept()[0]

        before = accepted()
        assert not before[1].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "this system needs no workaround"
        send_without_delay.cache_clear()
        send_without_delay()
        after = accepted()
        for _, served in (before, after):
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for each in (*before, *after):
            each.close()
