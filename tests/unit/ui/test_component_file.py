"""A component whose JavaScript is served from its file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ui.workarounds import component_file


class SlowManager:
    """Registers a component at once, as Streamlit does, and makes its declarer wait until another has asked for it."""

    def __init__(self) -> None:
        self.declared = threading.Event()
        self.asked_again = threading.Event()

    def get_component_asset_root(self, name: str) -> Path | None:
        """Return a folder once the component is declared."""
        if not self.declared.is_set():
            return None
        self.asked_again.set()
        return Path(name)

    def register_from_manifest(self, *_: object) -> None:
        """Declare the component."""
        self.declared.set()
        self.asked_again.wait(0.3)


def test_first_visitors_who_come_at_once_all_get_the_component(monkeypatch: pytest.MonkeyPatch) -> None:
    manager, mount = SlowManager(), object()
    monkeypatch.setattr(component_file, "get_bidi_component_manager", lambda: manager)
    monkeypatch.setattr("streamlit.components.v2.component", lambda *_, **__: mount)
    component = component_file.component_from_file(Path("ui/widgets/slow.js"))
    with ThreadPoolExecutor() as visitors:
        first = visitors.submit(component)
        assert manager.declared.wait(10)
        assert visitors.submit(component).result() is mount
        assert first.result() is mount
