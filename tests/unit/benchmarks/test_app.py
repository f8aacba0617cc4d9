"""The app benchmark takes every figure from the real app, and detects stalls."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest

from benchmarks import app as benchmark
from benchmarks import app_latency, app_pages, app_throughput
from benchmarks.app_throughput import Rates
from ui.break_it.damage import everything
from ui.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Measure less of everything, all on one server; only the presence of the figures is tested, not their values."""
    monkeypatch.setattr(app_throughput, "WARM_UP", 0.2)
    monkeypatch.setattr(benchmark, "MANY", 2)
    monkeypatch.setattr(benchmark, "CROWD", 2)
    monkeypatch.setattr(app_throughput, "FULL_BATCH", 5_000)
    monkeypatch.setattr(benchmark, "PAGES", ("",))
    monkeypatch.setattr(benchmark, "SLOWER", 1)
    monkeypatch.setattr(app_latency, "STROKE_SECONDS", 0.3)
    monkeypatch.setattr(app_latency, "HIDDEN_SIZE", 4)
    monkeypatch.setattr(app_latency, "BROKEN", app_latency.BROKEN[:1])
    monkeypatch.setattr(app_pages, "VIEWS", {name: app_pages.VIEWS[name] for name in ("Map", "Engine")})
    monkeypatch.setattr(app_pages, "PAGES", {"Break it": app_pages.PAGES["Break it"]})
    with benchmark._served() as server:
        monkeypatch.setattr(benchmark, "_served", lambda: contextlib.nullcontext(server))
        yield


@pytest.mark.slow
def test_the_table_has_every_requested_figure(hurried: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--pairs", "1", "--seconds", "0.5", "--strokes", "1", "--moves", "1", "--pupils", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in table} == {3}
    assert [row[2] for row in table[2:]] == [
        "≤ 3 s",
        "",
        "≤ 2 s",
        "≤ 5 s",
        "",
        "≤ 0.1",
        "≤ 0.1",
        "≥ 10",
        "",
        "p95 ≤ 100 ms",
        "none over 34 ms",
        "≥ 9",
        "",
        "p95 ≤ 220 ms",
        "",
        "≤ 1",
        "≤ 150 ms",
        "p95 ≤ 150 ms",
        "≥ 95%",
        "≥ 90%",
        "≥ 80%",
        "≥ 70%",
        "≤ 15 MB",
        "none stalls",
        "",
        "",
        "p95 ≤ 400 ms",
        "all",
        "≤ 50 ms",
        "≤ 200 ms",
        "≥ 70%",
    ]
    assert all(re.search(r"\d", row[1]) for row in table[2:])


def test_what_breaks_a_digit_and_the_pages_beside_a_run_have_the_names_that_visitors_see() -> None:
    labels = {entry.label for entry in everything().values()}
    assert labels.issuperset(app_latency.BROKEN)
    assert {route.title for route in ROUTES}.issuperset(app_pages.PAGES.values())


def test_fairness_is_the_slowest_over_the_mean() -> None:
    rates = Rates([50.0, 100.0, 150.0])
    assert rates.total == 300
    assert rates.fairness == 0.5


def test_a_stalled_session_is_detected_even_at_the_end() -> None:
    """Redraws continue during a stall, so only a change of the displayed step counts."""
    shown = [(0.0, 1), (1.0, 2), (2.0, 2), (3.0, 2), (4.5, 3), (5.0, 4)]
    assert app_throughput._longest_pause(shown, 5.5) == 3.5
    assert app_throughput._longest_pause(shown, 12.0) == 7.0
