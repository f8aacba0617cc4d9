"""The browser for the tests: `python -m testing.chromium` finds a working Chromium or installs one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from testing.debian import install_from_debian

SHELL = "chromium-headless-shell"
"""Chromium without the browser around the page: loading a page takes two thirds of the processor time."""
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Only the app's own server resolves: a request to any other host fails at once and is reported.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
HOW_TO_MEND = (
    f"The browser tests need Chromium: install it (on Debian: apt-get install {SHELL}; elsewhere: "
    "python -m playwright install --with-deps chromium), or name one in the variable CHROMIUM."
)


class NoBrowserError(RuntimeError):
    """No browser starts; the message explains how to install one."""


def candidates(playwright: Playwright) -> Iterator[Path]:
    """Yield the browsers to try, in order; only CHROMIUM if that variable is set."""
    named = os.environ.get("CHROMIUM")
    if named:
        yield Path(shutil.which(named) or named)
        return
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    yield from (path for path in (*MACOS, Path(playwright.chromium.executable_path)) if path.exists())


def launch(playwright: Playwright, *hosts: str) -> Browser:
    """Launch the first browser that works.

    Args:
        playwright: What launches it.
        *hosts: Further addresses of this machine that it may contact, besides 127.0.0.1.

    Raises:
        NoBrowserError: no browser starts.
    """
    refusals = []
    resolved = ARGUMENTS[-1] + "".join(f", EXCLUDE {host}" for host in hosts)
    for path in candidates(playwright):
        try:
            return playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS[:-1], resolved])
        except Error as error:
            refusals.append(f"{path} did not start: {error.message.splitlines()[0]}")
    raise NoBrowserError("\n".join([*refusals, HOW_TO_MEND]))


def _version() -> str:
    """Return the name and version of the browser that the tests will use.

    Raises:
        NoBrowserError: no browser starts.
    """
    with sync_playwright() as playwright:
        browser = launch(playwright)
        version = browser.version
        browser.close()
    return f"Chromium {version}"


def _install() -> None:
    """Install Debian's Chromium if apt-get is available and permitted, else Playwright's."""
    install_from_debian(SHELL, "fonts-liberation")
    if any(map(shutil.which, NAMES)):
        return
    print("Installing Playwright's Chromium for the browser tests.", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(next((line for line in done.stderr.splitlines() if "Error" in line), done.stderr), file=sys.stderr)


def _ready() -> str:
    """Return the name and version of the browser that the tests will use, installing one if necessary.

    Raises:
        NoBrowserError: no browser starts even after installation, or the one named by CHROMIUM does not start.
    """
    try:
        return _version()
    except NoBrowserError:
        if os.environ.get("CHROMIUM"):
            raise
        _install()
        return _version()


def main() -> None:
    """Ensure that a browser starts; print which one, or how to fix it."""
    try:
        print(_ready())
    except NoBrowserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
