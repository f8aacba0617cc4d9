"""Each budget is enforced, announced on the page, and listed in docs/operating.md."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pytest
from starlette.responses import PlainTextResponse
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from data import csv_files
from data.dataset import DataError, Dataset
from models.weights import SavedNetwork
from training.settings import Settings
from training.side_by_side import OneChange
from ui.dataset import add_data
from ui.draw import correction_panel
from ui.serving import budgets
from ui.serving.budgets import BUDGETS
from ui.serving.server import FirstAnswers
from ui.state import corrections, session_memory, shared_resources, uploaded_files
from ui.state.canvas_content import Drawing, StrokesUnderWay
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import ImageSource
from ui.state.session import Session
from ui.train import weights_upload
from ui.widgets.canvas import CANVAS
from ui.workarounds import bounded_uploads, released_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
DOT = {"type": "Path", "path": [["M", 200, 200], ["L", 200, 201]]}


def row(budget: budgets.Budget) -> str:
    return f"| {budget.what} | {budget.limit:,} {budget.unit} | `DIGIT_LAB_{budget.name}` |"


def test_the_table_of_limits_in_the_documentation_is_that_of_the_code() -> None:
    document = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = [line for line in document.splitlines() if re.fullmatch(r"\|.*\| `DIGIT_LAB_\w+` \|", line)]
    assert rows == [row(budget) for budget in BUDGETS.values()]


@pytest.mark.parametrize("budget", BUDGETS.values(), ids=lambda budget: budget.name)
def test_a_sentence_says_how_much_is_allowed_and_what_to_do(budget: budgets.Budget) -> None:
    assert f"{budget.limit:,}" in str(budget)
    assert re.fullmatch(r"[A-Z0-9][^!\n]*\.", str(budget))
    budget.check(budget.limit)
    with pytest.raises(DataError, match=re.escape(str(budget))):
        budget.check(budget.limit + 1)


@pytest.mark.parametrize(("text", "is_possible"), [("7", True), ("0", False), ("-1", False), ("x", False), ("", False)])
def test_a_variable_of_the_environment_changes_a_limit(text: str, is_possible: bool) -> None:
    command = [sys.executable, "-c", "from ui.serving.budgets import STROKES; print(STROKES.limit)"]
    said = subprocess.run(command, cwd=ROOT, env={"DIGIT_LAB_STROKES": text}, capture_output=True, text=True)  # noqa: PLW1510
    assert (said.stdout == "7\n") is is_possible
    assert is_possible or "DIGIT_LAB_STROKES must be a whole number of at least 1" in said.stderr


def points_of(objects: list[Any]) -> int:
    return sum(len(each.get("path", ())) for each in objects)


@pytest.mark.parametrize(
    ("objects", "over"),
    [
        ([DOT] * budgets.STROKES.limit, None),
        ([DOT] * (budgets.STROKES.limit + 1), budgets.STROKES),
        ([{"path": [["L", 1, 1]] * budgets.POINTS.limit}], None),
        ([{"path": [["L", 1, 1]] * 4_000}, {"path": [["L", 1, 1]] * 4_000}, DOT], budgets.POINTS),
        ([None, 7, {"path": 7}, {"path": "x" * 10_000}, {}], None),
    ],
)
def test_a_drawing_is_read_up_to_its_strokes_and_points(objects: list[Any], over: budgets.Budget | None) -> None:
    drawing = Drawing()
    drawing.report(objects)
    assert drawing.over is over
    assert len(drawing.objects) == len(objects), "The browser relies on their number."
    if over is not None:
        assert len([each for each in drawing.objects if each]) <= budgets.STROKES.limit
        assert points_of(drawing.objects) <= budgets.POINTS.limit
        drawing.show(drawing.objects)
        assert all(drawing.initial), "The canvas cannot show an empty object."


def test_strokes_under_way_share_the_budget_of_the_drawing() -> None:
    drawing = Drawing()
    drawing.report([{"path": [["L", 1, 1]] * 4_000}])
    drawing.under_way = StrokesUnderWay(1, [{"path": [["L", 1, 1]] * 4_000}])
    assert points_of(drawing.unreported()) == 1_000


@pytest.mark.parametrize("page", ["", "train"])
def test_three_hundred_thousand_dots_are_answered_in_a_sentence(visit: Visit, page: str) -> None:
    visit.go(page)
    visit.draw([DOT] * 300_000)
    assert visit.alerts == [str(budgets.STROKES)]


def blank(count: int) -> list[CorrectedDigit]:
    return [CorrectedDigit(0, ImageSource(np.zeros((28, 28), np.uint8)))] * count


def test_more_corrections_than_the_budget_are_refused() -> None:
    session = Session()
    session.corrections.digits = blank(budgets.CORRECTIONS.limit)
    with pytest.raises(DataError, match="up to 500 corrected digits"):
        session.corrections.learn(blank(1))
    assert len(session.corrections.digits) == budgets.CORRECTIONS.limit


def test_a_correction_too_many_cannot_be_pressed(visit: Visit) -> None:
    visit.session.corrections.digits = blank(budgets.CORRECTIONS.limit)
    visit.draw([DOT, {"type": "Path", "path": [["M", 100, 100], ["L", 100, 300]]}])
    (teach,) = [button for button in visit.app.button if button.label == "Teach it"]
    assert teach.disabled
    assert teach.help == str(budgets.CORRECTIONS)


def strokes_file(digits: int, points: int) -> bytes:
    digit = {"label": "1", "strokes": [[[1, 2]] * points]}
    return json.dumps({"digits": [digit] * digits}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("file", "name", "sentence"),
    [
        (strokes_file(501, 1), "mine.json", str(budgets.CORRECTIONS)),
        (strokes_file(25, 2_001), "mine.json", str(budgets.CORRECTION_POINTS)),
        (
            csv_files.write(np.zeros((501, 784), np.uint8), np.zeros(501, np.uint8)),
            "mine.csv",
            str(budgets.CORRECTIONS),
        ),
    ],
)
def test_a_file_of_corrections_is_bounded_before_it_is_read(file: bytes, name: str, sentence: str) -> None:
    with pytest.raises(DataError, match=f"^{re.escape(sentence)}$"):
        corrections.from_file(file, name, CANVAS)


def test_uploads_beyond_the_budget_take_the_place_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise files that no page asked for could fill the memory, 129 MB at a time."""
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", MemoryUploadedFileManager.add_file)
    monkeypatch.setattr(bounded_uploads, "UPLOADS_MB", replace(budgets.UPLOADS_MB, limit=1))
    FirstAnswers(PlainTextResponse("Streamlit"))
    manager = MemoryUploadedFileManager("/upload")
    for number in range(12):
        manager.add_file("session", UploadedFileRec(f"{number}", "a.csv", "text/csv", bytes(300 << 10)))
        manager.add_file("other", UploadedFileRec("0", "a.csv", "text/csv", bytes(300 << 10)))
    assert list(manager.file_storage["session"]) == ["9", "10", "11"]
    assert list(manager.file_storage["other"]) == ["0"]


