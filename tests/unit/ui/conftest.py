"""Fixtures that open the app and close it after each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from streamlit.components.v2 import manifest_scanner

from data import download
from tests.unit.ui.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NewVisit(Protocol):
    """Opens the app on a page; `address` holds the query parameters."""

    def __call__(self, page: str = "", address: dict[str, str] | None = None, theme: str = "light") -> Visit: ...


@pytest.fixture(autouse=True, scope="session")
def _scan_packages_once() -> Iterator[None]:
    """AppTest scans every installed package for components at each script run, which takes most of a rerun's time."""
    with pytest.MonkeyPatch.context() as patch:
        found = manifest_scanner.scan_component_manifests()
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(autouse=True)
def _no_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide any MNIST files on this machine, so that the app finds only the embedded digits."""
    monkeypatch.delenv(download.FOLDER_SETTING, raising=False)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "nothing")


@pytest.fixture(autouse=True)
def _rooms_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the rooms of each test in its own folder."""
    monkeypatch.setenv("DIGIT_LAB_DATABASE_FOLDER", str(tmp_path / "rooms"))


@pytest.fixture
def new_visit() -> Iterator[NewVisit]:
    visits: list[Visit] = []

    def begin(page: str = "", address: dict[str, str] | None = None, theme: str = "light") -> Visit:
        visits.append(Visit(page, address, theme))
        return visits[-1]

    yield begin
    for visit in visits:
        visit.leave()


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    return new_visit()


@pytest.fixture
def look(new_visit: NewVisit) -> Visit:
    return new_visit("look")


@pytest.fixture
def compare(new_visit: NewVisit) -> Iterator[Visit]:
    """Open the page with runs of one epoch; stop any training afterwards."""
    visit = new_visit("train", {"epochs": "1"})
    visit.go("compare")
    yield visit
    if visit.session.runs.pair is not None:
        visit.session.runs.pair.pause()
