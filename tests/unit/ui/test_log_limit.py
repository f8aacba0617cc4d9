"""The log cannot fill a disk, however many errors a visitor provokes."""

from __future__ import annotations

import io
import logging
import sys
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest

from ui.serving import budgets, log_limit


def test_a_log_stays_within_its_size_and_counts_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    day = 24 * 3_600
    monkeypatch.setattr(logging.StreamHandler, "emit", logging.StreamHandler.emit)
    monkeypatch.setattr(log_limit, "LOG_MB", replace(budgets.LOG_MB, limit=1))
    seconds = iter(range(0, 10 * day, 60))
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    log_limit.limit_log()
    log_limit.limit_log()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    for _ in range(day // 60):
        error = RuntimeError("x" * 5_000)
        handler.handle(logging.LogRecord("", logging.ERROR, "", 1, "failed", (), (RuntimeError, error, None)))
    assert 0.9e6 < len(written.getvalue()) < 1.1e6
    assert "messages were left out: The log is full: 1 MB a day.) failed\nRuntimeError: x" in written.getvalue()


def test_a_server_limits_its_log_from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.StreamHandler, "emit", log_limit._EMIT)
    monkeypatch.setattr(log_limit, "LOG_MB", replace(budgets.LOG_MB, limit=1))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    import_module("app")  # as Streamlit does to serve it
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    for _ in range(100):
        handler.handle(logging.LogRecord("", logging.ERROR, "", 1, "x" * 1_000, (), None))
    assert 0 < len(written.getvalue()) < 1e6 / 24 + 2_000