def test_sessions_that_leave_together_share_one_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a collection for each, 300 sessions that come and go stall the server for 52 s."""
    monkeypatch.setattr(released_memory, "SHORTEST_PAUSE", 1.0)
    collected: list[float] = []
    pauses: list[float] = []
    now = Mock(side_effect=lambda: (0.0, 0.3, 9.3)[len(collected)])  # one takes 0.3 s, the next 9 s

    class Stopped(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            for _ in range(50):
                released_memory.release_memory_soon()
            assert gc.get_threshold()[2] == released_memory._NEVER
            pauses.append(timeout or 0.0)
            return len(pauses) > 2

    monkeypatch.setattr(released_memory, "time", Mock(monotonic=now))
    monkeypatch.setattr("gc.collect", lambda: collected.append(now()))
    before = gc.get_threshold()
    released_memory.collect_regularly(Stopped())
    assert len(collected) == 2
    assert pauses == pytest.approx([1.0, 20.0, 60.0])
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_a_server_at_rest_collects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    released_memory._due.clear()
    monkeypatch.setattr("gc.get_count", lambda: (100, 5, 0))
    monkeypatch.setattr("gc.collect", lambda: pytest.fail("There is nothing to collect."))
    released_memory.collect_regularly(Mock(wait=Mock(side_effect=[False, False, True])))


def images(count: int) -> Dataset:
    pixels = np.zeros((count, 784), np.uint8)
    return Dataset("Blank", pixels, np.arange(count).astype(np.uint8) % 10)


def test_what_all_sessions_share_counts_for_none() -> None:
    session = Session()
    session.networks.saved["a"] = SavedNetwork(shared_resources.shipped_reader().network)
    session.datasets.uploads["b"] = shared_resources.embedded()
    assert session_memory.held_bytes([session]) == 0


def test_each_array_is_counted_once_and_a_run_as_large_as_it_can_grow() -> None:
    session, dataset = Session(), images(1_000)
    session.datasets.uploads["a"] = session.datasets.uploads["b"] = dataset
    held = 785 * 1_000
    assert session_memory.held_bytes([session, session]) == held
    run = session.runs.begin(Settings(dataset="a", dev_size=100, test_size=100))
    rows = sum(each.rows.nbytes for each in vars(run.split).values())
    counted = session_memory.held_bytes([session])
    assert held + run.most_bytes < counted <= held + run.most_bytes + rows + 8 * 1_000
    assert run.most_bytes > 20 * run.snapshot().network.vector.nbytes


@pytest.mark.parametrize("add", ["run", "pair", "dataset", "weights", "correction", "corrections file"])
def test_a_session_takes_no_more_than_its_memory(visit: Visit, add: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_memory, "SESSION_MB", budget := replace(budgets.SESSION_MB, limit=1))
    session, shipped = visit.session, shared_resources.shipped_reader()
    monkeypatch.setattr(uploaded_files, "network", lambda *_: SavedNetwork(shipped.network, shipped.about))
    large = Settings(hidden_size=1024)
    if add == "correction":
        visit.draw([{"type": "Path", "path": [["M", 100, 100], ["L", 100, 300]]}])
        (teach,) = [button for button in visit.app.button if button.label == "Teach it"]
        assert (teach.disabled, teach.help) == (True, str(budgets.SESSION_MB))
        return
    actions: dict[str, Callable[[], object]] = {
        "run": lambda: session.runs.begin(large),
        "pair": lambda: session.runs.begin_pair(OneChange(large, "l2", 1.0)),
        "dataset": lambda: add_data._show_uploaded(session, "a", images(2_000)),
        "weights": lambda: weights_upload._read_weights(session, Mock()),
        "corrections file": lambda: correction_panel._learn_file(session, Mock()),
    }
    with pytest.raises(DataError, match=re.escape(str(budget))):
        actions[add]()
    assert session.runs.current is None
    assert not session.datasets.uploads
    assert not session.networks.saved
