"""The Look page shows exactly the numbers that nn computes, for any network and digit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from markupsafe import Markup

from nn.gradient_check import numerical_gradients
from nn.losses import softmax
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.walkthrough import one_step
from testing import sample_digits
from tests.unit.ui.look_page import (
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
from ui.look import glossary
from ui.look.step_player import stages
from ui.look.tour import TourState
from ui.state.network_names import SHIPPED
from ui.widgets import number_format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


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
