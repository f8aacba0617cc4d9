"""The Draw page reads drawings and photos, and accepts corrections of either, including from a file."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from ink.mnist_format import Canvas, canvas_from_strokes
from models import weights
from models.weights import SavedNetwork
from nn.network import Network
from testing import sample_digits
from tests.unit.ui.visit import Elements, as_fabric
from ui.draw.correction_panel import ForgettingState
from ui.state import corrections, shared_resources
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import PictureSource, StrokeSource
from ui.widgets.canvas import CANVAS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def picture(name: str, file_format: str = "PNG") -> bytes:
    alpha = canvas_from_strokes(sample_digits.digit(name), side=200, size=140, pen_width=12)[:, :, 3]
    file = io.BytesIO()
    Image.fromarray(255 - alpha).save(file, file_format)
    return file.getvalue()


def bring(visit: Visit, name: str, content: bytes) -> None:
    visit.upload(f"picture_{visit.session.canvas.uploaded.uploads}", name, content)


def text(visit: Visit) -> str:
    return f"{Elements(visit.html).text}{visit.answer['sentence']}"


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_a_picture_is_read_like_a_drawing(visit: Visit, file_format: str) -> None:
    bring(visit, f"mine.{file_format.lower()}", picture("7", file_format))
    assert "That's a 7" in visit.answer["sentence"]
    assert "Extracted ink" in text(visit)
    assert "mine" in text(visit)
    assert visit.answer["strokes"] is None
    assert not visit.alerts


def half_of(name: str) -> bytes:
    alpha = canvas_from_strokes(sample_digits.digit(name), side=200, size=140, pen_width=12)[:100, :, 3]
    file = io.BytesIO()
    Image.fromarray(255 - alpha).save(file, "PNG")
    return file.getvalue()


def test_a_digit_cut_off_at_the_edge_is_never_certain(visit: Visit) -> None:
    bring(visit, "mine.png", half_of("8"))
    assert "edge" in visit.answer["sentence"] + visit.answer["note"]


def test_other_formats_get_a_sentence_of_ours(visit: Visit) -> None:
    bring(visit, "mine.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (sentence,) = visit.alerts
    assert sentence.startswith("mine.heic is a HEIC photo")


def test_a_picture_taken_away_leaves_the_drawing_as_it_was(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("4")))
    bring(visit, "mine.png", picture("7"))
    assert "That's a 7" in text(visit)
    visit.click("take_away")
    assert "That's a 4" in text(visit)
    assert len(visit.session.canvas.drawing.objects) == 2


def test_drawing_takes_over_from_a_picture(visit: Visit) -> None:
    first, second = as_fabric(sample_digits.digit("4"))
    visit.draw([first])
    bring(visit, "mine.png", picture("7"))
    visit.draw([first, second])
    assert "That's a 4" in text(visit)
    assert visit.session.canvas.uploaded.picture is None


def test_a_picture_stays_over_another_page_and_another_takes_its_place(visit: Visit) -> None:
    bring(visit, "seven.png", picture("7"))
    visit.go("train")
    visit.go("")
    assert "That's a 7" in text(visit)
    bring(visit, "two.png", picture("2"))
    assert "That's a 2" in text(visit)


@pytest.mark.parametrize("content", [b"", b"GIF89a and more", picture("7")[:300]], ids=["empty", "GIF", "torn"])
def test_a_file_that_cannot_be_read_gives_a_sentence_and_what_was_read_stays(visit: Visit, content: bytes) -> None:
    visit.draw(as_fabric(sample_digits.digit("4")))
    bring(visit, "bad[1](x).png", content)
    (sentence,) = visit.alerts
    assert sentence.startswith("bad[1](x).png is ")
    assert "That's a 4" in text(visit)
    bring(visit, "good.png", picture("7"))
    assert not visit.alerts
    bring(visit, "bad.png", content)
    assert "That's a 7" in text(visit)


def test_a_picture_named_in_markup_adds_nothing_to_the_page(visit: Visit) -> None:
    bring(visit, "'><img src=x onerror=alert(1)>.png", picture("7"))
    assert "<img src=x" not in visit.html
    assert "'><img src=x onerror=alert(1)>.png" in text(visit)


def test_a_digit_in_a_picture_can_be_corrected(visit: Visit) -> None:
    bring(visit, "mine.png", picture("7"))
    lying = visit.session.canvas.uploaded.picture
    assert lying is not None
    visit.session.corrections.learn([CorrectedDigit(1, PictureSource(lying))])
    visit.app.run()
    visit.app.selectbox(key="network").set_value("Built-in network, corrected").run()
    assert "That's a 1" in text(visit)
    assert "What it learned" in text(visit)


@pytest.mark.parametrize("name", ["again.json", "again.csv"])
def test_corrected_digits_are_brought_again(visit: Visit, name: str) -> None:
    visit.draw(as_fabric(sample_digits.digit("7")))
    given = [CorrectedDigit(1, StrokeSource(sample_digits.digit("7"), CANVAS))]
    content = corrections.as_csv(given) if name.endswith("csv") else corrections.as_strokes(given)
    visit.upload("upload_strokes_0", name, content)
    assert not visit.alerts
    assert "a 1 in" in text(visit)
    assert "That's a 1" in text(visit)


def test_a_file_without_corrections_gives_a_sentence_and_the_network_stays(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("7")))
    for name, content in (("bad.json", b"{}"), ("bad.csv", b"a,b\n1,2\n")):
        visit.upload("upload_strokes_0", name, content)
        (sentence,) = visit.alerts
        assert "bad" in sentence
        assert visit.session.corrections.made == []


def test_the_page_says_in_a_line_how_it_is_decided(new_visit: NewVisit) -> None:
    """States the network's threshold if it was trained on non-digits, or else that it only knows digits."""
    visit = new_visit()
    visit.draw(as_fabric(sample_digits.digit("7")))
    threshold = visit.session.networks.reader("Built-in network").decision_rule.threshold
    assert f"unless “none” gets {threshold:.0%} or more" in text(visit)
    visit.go("train")
    visit.go("")
    visit.app.selectbox(key="network").set_value("Run 1").run()
    assert "only knows digits" in text(visit)


