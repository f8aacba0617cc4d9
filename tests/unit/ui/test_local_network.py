"""On a local network, the server announces its address as text and as a QR code, and answers at no other."""

from __future__ import annotations

import ipaddress
import re
import socket

import pytest
import segno

from tests.unit.ui.test_security import answer, messages
from ui.serving import local_network
from ui.serving.local_network import ANNOUNCED, accepted_hosts, announcement, local_addresses
from ui.widgets.qr_code import qr_code

ADDRESSES = "http://192.168.1.5:8501 http://10.0.0.3:8501"


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ANNOUNCED, ADDRESSES)


def modules(link: str) -> list[list[int]]:
    """The squares of the QR code of a link, 1 where dark, with the four light ones around it that cameras need."""
    return [list(map(int, row)) for row in segno.make(link, error="m").matrix_iter(border=4)]


def test_the_addresses_are_this_machines_own_and_not_its_loopback() -> None:
    for address in local_addresses():
        assert not ipaddress.ip_address(address).is_loopback
        with socket.socket() as here:
            here.bind((address, 0))  # fails for an address of another machine


def test_the_address_is_found_without_sending_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    for way in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        monkeypatch.setattr(socket, way, refuse)
    local_addresses()


def test_without_a_route_to_elsewhere_the_local_network_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_network, "_NOBODY", ("not an address", 9))
    found = local_addresses()
    monkeypatch.undo()
    assert sorted(found) == sorted(local_addresses())


def test_the_terminal_shows_the_first_address_as_a_qr_code_and_says_who_may_come() -> None:
    text = announcement(ADDRESSES.split())
    assert all(address in text for address in ADDRESSES.split())
    assert "Everyone in this network can open it" in text
    assert "Ctrl+C" in text
    rows = re.findall(r"\x1b\[97;40m(.*)\x1b\[0m", text)
    drawn = [[int(each in half) for each in row] for row in rows for half in (" ▄", " ▀")]
    expected = modules("http://192.168.1.5:8501")
    assert drawn[: len(expected)] == expected


def test_the_page_shows_the_same_code() -> None:
    drawn = qr_code("http://192.168.1.5:8501")
    expected = modules("http://192.168.1.5:8501")
    found = [[0] * len(expected) for _ in expected]
    x = y = 0.0
    path = drawn.rpartition(' d="')[2]
    for command, right, down in re.findall(r"([Mmh])(-?[\d.]+) ?([\d.]*)", path):
        if command == "h":
            for column in range(int(x), int(x + float(right))):
                found[int(y)][column] = 1
        x = float(right) if command == "M" else x + float(right)
        y += float(down or 0)
    assert found == expected


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize("host", ["192.168.1.5:8501", "10.0.0.3:8501", "127.0.0.1:8501", "localhost:8501"])
def test_pages_are_answered_at_the_announced_addresses(host: str) -> None:
    headers = ((b"host", host.encode()), (b"origin", f"http://{host}".encode()))
    assert answer("/", headers=headers)[0] == 200
    assert messages("/_stcore/stream", headers=headers, kind="websocket")[0]["type"] != "websocket.close"


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("lab.example:8501", None),
        ("192.168.1.6:8501", None),
        ("192.168.1.5:8502", None),
        ("192.168.1.5", None),
        ("192.168.1.5:8501@lab.example", None),
        ("", None),
        ("192.168.1.5:8501", "http://elsewhere.example"),
        ("192.168.1.5:8501", "http://192.168.1.5:9000"),
        ("192.168.1.5:8501", "https://192.168.1.5:8501"),
        ("192.168.1.5:8501", "null"),
    ],
)
def test_every_other_name_and_every_page_from_elsewhere_is_refused(host: str, origin: str | None) -> None:
    """A site may point its own name at this machine, and request what a pupil sees."""
    headers = ((b"host", host.encode()), *(((b"origin", origin.encode()),) if origin else ()))
    assert answer("/", headers=headers)[0] == 400
    (closed,) = messages("/_stcore/stream", headers=headers, kind="websocket")
    assert closed["type"] == "websocket.close"


def test_a_server_that_announced_nothing_leaves_hosts_to_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ANNOUNCED, raising=False)
    assert accepted_hosts() == frozenset()
    assert answer("/", headers=((b"host", b"lab.example.org"),))[0] == 200


def test_browsers_leave_out_the_port_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ANNOUNCED, "http://192.168.1.5")
    assert accepted_hosts() == {"192.168.1.5", "127.0.0.1", "localhost"}
