"""A session's work is one file; opened in another, it trains on to the same weights; hostile files are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import Dataset
from models.weights import SavedNetwork
from nn.network import Network
from testing.sample_digits import digit
from tests.unit.ui.visit import Visit
from ui.state import saved_work
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import EditStroke, ImageSource, StrokeSource
from ui.state.saved_work import Paper
from ui.state.session import Session
from ui.widgets import canvas, work_menu

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit

pytestmark = pytest.mark.slow

ADDRESS = {"hidden_size": "16", "epochs": "2", "optimizer": "adam", "alpha": "0.001", "dropout": "0.2", "patience": "5"}


def own_digits() -> Dataset:
    rng = np.random.default_rng(2)
    return Dataset(
        "own.csv",
        rng.integers(0, 255, (60, 784), dtype=np.uint8),
        np.arange(60, dtype=np.uint8) % 3,
        classes=("ä", "<b>", "c"),
    )


def filled(visit: Visit) -> Session:
    """Fill a visit with some of everything, its run in the middle of an epoch."""
    session = visit.session
    session.networks.saved["mine.npz"] = SavedNetwork(Network.initialize((784, 3, 10), rng=np.random.default_rng(1)))
    session.datasets.uploads["own.csv"] = own_digits()
    strokes = tuple(digit("4"))
    session.corrections.digits += [
        CorrectedDigit(4, StrokeSource(strokes, canvas.CANVAS)),
        CorrectedDigit(7, ImageSource(np.full((28, 28), 9, np.uint8))),
    ]
    session.collection = session.collection.with_drawing(4, strokes)
    visit.go("train")
    for _ in range(3):
        visit.click("step")
        visit.wait_until_idle()
    visit.app.session_state["hidden_size"] = 12
    visit.app.run()
    visit.click("new_run")
    for _ in range(70):
        visit.run.step()
        while visit.run.advance(1) is not None:
            pass
    visit.app.run()
    return session


PAPER = Paper([EditStroke(np.array([[10.0, 20.0], [30.5, 40.0]]), erases=False)], np.full((28, 28), 3, np.uint8))


@pytest.fixture
def kept(new_visit: NewVisit) -> tuple[Visit, bytes]:
    visit = new_visit("train", ADDRESS)
    return visit, saved_work.saved(filled(visit), PAPER)


def opened(visit: Visit, file: bytes, name: str = "work.zip") -> None:
    visit.upload("open_work_0", name, file)
    assert visit.alerts == []
    visit.click("take_up_work")


def finished(visit: Visit) -> bytes:
    run = visit.run
    run.start()
    while run.advance(1) is not None:
        pass
    return run.snapshot().network.vector.tobytes()


def test_work_opened_elsewhere_goes_on_to_the_same_weights(kept: tuple[Visit, bytes], new_visit: NewVisit) -> None:
    visit, file = kept
    before, other = visit.session, new_visit()
    other.upload("open_work_0", "work.zip", file)
    for held in ("Run 2: 784-12-10, step 70", "1 other run to compare", "mine.npz", "own.csv", "2 corrected digits"):
        assert held in other.html
    assert "nothing in this tab yet" in other.html
    assert other.session.runs.current is None
    other.click("take_up_work")
    other.go("train")
    after = other.session
    assert after.runs.name == "Run 2"
    assert after.settings == before.settings
    assert [each.number for each in after.runs.all_records()] == [1, 2]
    assert after.runs.all_records()[0] == before.runs.all_records()[0]
    assert list(after.networks.names()) == list(before.networks.names())
    assert after.datasets.get("own.csv").classes == ("ä", "<b>", "c")
    np.testing.assert_array_equal(after.datasets.get("own.csv").images, own_digits().images)
    for one, two in zip(after.corrections.digits, before.corrections.digits, strict=True):
        assert one.label == two.label
        np.testing.assert_array_equal(one.source.mnist_image(), two.source.mnist_image())
    np.testing.assert_array_equal(after.collection.drawings[0].image, before.collection.drawings[0].image)
    np.testing.assert_array_equal(after.canvas.edited_digit, PAPER.digit)
    np.testing.assert_array_equal(canvas.points(after.canvas.drawing.objects[0])[:2], PAPER.strokes[0].stroke)
    assert other.run.snapshot().measurements == visit.run.snapshot().measurements
    assert finished(other) == finished(visit)


def test_what_is_replaced_is_said_first_and_cancelling_changes_nothing(
    kept: tuple[Visit, bytes], new_visit: NewVisit
) -> None:
    _, file = kept
    other = new_visit("train", {"hidden_size": "8"})
    other.click("step")
    other.wait_until_idle()
    run = other.run
    other.upload("open_work_0", "work.zip", file)
    assert "Run 1: 784-8-10, step 1" in other.html
    assert "replaces all that this tab holds" in other.html
    other.click("leave_work")
    assert other.run is run
    assert "found_work" not in other.html


@pytest.mark.parametrize(
    ("held", "line"),
    [
        ({"others": 2}, "2 other runs to compare"),
        ({"networks": ["a.npz", "b.npz"]}, "Networks: a.npz, b.npz"),
        ({"datasets": ["own.csv"]}, "Datasets: own.csv"),
        ({"digits": 1}, "1 corrected digit"),
        ({"drawings": 3}, "3 collected drawings"),
        ({"strokes": 1}, "1 stroke on the paper"),
    ],
)
def test_what_a_file_holds_has_a_line_and_what_it_does_not_has_none(held: dict[str, Any], line: str) -> None:
    nothing: dict[str, Any] = {"others": 0, "networks": [], "datasets": [], "digits": 0, "drawings": 0, "strokes": 0}
    assert work_menu._holdings(None, **nothing) == []
    assert work_menu._holdings(None, **nothing | held) == [line]
