"""The Look page shows exactly the numbers that nn computes, for any network and digit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from markupsafe import Markup

from data.dataset import IMAGE_SIDE
from nn.gradient_check import numerical_gradients
from nn.losses import softmax
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.walkthrough import one_step
from testing import sample_digits
from tests.unit.training.runs import by_hand, stepped
from tests.unit.ui.looking import (
    by_id,
    cards,
    close,
    component_data,
    entries,
    every_depth,
    in_float64,
    keep,
    made,
    picked,
    seen_by,
    value,
)
from tests.unit.ui.visit import Elements, as_fabric
from ui import routes
from ui.look import digit_choice, glossary
from ui.look.step_player import stages
from ui.look.tour import TourState
from ui.look.traced_digit import TracedDigit, trace_digit
from ui.state.digit_sources import ImageSource, InspectedDigit
from ui.state.inspection import Inspection
from ui.state.network_names import SHIPPED, SMALL
from ui.widgets import number_format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.reader import Reader
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit
    from ui.state.session import Session


class TestOneStep:
    @pytest.mark.parametrize(
        ("depth", "activation", "l2"),
        [(0, "relu", 10.0), (1, "relu", 0.0), (1, "sigmoid", 10.0), (2, "tanh", 10.0), (3, "relu", 10.0)],
    )
    def test_every_number_is_what_the_network_computes(
        self, look: Visit, depth: int, activation: str, l2: float
    ) -> None:
        """Gradients are checked against Network.gradients, new weights against the optimizer, all in float64."""
        keep(look, "mine", made(depth, activation))
        look.app.session_state["step_alpha"] = 0.5
        look.app.session_state["step_l2"] = l2
        look.app.run()
        reader, image, label = seen_by(look)
        network, m = in_float64(reader.network), 4000
        gradient = np.empty_like(network.vector)
        out = network.views(gradient)
        loss, gradients = network.gradients(image[None], np.array([label]), l2=l2, examples=m, out=out)
        probabilities = network.probabilities(image[None])
        hidden = network.hidden(image[None])
        before = [array.copy() for array in network.parameters]
        expected: dict[str, NDArray[Any]] = {"X": image[:, None], "Y": np.eye(10)[label][:, None]}
        for index, A in enumerate([*hidden, probabilities], start=1):
            expected[f"A{index}"] = A.T
        for index, (W, b) in enumerate(zip(before[0::2], before[1::2], strict=True), start=1):
            inputs = [image[None], *hidden][index - 1]
            expected |= {f"W{index}": W.T, f"b{index}": b[:, None], f"Z{index}": (inputs @ W + b).T}
            dW, db = gradients[2 * index - 2 : 2 * index]
            expected |= {f"dW{index}": dW.T, f"db{index}": db[:, None], f"dZ{index}": db[:, None]}
        shown = cards(look.html)
        Optimizer(OPTIMIZERS["descent"]).update(network.vector, gradient.copy(), 0.5)
        assert set(shown) == {
            *expected, "J", "new-J", *(f"new-{letter}{i}" for i in range(1, depth + 2) for letter in "Wb")
        }  # fmt: skip
        for name, matrix in expected.items():
            size = re.search(r"class='shape'>([\d,]+) × ([\d,]+)<", shown[name])
            assert size, name
            assert (value(size[1]), value(size[2])) == matrix.shape
            assert entries(shown[name]), name
            for row, column, text in entries(shown[name]):
                assert close(text, matrix[row, column]), (name, row, column, text, matrix[row, column])
        for index, (W, b) in enumerate(zip(network.weights, network.biases, strict=True), start=1):
            for name, old, new in (
                ("W", before[2 * index - 2].T, W.T),
                ("b", before[2 * index - 1][:, None], b[:, None]),
            ):
                for row, column, text in entries(shown[f"new-{name}{index}"]):
                    was, _, now = re.sub("</?b>", "", text).partition(" → ")
                    assert close(was, old[row, column])
                    assert close(now, new[row, column])
                    assert was != now or old[row, column] == new[row, column]
        after = network.gradients(image[None], np.array([label]), l2=l2, examples=m)[0]
        penalties = [l2 / (2 * m) * sum(float((W**2).sum()) for W in each) for each in (before[0::2], network.weights)]
        for name, total, penalty in (("J", loss, penalties[0]), ("new-J", after, penalties[1])):
            shown_parts = [value(text) for text in re.findall(r"<dd>(?:<b>)?([^<]*)<", shown[name])]
            expected_parts = [total - penalty, *([penalty] if l2 else []), total]
            assert shown_parts == pytest.approx(expected_parts, rel=6e-4)
        assert close(by_id(look.html, "loss_before"), loss)
        assert close(by_id(look.html, "loss_after"), after)
        assert close(by_id(look.html, "p_before"), probabilities[0, label])
        assert close(by_id(look.html, "p_after"), network.probabilities(image[None])[0, label])

    @every_depth
    def test_each_symbol_of_an_equation_leads_to_its_matrix(self, look: Visit, depth: int) -> None:
        keep(look, "mine", made(depth))
        look.app.session_state["step_l2"] = 10.0
        look.app.run()
        equations = "\n".join(each.value for each in look.app.markdown if "#of-" in each.value)
        anchors = set(re.findall(r"\]\(#of-([^) ]+) ", equations))
        assert anchors == set(cards(look.html))
        assert len(re.split(r"\n+", equations)) == 7 * (depth + 1) + 2
        assert r"\tfrac{\lambda}{m}" in equations

    def test_the_visitor_gives_the_true_label_of_a_drawing(self, new_visit: NewVisit) -> None:
        visit = new_visit()
        visit.draw(as_fabric(sample_digits.digit("7")))
        visit.click("inspect_drawing")
        (true_label,) = [each for each in visit.app.selectbox if each.label == "True label"]
        assert true_label.value == 7
        sure = value(by_id(visit.html, "p_before"))
        true_label.set_value(1).run()
        assert value(by_id(visit.html, "p_before")) < 0.1 < sure
        assert value(by_id(visit.html, "p_after")) > value(by_id(visit.html, "p_before"))

    def test_a_step_on_the_built_in_network_uses_all_outputs_and_no_temperature(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        reader, image, label = seen_by(look)
        p = softmax(in_float64(reader.network).logits(image[None]))[0]
        assert len(p) == 11
        assert close(by_id(look.html, "p_before"), p[label])
        assert "softmax is over all 11 outputs" in look.html


class TestGradientCheck:
    @every_depth
    def test_measured_slopes_are_right_and_agree_with_backpropagation(self, look: Visit, depth: int) -> None:
        """Checked against numerical_gradients, which perturbs every parameter, and against Network.gradients."""
        units = 2
        network = made(depth, "tanh", units=units, classes=3)
        keep(look, "mine", network)
        reader, image, _ = seen_by(look)
        (true_label,) = [each for each in look.app.selectbox if each.label == "True label"]
        label = int(true_label.value or 0)
        double = in_float64(reader.network)
        inked = np.flatnonzero(image)  # weights of blank pixels have no effect, and most pixels are blank
        smaller = Network([double.weights[0][inked], *double.parameters[1:]], double.activations)
        for matrix in range(depth + 1):
            for letter in "Wb":
                name = letter + "¹²³⁴"[matrix]
                look.app.selectbox(key="checked").set_value(name).run()
                row, column = (
                    int(each.value or 0) - 1 for each in look.app.number_input if each.label in {"Row", "Column"}
                )
                at = 2 * matrix + (letter == "b")
                gradient = double.gradients(image[None], np.array([label]))[1][at]
                expected = gradient[column, row] if letter == "W" else gradient[row]
                assert abs(expected) == np.abs(gradient).max()
                measured = numerical_gradients(smaller, image[None, inked], np.array([label]), epsilon=1e-5)[at]
                first = int(np.searchsorted(inked, column)) if matrix == 0 else column
                slope = measured[first, row] if letter == "W" else measured[row]
                table = re.search(r"id='check_numbers'>(.*?)</table>", look.html, re.DOTALL)
                assert table
                rows = re.findall(r"scope='row'>(.*?)</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", table[1])
                assert [value(f"1·{epsilon}") for epsilon, *_ in rows] == pytest.approx(
                    [10.0**-power for power in range(1, 10)]
                )
                assert all(close(backward, float(expected), 9) for _, _, backward, _ in rows)
                assert value(rows[4][1]) == pytest.approx(float(slope), rel=1e-7, abs=1e-11)
                for _, difference, backward, error in rows[:3]:
                    d, g = value(difference), value(backward)
                    assert value(error) == pytest.approx(abs(d - g) / (abs(d) + abs(g)), rel=0.06, abs=2e-9)

    def test_another_weight_can_be_chosen(self, look: Visit) -> None:
        keep(look, "mine", made(1))
        look.app.selectbox(key="checked").set_value("W²").run()
        row, column = (each for each in look.app.number_input if each.label in {"Row", "Column"})
        row.set_value(3)
        column.set_value(2).run()
        reader, image, label = seen_by(look)
        gradients = in_float64(reader.network).gradients(image[None], np.array([label]))[1]
        table = re.search(r"id='check_numbers'>(.*?)</table>", look.html, re.DOTALL)
        assert table
        shown = re.findall(r"scope='row'>.*?</th><td>.*?</td><td>(.*?)</td>", table[1])
        assert close(shown[0], float(gradients[2][1, 2]), 9)


class TestWhichDigit:
    def test_a_digit_sent_from_another_page_is_shown_and_can_be_returned_to(self, look: Visit) -> None:
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
        assert by_id(look.html, "origin") != "Dev digit 37", "Only a new one is opened by itself."
        look.app.segmented_control(key="digit_source").set_value(digit_choice.OPENED).run()
        assert by_id(look.html, "origin") == "Dev digit 37"

    def test_a_drawing_is_followed_through_the_network_that_read_it(self, visit: Visit) -> None:
        visit.draw(as_fabric(sample_digits.digit("7")))
        visit.click("inspect_drawing")
        assert by_id(visit.html, "origin") == "Your drawing"
        assert visit.app.selectbox(key="look_network").value == SHIPPED
        assert visit.links[0].label == "Back to your drawing"
        visit.go("")
        visit.click("clear")
        visit.go("look")
        assert by_id(visit.html, "origin").startswith("Dev digit")

    def test_a_digit_being_edited_is_followed_before_anything_is_drawn_on_it(self, look: Visit) -> None:
        image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
        image[4:24, 13:15] = 255
        look.session.canvas.edit(image)
        look.go("")
        look.click("inspect_drawing")
        assert by_id(look.html, "origin") == "Your drawing"

    def test_the_page_opens_with_a_misread_digit_that_one_step_puts_right(self, look: Visit) -> None:
        assert look.app.selectbox(key="look_network").value == SMALL
        before, after = (value(by_id(look.html, f"p_{when}")) for when in ("before", "after"))
        assert 0.2 < before < 0.5 < after

    def test_a_drawing_is_one_choice_away(self, visit: Visit) -> None:
        visit.draw(as_fabric(sample_digits.digit("7")))
        visit.go("look")
        assert by_id(visit.html, "origin").startswith("Dev digit")
        visit.app.segmented_control(key="digit_source").set_value(digit_choice.DRAWING).run()
        assert by_id(visit.html, "origin") == "Your drawing"
        assert visit.app.selectbox(key="look_network").value == SMALL

    def test_a_run_just_trained_is_shown_once_and_another_choice_is_kept(self, look: Visit) -> None:
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

    def test_the_digits_hardest_to_tell_come_one_after_another(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        reader = look.session.networks.reader(SHIPPED)
        dev = look.session.networks.dev_examples(SHIPPED, reader)
        order = digit_choice.most_uncertain_first(reader, dev)
        for place in order[:3]:
            look.click("uncertain_digit")
            assert by_id(look.html, "origin") == f"Dev digit {place + 1}"

    def test_dev_digits_are_chosen_by_class_and_number(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        look.app.selectbox(key="digit_class").set_value("3").run()
        look.app.number_input(key="digit_number").set_value(5).run()
        dev = look.session.networks.dev_examples(SHIPPED, look.session.networks.reader(SHIPPED))
        row = dev.rows_of(3)[4]
        assert by_id(look.html, "origin") == f"Dev digit {int(np.flatnonzero(dev.rows == row)[0]) + 1:,}"
        assert "it is a 3" in Elements(look.html).text

    @pytest.mark.parametrize("classes", [2, 62])
    def test_a_network_of_other_classes_can_be_inspected(self, look: Visit, classes: int) -> None:
        names = [f"class {k}" for k in range(classes)]
        keep(look, "mine", made(2, classes=classes), classes=names)
        assert not look.app.exception
        assert len(re.findall(r"class='logit'", picked(look, "contributions"))) == classes
        keep(look, "none", made(0, classes=classes), classes=names)
        keep(look, "again", made(1))

    @pytest.mark.parametrize("size", [1e-30, 1e3, 1e10])
    def test_a_network_of_extreme_weights_can_be_inspected(self, look: Visit, size: float) -> None:
        """Such a network may come from a diverged run or a file; exp of its logits overflows."""
        network = made(2)
        network.vector[:] *= size
        keep(look, "mine", network)
        reader, image, _ = seen_by(look)
        p = reader.decision_rule.probabilities(in_float64(network).logits(image[None]))[0]
        shares = re.findall(r"class='share'>(.*?)<", look.html)
        assert [value(share) for share in shares] == pytest.approx(list(p), rel=1e-3)

    def test_a_deep_network_can_be_inspected(self, look: Visit) -> None:
        """The network has as many layers as a weights file may have."""
        keep(look, "mine", made(31, units=3))
        assert {"of-W32", "of-dW1"} <= {f"of-{name}" for name in cards(look.html)}
        look.app.selectbox(key="checked").set_value("W³²").run()
        assert not look.app.exception

    def test_the_step_of_a_run_in_training_is_that_of_the_weights_shown(
        self, look: Visit, monkeypatch: pytest.MonkeyPatch
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


class TestStages:
    @every_depth
    def test_they_play_all_equations_in_order_with_the_numbers_of_the_step(self, depth: int) -> None:
        network, image = made(depth, "tanh"), np.random.default_rng(3).random(784)
        step = one_step(network, image, 4, alpha=0.01, l2=2.0, examples=50)
        shown = stages(step, [f"class {index}" for index in range(10)])
        assert len(shown) == (7 if depth else 5)
        matrices = {f"of-{letter}{layer}" for letter in ("Z", "A", "dZ", "dW", "db", "new-W", "new-b")
                    for layer in range(1, depth + 2)}  # fmt: skip
        computed = [anchor for stage in shown for anchor in stage.computed]
        assert sorted(computed) == sorted({*matrices, "of-J", "of-new-J"})
        known = {"of-X", "of-Y"} | {f"of-{letter}{layer}" for letter in "Wb" for layer in range(1, depth + 2)}
        for stage in shown:
            assert set(stage.used) <= known
            known |= set(stage.computed)
        texts = {stage.title: stage.text for stage in shown}
        p, after = (float(layers[-1].A[4, 0]) for layers in (step.layers, step.after))
        assert f"class 4, with probability {number_format.probability(p)}" in texts["Loss"]
        assert f"= {number_format.number(step.loss.total)}." in texts["Loss"]
        assert f"{number_format.signed(p - 1)} for class 4" in texts["Backward, output"]
        assert f"to {number_format.probability(after)}" in texts["Loss after the step"]
        if depth:
            A = step.layers[-2].A[:, 0]
            unit = int(np.abs(A).argmax())
            assert f"unit {unit + 1}: a = {number_format.number(A[unit])}" in texts["Forward, hidden"]

    def test_the_page_plays_the_step_that_it_shows(self, look: Visit) -> None:
        shown = component_data(look, "step_player")["stages"]
        assert by_id(look.html, "loss_before") in shown[-1]["text"]
        assert by_id(look.html, "loss_after") in shown[-1]["text"]
        look.app.session_state["step_alpha"] = 0.003
        look.app.run()
        again = component_data(look, "step_player")["stages"]
        assert again[-1]["text"] != shown[-1]["text"]
        assert by_id(look.html, "loss_after") in again[-1]["text"]


class TestTour:
    def test_it_can_be_skipped_and_taken_again(self, look: Visit) -> None:
        assert look.html.count("class='tour'") == 5
        assert component_data(look, "tour")["begun"] == 1
        look.page_state(TourState).over = True
        for page in ("look", "train", "look"):
            look.go(page)
        assert "class='tour'" not in look.html
        assert component_data(look, "tour")["begun"] == 0
        look.click("take_tour")
        assert look.html.count("class='tour'") == 5
        assert component_data(look, "tour")["begun"] == 2


class TestGlossary:
    def test_only_the_terms_of_a_text_show_their_meanings(self) -> None:
        html = glossary.explained(Markup("its <term bias>bias</term>, <b>&lt;term x&gt;</b>"))
        assert html == f"its {glossary.term('bias', 'bias')}, <b>&lt;term x&gt;</b>"

    def test_each_term_in_a_template_has_a_meaning(self) -> None:
        templates = Path(glossary.__file__).parent.glob("*.html.j2")
        used = {key for file in templates for key in re.findall(r"<term (\w+)>", file.read_text(encoding="utf-8"))}
        assert {"logit", "temperature"} <= used <= set(glossary.entries())

    def test_each_marked_term_is_explained_on_the_page_once(self, look: Visit) -> None:
        html = look.html + picked(look, "units") + picked(look, "contributions")
        marked = set(re.findall(r"aria-describedby='(\w+)'", html))
        assert {"meaning_softmax", "meaning_dead", "meaning_gradient", "meaning_loss"} <= marked
        ids = [attributes["id"] for _, attributes in Elements(html).found if "id" in attributes]
        assert marked <= set(ids)
        assert len(ids) == len(set(ids))
        assert all(f"meaning_{key}" in ids for key in glossary.entries())
