"""Which digit Look shows: one that was sent from another page, one of dev, or your drawing, by any network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data.dataset import IMAGE_SIDE
from testing import sample_digits
from tests.unit.training.runs import by_hand, stepped
from tests.unit.ui.look_page import (
    by_id,
    cards,
    in_float64,
    keep,
    made,
    picked,
    seen_by,
    value,
)
from tests.unit.ui.visit import Elements, as_fabric
from ui import routes
from ui.look import digit_choice
from ui.look.traced_digit import TracedDigit, trace_digit
from ui.state.digit_sources import ImageSource, InspectedDigit
from ui.state.inspection import Inspection
from ui.state.network_names import SHIPPED, SMALL

if TYPE_CHECKING:
    from models.reader import Reader
    from tests.unit.ui.visit import Visit
    from ui.state.session import Session

pytestmark = pytest.mark.slow


def test_a_digit_sent_from_another_page_is_shown_and_can_be_returned_to(look: Visit) -> None:
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    image[4:24, 13:15] = 255
    look.go("train")
    digit = InspectedDigit(ImageSource(image), 1, "dev digit 37")
    look.session.inspection = Inspection(digit, SHIPPED, routes.TRAIN)
    look.go("look")
    assert by_id(look.html, "origin") == "Dev digit 37"
    assert "it is a 1" in Elements(look.html).text
    assert look.app.selectbox(key="look_network").value == SHIPPED
    look.app.segmented_control(key="digit_source").set_value(digit_choice.DEV).run()
    assert by_id(look.html, "origin") != "Dev digit 37"
    look.go("dataset")
    look.go("look")
    assert by_id(look.html, "origin") != "Dev digit 37", "Only a new drawing is opened automatically."
    look.app.segmented_control(key="digit_source").set_value(digit_choice.OPENED).run()
    assert by_id(look.html, "origin") == "Dev digit 37"


def test_a_drawing_is_followed_through_the_network_that_read_it(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("7")))
    visit.click("inspect_drawing")
    assert by_id(visit.html, "origin") == "Your drawing"
    assert visit.app.selectbox(key="look_network").value == SHIPPED
    assert visit.links[0].label == "Back to your drawing"
    visit.go("")
    visit.click("clear")
    visit.go("look")
    assert by_id(visit.html, "origin").startswith("Dev digit")


def test_a_digit_being_edited_is_followed_before_anything_is_drawn_on_it(look: Visit) -> None:
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    image[4:24, 13:15] = 255
    look.session.canvas.edit(image)
    look.go("")
    look.click("inspect_drawing")
    assert by_id(look.html, "origin") == "Your drawing"


def test_the_page_opens_with_a_misread_digit_that_one_step_puts_right(look: Visit) -> None:
    assert look.app.selectbox(key="look_network").value == SMALL
    before, after = (value(by_id(look.html, f"p_{when}")) for when in ("before", "after"))
    assert 0.2 < before < 0.5 < after


def test_a_drawing_is_one_choice_away(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("7")))
    visit.go("look")
    assert by_id(visit.html, "origin").startswith("Dev digit")
    visit.app.segmented_control(key="digit_source").set_value(digit_choice.DRAWING).run()
    assert by_id(visit.html, "origin") == "Your drawing"
    assert visit.app.selectbox(key="look_network").value == SMALL


def test_a_run_just_trained_is_shown_once_and_another_choice_is_kept(look: Visit) -> None:
    look.go("train")
    look.go("look")
    assert look.app.selectbox(key="look_network").value == SMALL, "It has not been trained yet."
    look.go("train")
    look.click("epoch")
    look.wait_until_idle()
    look.go("look")
    assert look.app.selectbox(key="look_network").value == "Run 1"
    assert value(by_id(look.html, "loss_before")) > 0.5
    look.app.selectbox(key="look_network").set_value(SHIPPED).run()
    look.go("dataset")
    look.go("look")
    assert look.app.selectbox(key="look_network").value == SHIPPED


def test_the_digits_hardest_to_tell_come_one_after_another(look: Visit) -> None:
    look.app.selectbox(key="look_network").set_value(SHIPPED).run()
    reader = look.session.networks.reader(SHIPPED)
    dev = look.session.networks.dev_examples(SHIPPED, reader)
    order = digit_choice.most_uncertain_first(reader, dev)
    for place in order[:3]:
        look.click("uncertain_digit")
        assert by_id(look.html, "origin") == f"Dev digit {place + 1}"


def test_dev_digits_are_chosen_by_class_and_number(look: Visit) -> None:
    look.app.selectbox(key="look_network").set_value(SHIPPED).run()
    look.app.selectbox(key="digit_class").set_value("3").run()
    look.app.number_input(key="digit_number").set_value(5).run()
    dev = look.session.networks.dev_examples(SHIPPED, look.session.networks.reader(SHIPPED))
    row = dev.rows_of(3)[4]
    assert by_id(look.html, "origin") == f"Dev digit {int(np.flatnonzero(dev.rows == row)[0]) + 1:,}"
    assert "it is a 3" in Elements(look.html).text


@pytest.mark.parametrize("classes", [2, 62])
def test_a_network_of_other_classes_can_be_inspected(look: Visit, classes: int) -> None:
    names = [f"class {k}" for k in range(classes)]
    keep(look, "mine", made(2, classes=classes), classes=names)
    assert not look.app.exception
    assert len(re.findall(r"class='logit'", picked(look, "contributions"))) == classes
    keep(look, "none", made(0, classes=classes), classes=names)
    keep(look, "again", made(1))


@pytest.mark.parametrize("size", [1e-30, 1e3, 1e10])
def test_a_network_of_extreme_weights_can_be_inspected(look: Visit, size: float) -> None:
    """Such a network may come from a diverged run or a file; exp of its logits overflows."""
    network = made(2)
    network.vector[:] *= size
    keep(look, "mine", network)
    reader, image, _ = seen_by(look)
    p = reader.decision_rule.probabilities(in_float64(network).logits(image[None]))[0]
    shares = re.findall(r"class='share'>(.*?)<", look.html)
    assert [value(share) for share in shares] == pytest.approx(list(p), rel=1e-3)


def test_a_deep_network_can_be_inspected(look: Visit) -> None:
    """The network has as many layers as a weights file may have."""
    keep(look, "mine", made(31, units=3))
    assert {"of-W32", "of-dW1"} <= {f"of-{name}" for name in cards(look.html)}
    look.app.selectbox(key="checked").set_value("W³²").run()
    assert not look.app.exception


def test_the_step_of_a_run_in_training_is_that_of_the_weights_shown(
    look: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[Reader] = []

    def traced(session: Session, specimen: InspectedDigit, name: str, reader: Reader) -> TracedDigit:
        readers.append(reader)
        return trace_digit(session, specimen, name, reader)

    monkeypatch.setattr("ui.look.one_digit.trace_digit", traced)
    look.go("train")
    look.click("train")
    look.go("look")
    look.app.selectbox(key="look_network").set_value("Run 1").run()
    assert not look.app.exception
    found = re.search(r"Run 1 is still training; this is step ([\d,]+)", look.html)
    assert found
    weights = stepped(by_hand(look.run.settings, look.run.split), int(found[1].replace(",", "")))
    assert readers[-1].network.vector.tobytes() == weights
