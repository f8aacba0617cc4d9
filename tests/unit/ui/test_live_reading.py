"""A stroke is read the same during and after it; reports that no pen can have sent are ignored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ink.mnist_format import Canvas
from language.translation import _, speaking
from models.reader import Reader, Reading, Rejection
from models.weights import SavedNetwork
from nn.network import Network
from testing import sample_digits
from training.percentages import whole_percents
from ui.state import language, pen_reports, shared_resources
from ui.state.canvas_content import CanvasContent, Drawing, StrokesUnderWay
from ui.state.digit_sources import StrokeSource
from ui.widgets import canvas
from ui.widgets.answer import Answer, answer, article, bars
from ui.widgets.live_reading import CLEAR_LEAD, LiveReader, steady

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.ui.visit import Visit

    Pen = list[tuple[float, float]]


def pens(name: str) -> list[Pen]:
    """Return where a pen was while a digit was drawn on the canvas."""
    scale = canvas.CANVAS_SIDE / sample_digits.CANVAS
    return [[(scale * x, scale * y) for x, y in stroke.tolist()] for stroke in sample_digits.digit(name)]


def as_text(pen: Pen) -> str:
    """Return a stroke as the browser reports it."""
    return " ".join(f"{x} {y}" for x, y in pen)


def finished(pen: Pen) -> dict[str, Any]:
    """Return what the canvas reports of a stroke: its curves, and where Fabric puts their centre, to about a pixel."""
    points = np.array(pen)
    left, top = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    return {**canvas.unfinished_object(pen), "left": left + 0.7, "top": top - 0.7, "originX": "center"}


@pytest.mark.parametrize("name", "0123456789")
def test_a_stroke_is_read_the_same_before_and_after_the_pen_is_lifted(name: str) -> None:
    reader, drawn = shared_resources.shipped_reader(), pens(name)
    told = CanvasContent(Drawing([finished(pen) for pen in drawn]))
    moving = CanvasContent(Drawing([finished(pen) for pen in drawn[:-1]]))
    moving.drawing.under_way = StrokesUnderWay(len(drawn) - 1, [canvas.unfinished_object(drawn[-1])])
    after, during = canvas.digit_source(told), canvas.digit_source(moving, under_way=True)
    assert isinstance(after, StrokeSource)
    assert isinstance(during, StrokeSource)
    for one, other in zip(after.strokes, during.strokes, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)
    assert during.read(reader).digit == after.read(reader).digit == int(name)


def test_strokes_that_the_canvas_has_reported_meanwhile_are_not_read_twice() -> None:
    first, second = ({"type": "Path", "path": [["M", x, 9], ["L", x, 90]]} for x in (20, 60))
    drawing = Drawing([])
    drawing.under_way = StrokesUnderWay(0, [first, second])
    for reported, left in (([], 2), ([first], 1), ([first, second], 0)):
        drawing.objects = reported
        assert len(drawing.unreported()) == left
    drawing.under_way = StrokesUnderWay(2, [first])
    drawing.objects = []  # the canvas has been cleared meanwhile
    assert drawing.unreported() == [first]
    drawing.show([])
    assert drawing.unreported() == []


def report(
    visit: Visit, strokes: object, *, known: object = 0, revision: object = None, is_moving: object = True
) -> dict[str, Any]:
    """Send a report as the browser does during a stroke, and return the answer."""
    ours = visit.session.canvas.drawing.revision if revision is None else revision
    return visit.hear({"revision": ours, "known": known, "strokes": strokes, "is_moving": is_moving})


def test_a_report_is_answered_and_the_canvas_has_the_last_word(visit: Visit) -> None:
    (seven,) = pens("7")
    answer = report(visit, as_text(seven))
    assert (answer["numeral"], answer["is_moving"], answer["strokes"]) == ("7", True, 0)
    assert answer["sentence"] == "Looks like a 7."
    lifted = report(visit, as_text(seven), is_moving=False)
    assert (lifted["numeral"], lifted["is_moving"], lifted["strokes"]) == ("7", False, 1)
    visit.draw([finished(seven)])
    for name in ("numeral", "is_moving", "sentence", "note", "strokes"):
        assert visit.answer[name] == lifted[name]
    assert visit.answer["sentence"].startswith("That's a 7.")
    visit.click("clear")
    answer = report(visit, as_text(seven), revision=-1)
    assert not answer["is_moving"], "This stroke was on the paper before it was cleared."


def test_a_report_is_answered_in_the_language_of_the_page(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    (seven,) = pens("7")
    monkeypatch.setattr(language, "of_browser", lambda *_: "zh_Hans")
    visit.app.run()
    answer = report(visit, as_text(seven))
    with speaking("zh_Hans"):
        assert answer["sentence"] == _("Looks like {what}.", what=article("7")) != "Looks like a 7."


def test_the_picture_of_the_network_follows_the_pen(visit: Visit) -> None:
    (seven,) = pens("7")
    listener = visit.page_state(LiveReader)
    ink = {"revision": visit.session.canvas.drawing.revision, "known": 0, "strokes": as_text(seven)}
    message = listener.answer(ink)
    picture = message[4 + int.from_bytes(message[:4], "little") :]
    header = json.loads(picture[4 : 4 + int.from_bytes(picture[:4], "little")])
    assert header["names"][header["answer"]] == "7"
    tiles = {"network": header["network"], "units": [layer["units"] for layer in header["layers"]]}
    assert len(listener.answer({**ink, "tiles": tiles})) < len(message) / 2, "It sends tiles again."


def test_a_report_is_read_while_the_page_changes_from_one_network_to_another(visit: Visit) -> None:
    (seven,) = pens("7")
    listener = visit.page_state(LiveReader)
    listener.reader = Reader(
        SavedNetwork(Network.initialize((784, 5, 2), rng=np.random.default_rng(0)), {"classes": ["even", "odd"]})
    )
    message = listener.answer({"revision": 0, "known": 0, "strokes": as_text(seven)})
    picture = message[4 + int.from_bytes(message[:4], "little") :]
    assert set(json.loads(picture[4 : 4 + int.from_bytes(picture[:4], "little")])["names"]) <= {"even", "odd", "none"}


def test_a_listener_is_found_by_its_key_while_its_session_lasts() -> None:
    listener = LiveReader()
    key = listener.key
    assert pen_reports.listener(key) is listener
    assert pen_reports.listener("") is None
    del listener
    assert pen_reports.listener(key) is None


@pytest.mark.parametrize(
    "strokes",
    [
        None,
        [[1.0, 2.0]],
        "ink",
        "1",
        "1 2 3",
        "true false",
        "nan 1",
        "1 inf",
        "1e400 1",
        "1e9 1",
        "1 2;",
        "1 2;;3 4",
        ";".join(["1 2"] * 33),
        "1 " * 20_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_no_pen_sends_is_ignored(visit: Visit, strokes: object) -> None:
    answer = report(visit, strokes)
    assert not answer["is_moving"]
    assert answer["sentence"] == "Draw a digit, 0 to 9."


@pytest.mark.parametrize("sent", [None, 7, [], {}, {"revision": "x", "known": {}, "strokes": "1 2"}, {"tiles": [[]]}])
def test_what_is_not_a_report_changes_nothing(visit: Visit, sent: object) -> None:
    assert visit.hear(sent)["sentence"] == "Draw a digit, 0 to 9."


def shown(shares: Sequence[float], rejection: Rejection | None = None) -> Answer:
    """Return the answer of a network of two classes and a reject output."""
    about = {"classes": ["0", "1", "x"], "refusal": {"class": "x", "threshold": 0.9}}
    reader = Reader(SavedNetwork(Network.initialize((784, 3), rng=np.random.default_rng(0)), about))
    total = 1 - shares[2]
    digit = None if rejection else int(np.argmax(shares[:2]))
    reading = Reading(digit, np.array(shares[:2]) / total, np.zeros((28, 28), np.float32), (), rejection, shares[2])
    return answer(reading, reader, StrokeSource([], Canvas(280, 280, 18)))


def test_the_large_numeral_waits_for_a_clear_lead_and_the_bars_do_not() -> None:
    lead = CLEAR_LEAD / 2
    close, clear = shown([0.49 + lead - 0.01, 0.49 - lead + 0.01, 0.02]), shown([0.96, 0.02, 0.02])
    assert steady(close, "1", 0).numeral == "1"
    assert steady(close, "1", 0).bars == close.bars
    assert steady(clear, "1", 0).numeral == "0"
    none = shown([0.02, 0.02, 0.96], Rejection.NOT_A_DIGIT)
    assert steady(none, "1", 0).numeral == "–"


def test_what_the_ghost_was_read_as_is_not_said_of_the_first_dot(visit: Visit) -> None:
    traced = {
        "revision": visit.session.canvas.drawing.revision,
        "known": 0,
        "strokes": "",
        "is_moving": False,
        "ghost": 1,
    }
    assert (visit.hear(traced)["numeral"], visit.hear(traced)["is_example"]) == ("3", True)
    (seven,) = pens("7")
    answer = report(visit, as_text(seven[:1]))
    assert (answer["is_example"], answer["numeral"], answer["sentence"]) == (False, "–", "Reading as you draw.")


def test_all_bars_with_none_add_up_to_one() -> None:
    reader = shared_resources.shipped_reader()
    for name in "0123456789":
        for pen in pens(name):
            for length in range(3, len(pen), 3):
                stroke = canvas.points(canvas.unfinished_object(pen[:length]))
                reading = StrokeSource([stroke], canvas.CANVAS).read(reader)
                found = bars(reading, reader)
                assert [name for name, *_ in found][-1] == "none"
                if reading.rejection in {Rejection.DOT, Rejection.SEVERAL_DIGITS}:
                    assert all(label == "" and share == 0 for _, label, share, _ in found)
                else:
                    assert sum(share for _, _, share, _ in found) == pytest.approx(1, abs=1e-5)
                    assert [label for _, label, _, _ in found] == whole_percents([share for _, _, share, _ in found])


def test_a_network_of_many_classes_has_a_bar_for_the_others() -> None:
    names = [f"class {index}" for index in range(40)]
    network = Network.initialize((784, 40), rng=np.random.default_rng(0))
    reader = Reader(SavedNetwork(network, {"classes": names}))
    found = bars(reader.read_image(np.full((28, 28), 0.1, np.float32)), reader)
    assert len(found) == 11
    assert found[-1][0] == "other"
    assert sum(share for _, _, share, _ in found) == pytest.approx(1, abs=1e-5)
