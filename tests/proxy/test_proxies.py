"""The files in deploy/, tested with a real nginx and a real Caddy on this machine: `make proxies`."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import requests
from playwright.sync_api import expect, sync_playwright
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from data import csv_files
from testing import chromium
from testing.app_server import ROOT, Server
from testing.browser_driver import App
from testing.browser_errors import Watch
from testing.sample_digits import digit
from ui.serving.security import EMBEDDED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "lab.example.org"


class Proxy(NamedTuple):
    """A proxy in front of two replicas: its kind, the address of the app, and its certificate."""

    kind: str
    url: str
    certificate: Path

    def websocket(self, origin: str) -> ClientConnection:
        """Open a WebSocket as a page of this origin; raises InvalidStatus if it is refused."""
        context = ssl.create_default_context(cafile=self.certificate)
        address = f"{self.url.replace('https', 'wss')}/_stcore/stream"
        return connect(address, origin=Origin(origin), ssl=context, legacy=True)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def self_signed(folder: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout lab.key -out lab.crt"
    subprocess.run(
        [*command.split(), "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def nginx(folder: Path, port: int, plain: int, replicas: list[str]) -> list[str]:
    """Write the files that nginx needs; return its command."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for one, other in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "/etc/ssl/lab.example.org": f"{folder}/lab",
        "127.0.0.1:8501": replicas[0],
        "127.0.0.1:8502": replicas[1],
        "digit_lab_sockets 100": "digit_lab_sockets 5",
        "rate=200r/s": "rate=20r/s",  # this machine may be too slow to flood itself
    }.items():
        assert one in text
        text = text.replace(one, other)
    places = "".join(
        f"{each}_temp_path {folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {places}\n{text}\n}}"
    (folder / "main.conf").write_text(main)
    return ["nginx", "-c", str(folder / "main.conf"), "-e", "stderr"]


def caddy(folder: Path, port: int, plain: int, replicas: list[str]) -> list[str]:
    """Write the files that Caddy needs; return its command."""
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace("{$LAB_HOST:lab.example.org}", f"{NAME}:{port}")
    text = text.replace("{$REPLICAS:127.0.0.1:8501 127.0.0.1:8502}", " ".join(replicas))
    text = text.replace(
        "\theader Strict", f"\tbind 127.0.0.1\n\ttls {folder}/lab.crt {folder}/lab.key\n\theader Strict"
    )
    text = text.replace("\n{\n", f"\n{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n", 1)
    (folder / "Caddyfile").write_text(text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile")]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers that can be told apart: each names another site that may embed it."""
    allowed = {"STREAMLIT_SERVER_ALLOWED_HOSTS": NAME}
    servers = [
        Server(tmp_path_factory.mktemp(site), allowed | {EMBEDDED_IN: f"https://{site}.example"})
        for site in ("one", "two")
    ]
    yield servers
    for server in servers:
        server.stop()
    assert [server.tracebacks() for server in servers] == ["", ""]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, replicas: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    if shutil.which(kind := request.param.__name__) is None:
        pytest.fail(f"{kind} is not installed: apt-get install nginx-light caddy")
    folder = tmp_path_factory.mktemp(kind)
    self_signed(folder)
    port, plain = free_ports(2)
    command = request.param(folder, port, plain, [each.url.removeprefix("http://") for each in replicas])
    with pytest.MonkeyPatch.context() as patch, (folder / "log").open("wb") as log:
        patch.setenv("REQUESTS_CA_BUNDLE", str(folder / "lab.crt"))
        look_up = socket.getaddrinfo
        patch.setattr(
            socket, "getaddrinfo", lambda host, *rest, **more: look_up("127.0.0.1" if host else host, *rest, **more)
        )
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
        )
        try:
            url = f"https://{NAME}:{port}"
            wait_until_it_answers(url, process, folder / "log")
            yield Proxy(kind, url, folder / "lab.crt")
        finally:
            process.terminate()
            process.wait(10)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{url}/ready", timeout=5).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    pytest.fail(log.read_text())


def replica_of(session: requests.Session, url: str) -> str:
    """The replica that answers."""
    return session.get(url).headers["content-security-policy"].rpartition(" ")[2]


def test_a_browser_stays_at_the_replica_of_its_first_answer(proxy: Proxy) -> None:
    found = set()
    for _ in range(12):
        with requests.Session() as browser:
            first = replica_of(browser, proxy.url)
            assert {replica_of(browser, proxy.url) for _ in range(5)} == {first}
            assert "replica" in browser.cookies
        found.add(first)
    assert found == {"https://one.example", "https://two.example"}


def test_the_app_is_used_through_it_with_an_empty_console(proxy: Proxy, tmp_path: Path) -> None:
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        path = next(chromium.candidates(playwright))
        browser = playwright.chromium.launch(executable_path=path, args=[*chromium.ARGUMENTS[:-1], rules])
        context = browser.new_context(ignore_https_errors=True)
        watch = Watch(context, proxy.url)
        app = App(context.new_page(), proxy.url, watch, tmp_path)
        app.open()
        app.draw(strokes := digit("3"))
        app.expect_answer("3", strokes=len(strokes))
        for page in ("Train", "Look", "Compare", "Dataset"):
            app.go(page)
        (tmp_path / "mine.csv").write_bytes(csv_files.write(*csv_files.embedded().examples.take(limit=1_000)))
        app.upload("upload_csv", tmp_path / "mine.csv")
        expect(app.page.locator("#dataset_counts")).to_contain_text("1,000 digits", timeout=30_000)
        cookies = {each["name"]: each for each in context.cookies()}
        browser.close()
    assert cookies["replica"]["httpOnly"] or proxy.kind == "caddy"
    assert watch.problems() == []


def test_websockets_of_other_sites_and_names_are_refused(proxy: Proxy) -> None:
    proxy.websocket(proxy.url).close()
    for origin in ("https://elsewhere.example", "null", f"https://{NAME}.elsewhere.example"):
        asked = time.monotonic()
        with pytest.raises(InvalidStatus, match="403"):
            proxy.websocket(origin)
        assert time.monotonic() - asked < 1.5, "It contacted another host first."


def test_another_name_gets_no_page(proxy: Proxy) -> None:
    answer = None
    try:
        answer = requests.get(proxy.url, headers={"Host": "elsewhere.example"}, timeout=10)
    except requests.ConnectionError:
        return
    assert b"Digit Lab" not in answer.content


def test_metrics_are_closed_and_answers_compressed_and_marked(proxy: Proxy) -> None:
    assert requests.get(f"{proxy.url}/_stcore/metrics").status_code == 404
    page = requests.get(proxy.url)
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["strict-transport-security"]
    assert page.headers["x-content-type-options"] == "nosniff"
    script = page.text.partition('src="./static/js/')[2].partition('"')[0]
    assert requests.get(f"{proxy.url}/static/js/{script}").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(("path", "megabytes"), [("digit_lab/strokes/x", 2), ("_stcore/upload_file/a/b", 140)])
def test_bodies_are_bounded(proxy: Proxy, path: str, megabytes: int) -> None:
    """Caddy counts a body while passing it on, so on a busy machine the app may refuse it first, with 403."""
    for _ in range(20):
        try:
            answer = requests.put(f"{proxy.url}/{path}", data=bytes(megabytes << 20), timeout=60)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return  # closed while it was still being sent
        if proxy.kind == "nginx" or answer.status_code != 403:
            break
    assert answer.status_code == (413 if proxy.kind == "nginx" else 502)


def test_sockets_of_one_address_are_counted(proxy: Proxy) -> None:
    if proxy.kind == "caddy":
        pytest.skip("Caddy limits sockets only with a plugin")
    with contextlib.ExitStack() as held:
        for _ in range(5):
            held.enter_context(proxy.websocket(proxy.url))
        with pytest.raises(InvalidStatus, match="429"):
            proxy.websocket(proxy.url)


def test_a_slow_header_is_not_waited_for(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=proxy.certificate)
    port = int(proxy.url.rpartition(":")[2])
    with context.wrap_socket(socket.create_connection((NAME, port)), server_hostname=NAME) as pipe:
        pipe.sendall(f"GET /ready HTTP/1.1\r\nHost: {NAME}:{port}\r\n".encode())
        began = time.monotonic()
        pipe.settimeout(20)
        while pipe.recv(1 << 16):
            pass
    assert time.monotonic() - began < 15


def test_a_flood_of_one_address_is_slowed_down(proxy: Proxy) -> None:
    if proxy.kind == "caddy":
        pytest.skip("Caddy limits rates only with a plugin")
    with requests.Session() as flood:
        codes = [flood.get(f"{proxy.url}/ready").status_code for _ in range(50)]
        assert set(codes) == {200}
    context = ssl.create_default_context(cafile=proxy.certificate)
    port = int(proxy.url.rpartition(":")[2])
    with context.wrap_socket(socket.create_connection((NAME, port)), server_hostname=NAME) as pipe:
        one = f"GET /ready HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n".encode()
        pipe.sendall(one * 900)
        pipe.settimeout(10)
        received = b""
        while received.count(b"HTTP/1.1 ") < 900 and (chunk := pipe.recv(1 << 16)):
            received += chunk
    assert b" 429 " in received
