"""The harness detects errors; otherwise a passing browser test would mean nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from testing.app_server import ROOT, Server
from testing.browser_errors import Watch
from testing.chromium import HOW_TO_MEND


def problems_after(browser: Browser, script: str) -> list[str]:
    """Run a script in a page that may contact only 127.0.0.1:1; return the problems that the watch reports."""
    context = browser.new_context()
    watch = Watch(context, "http://127.0.0.1:1")
    page = context.new_page()
    page.evaluate(script)
    page.wait_for_timeout(100)
    context.close()
    return watch.problems()


def test_an_error_in_the_console_is_seen(browser: Browser) -> None:
    assert any("it broke" in problem for problem in problems_after(browser, "console.error('it broke')"))


def test_an_uncaught_error_in_a_page_is_seen(browser: Browser) -> None:
    found = problems_after(browser, "setTimeout(() => { throw new Error('it threw') }, 0)")
    assert any("it threw" in problem for problem in found)


@pytest.mark.parametrize(
    "request_script",
    ["fetch('http://example.org/x').catch(() => 0)", "new Image().src = 'http://example.org/x.png'"],
)
def test_a_request_to_another_host_is_seen(browser: Browser, request_script: str) -> None:
    assert "asked another host: example.org" in problems_after(browser, request_script)


def test_a_web_socket_to_another_host_is_seen(browser: Browser) -> None:
    assert "asked another host: example.org" in problems_after(browser, "void new WebSocket('ws://example.org/x')")


def test_a_quiet_page_reports_no_problem(browser: Browser) -> None:
    assert problems_after(browser, "console.log('all is well')") == []


def test_a_traceback_of_the_server_is_seen_once(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("raise RuntimeError('it fell over')\n", encoding="utf-8")
    quiet = {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    with Server(tmp_path, quiet, root=tmp_path) as server:
        assert server.tracebacks() == ""
        page = browser.new_page()
        page.goto(server.url)
        page.wait_for_selector("[data-testid=stException]")
        page.close()
        assert "it fell over" in server.tracebacks()
        assert server.tracebacks() == ""


def test_a_missing_browser_is_a_failure_that_says_how_to_mend_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "testing.chromium"],
        cwd=ROOT,
        env=os.environ | {"CHROMIUM": "/nowhere/chromium"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == HOW_TO_MEND
    assert "Traceback" not in done.stderr
