"""A running server answers or refuses each message of a hostile visitor, and makes nobody else wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from testing.websocket_visitor import Visitor

if TYPE_CHECKING:
    from testing.app_server import Server


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
