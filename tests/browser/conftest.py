"""Fixtures for the browser tests: a browser, a served app, and a tab with the app for each test that needs one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, Protocol

import pytest
from playwright.sync_api import ViewportSize, expect, sync_playwright

from testing.app_server import ROOT, Server
from testing.browser_driver import App
from testing.browser_errors import Watch
from testing.chromium import NoBrowserError, launch
from ui.serving.local_network import local_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

expect.set_options(timeout=30_000)  # in milliseconds; the machine may be busy

Screen = Literal["desktop", "phone"]
Scheme = Literal["light", "dark"]

SCREENS: dict[Screen, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}


class NewApp(Protocol):
    """Opens the app in a separate browser context with a single tab; `url` overrides the shared server."""

    def __call__(
        self,
        screen: Screen = "desktop",
        scheme: Scheme = "light",
        url: str = ...,
        path: str = "",
        locale: str = "en-US",
    ) -> App: ...


class NewServer(Protocol):
    """Starts another server with its own environment variables, of this app or a copy; stopped at the test's end."""

    def __call__(self, environment: Mapping[str, str], root: Path = ...) -> Server: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright, *local_addresses())
        except NoBrowserError as error:
            pytest.exit(str(error), returncode=1)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server shared by all tests, with only the embedded digits."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server
    assert not (traceback := server.tracebacks()), f"The app wrote a traceback while nobody looked:\n{traceback}"


@pytest.fixture
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewServer]:
    servers: list[Server] = []

    def serve(environment: Mapping[str, str], root: Path = ROOT) -> Server:
        servers.append(Server(tmp_path_factory.mktemp("server"), environment, root))
        return servers[-1]

    yield serve
    for server in servers:
        server.stop()
    tracebacks = "".join(server.tracebacks() for server in servers)
    assert not tracebacks, f"The app wrote a traceback:\n{tracebacks}"


class Contexts:
    """Browser contexts that tests use one after another, because a new one costs half a second of processor time.

    Except for cookies, everything that the app keeps in a browser is in the tab.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[tuple[Screen, Scheme, str], list[BrowserContext]] = {}

    @contextlib.contextmanager
    def one(self, screen: Screen, scheme: Scheme, locale: str) -> Iterator[BrowserContext]:
        """Lend a context, as good as new, to one borrower at a time; close its tabs afterwards."""
        free = self._free.setdefault((screen, scheme, locale), [])
        context = (
            free.pop()
            if free
            else self._browser.new_context(
                viewport=SCREENS[screen], color_scheme=scheme, has_touch=screen == "phone", locale=locale
            )
        )
        yield context
        for page in context.pages:
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        context.unroute_all()
        free.append(context)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Contexts:
    return Contexts(browser)


@pytest.fixture
def new_app(contexts: Contexts, server: Server, new_server: NewServer, pictures: Path | None) -> Iterator[NewApp]:
    """Opens the app as a first-time visitor; fails the test at its end if any errors occurred.

    It depends on `new_server` so that the tabs close before any of the servers.
    """
    lent = contextlib.ExitStack()
    apps: list[App] = []
    server.tracebacks()

    def start(
        screen: Screen = "desktop",
        scheme: Scheme = "light",
        url: str = server.url,
        path: str = "",
        locale: str = "en-US",
    ) -> App:
        context = lent.enter_context(contexts.one(screen, scheme, locale))
        watch = Watch(context, url)
        app = App(context.new_page(), url, watch, pictures)
        apps.append(app)
        app.open(path)
        return app

    yield start
    with lent:
        for app in apps:
            if not app.page.is_closed():
                app.check()
    for app in apps:
        app.watch.stop()
    problems = [problem for app in apps for problem in app.watch.problems()]
    problems.append(server.tracebacks())
    assert not any(problems), "\n".join(problems)


@pytest.fixture
def app(new_app: NewApp) -> App:
    """The app's first page on a desktop screen in the light theme."""
    return new_app()


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """The folder for screenshots given by --pictures, if any."""
    folder: Path | None = request.config.getoption("--pictures")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