def test_a_network_of_other_classes_reads_but_is_not_corrected(visit: Visit) -> None:
    network = Network.initialize((784, 8, 5), rng=np.random.default_rng(1))
    visit.go("train")
    visit.upload("upload_weights", "five.npz", weights.save(SavedNetwork(network, {"classes": list("abcde")})))
    visit.go("")
    visit.app.selectbox(key="network").set_value("five.npz").run()
    visit.draw(as_fabric(sample_digits.digit("3")))
    assert not visit.app.exception
    (popover,) = [each for each in visit.app.get("popover") if each.proto.popover.label == "Not right?"]
    assert popover.proto.popover.disabled


PAPER = Canvas(sample_digits.CANVAS, sample_digits.CANVAS, 18)
T = np.linspace(0, 1, 120)
SCRIBBLE = [np.column_stack((40 + 200 * (0.5 + 0.5 * np.sin(19 * T)), 40 + 190 * T + 18 * np.sin(61 * T)))]
TWO_DIGITS = [
    0.42 * stroke + (5 + shift, 80) for name, shift in (("3", 0), ("5", 140)) for stroke in sample_digits.digit(name)
]
DOT = [np.array([[140.0, 140.0], [140.5, 140.0]])]


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        (SCRIBBLE, "That doesn't look like a digit"),
        (TWO_DIGITS, "One digit at a time, please"),
        (DOT, "That's only a dot"),
    ],
    ids=["scribble", "two digits", "dot"],
)
def test_a_drawing_that_is_not_one_digit_is_rejected_in_a_sentence(
    visit: Visit, strokes: list[NDArray[np.float64]], sentence: str
) -> None:
    visit.draw(as_fabric(strokes))
    assert sentence in text(visit)
    assert visit.answer["strokes"] == len(strokes)


def test_a_drawing_is_corrected_and_the_correction_undone(visit: Visit) -> None:
    """A 7 corrected to a 1: the network was right, but must still follow."""
    visit.draw(as_fabric(sample_digits.digit("7")))
    before = visit.html, visit.answer
    visit.app.session_state["it_is_0"] = "1"
    visit.app.run()
    visit.click("learn_0")
    assert "That's a 1" in text(visit)
    assert visit.app.selectbox(key="network").value == "Built-in network, corrected"
    visit.click("unlearn")
    assert visit.app.selectbox(key="network").value == "Built-in network"
    assert (visit.html, visit.answer) == before


def test_what_is_forgotten_is_measured_on_demand_until_another_correction(visit: Visit) -> None:
    small = Network.initialize((784, 8, 10), rng=np.random.default_rng(0))
    visit.session.networks.saved["small"] = SavedNetwork(small)
    visit.app.run()
    visit.app.selectbox(key="network").set_value("small").run()
    visit.draw(as_fabric(sample_digits.digit("7")))
    visit.app.session_state["it_is_0"] = "1"
    visit.app.run()
    visit.click("learn_0")
    visit.click("measure_forgetting")
    forgetting = visit.page_state(ForgettingState).forgetting
    assert forgetting is not None
    end = time.monotonic() + 30
    while forgetting.snapshot().measured < 1:
        assert time.monotonic() < end
        time.sleep(0.02)
    visit.app.run()
    (plot,) = visit.curves["plots"]
    assert [name for name, _, _ in plot["legend"]] == ["with rehearsal", "without"]
    assert all(re.fullmatch(r"[\d.]+% \([\d.]+ to [\d.]+\)", value) for _, value, _ in plot["legend"])
    assert plot["note"] == ""
    assert [curve["count"] for curve in visit.curves["curves"]] == [2, 2]
    visit.app.session_state["it_is_1"] = "2"
    visit.app.run()
    visit.click("learn_1")
    assert visit.app.button(key="measure_forgetting")
    assert visit.page_state(ForgettingState).forgetting is None


def test_recorded_digits_are_read_wherever_they_are_drawn_and_however_large(recorded_ink: Path) -> None:
    """At least 97 of a hundred digits by thirty writers, at three sizes and positions, on paper of either size."""
    places = ((1.0, (0.0, 0.0)), (0.6, (-35.0, 25.0)), (0.35, (60.0, -60.0)))
    right, reader = 0, shared_resources.shipped_reader()
    for number, (label, strokes) in enumerate(sample_digits.recorded(recorded_ink, 100)):
        size, offset = places[number % len(places)]
        moved = [(stroke - 140) * size + 140 + offset for stroke in strokes]
        read = StrokeSource(moved, PAPER).read(reader)
        larger = StrokeSource([stroke * (CANVAS.width / PAPER.width) for stroke in moved], CANVAS).read(reader)
        np.testing.assert_allclose(larger.image, read.image, atol=1e-5)
        right += larger.digit == label
    assert right >= 97
