"""A running server answers or refuses each message of a hostile visitor, and makes nobody else wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from testing.health_watch import watched
from testing.websocket_visitor import PATIENCE, Visitor
from tests.browser.server_memory import forget_peak, peak, resident

if TYPE_CHECKING:
    from testing.app_server import Server
    from tests.browser.conftest import NewServer


def drawing(objects: str) -> str:
    return f'{{"drawing":{{"raw":{{"objects":[{objects}]}},"data":null}}}}'


IMPOSSIBLE = [
    "not json",
    "[" * 1_200,
    "1" * 5_000,
    "7",
    '{"drawing":7}',
    '{"drawing":null}',
    '{"backgroundFit":{}}',
    drawing("[" * 600 + "]" * 600),
    drawing('{"type":"Path","path":[["M",1,1],["L",9,9]],"left":' + "[" * 600 + "]" * 600 + "}"),
]


@pytest.mark.parametrize(("page", "paper"), [("", "canvas"), ("collect", "canvas_collect")])
def test_a_component_may_report_anything(server: Server, page: str, paper: str) -> None:
    with Visitor(server.url, page=page) as visitor:
        for text in IMPOSSIBLE:
            visitor.report(paper, text)
            assert not (traceback := server.tracebacks()), f"{text[:40]}: {traceback}"


def test_a_click_on_a_button_that_is_not_there_is_ignored(server: Server) -> None:
    with Visitor(server.url, page="look") as visitor:
        for value in ("7", '"x"', '"100000"', "[]", "null"):
            visitor.report("contributions", f'[{{"event":"clicked","value":{value}}}]')
            assert not (traceback := server.tracebacks()), f"{value}: {traceback}"


def test_what_is_no_event_does_not_have_the_page_drawn_for_ever(server: Server) -> None:
    with Visitor(server.url, page="look") as visitor:
        visitor.report("network_picture", '{"chosen":7}')


def is_refused(url: str, megabytes: int) -> bool:
    """Send a message of this size; return whether the server closes the connection instead of answering."""
    message = BackMsg(rerun_script=ClientState(query_string=megabytes * 1_000_000 * "a")).SerializeToString()
    try:
        with connect(f"{url.replace('http', 'ws')}/_stcore/stream", subprotocols=[Subprotocol("streamlit")]) as socket:
            socket.send(message)
            socket.recv(timeout=PATIENCE)
    except ConnectionClosed:
        return True
    return False


@pytest.mark.alone
def test_a_large_message_is_refused_at_once_and_nobody_else_waits(new_server: NewServer) -> None:
    server = new_server({})
    with Visitor(server.url, page="") as visitor:
        visitor.report("canvas", "{}")
        before = resident(server.pid)
        forget_peak(server.pid)
        with watched(server.url) as health:
            visitor.report("canvas", f"[{330_000 * '[],'}[]]")  # twice, so 1.98 MB
            assert [is_refused(server.url, megabytes) for megabytes in (3, 30, 150)] == [True] * 3
            visitor.report("canvas", drawing("{}"))
    assert not server.tracebacks()
    assert peak(server.pid) < before + 50
    assert not health.failures
    assert max(health.waits) < 2
