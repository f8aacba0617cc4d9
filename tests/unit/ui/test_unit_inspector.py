"""The Look page's inspector shows the units, logits and softmax that nn computes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.unit.ui.look_page import by_id, close, in_float64, keep, made, picked, seen_by
from ui.state.network_names import SHIPPED
from ui.widgets import number_format

if TYPE_CHECKING:
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


class TestInspector:
    @pytest.mark.parametrize(("depth", "activation"), [(0, "relu"), (1, "tanh"), (2, "sigmoid"), (3, "relu")])
    def test_a_unit_is_its_weights_times_the_input_and_its_bias(self, look: Visit, depth: int, activation: str) -> None:
        keep(look, "mine", made(depth, activation))
        reader, image, _ = seen_by(look)
        network = in_float64(reader.network)
        inputs = [image[None], *network.hidden(image[None])]
        for layer in range(max(depth, 1)):
            if depth > 1:
                look.app.session_state["unit_layer"] = layer + 1
            for unit in (0, 4):
                if depth:
                    look.app.session_state["unit"] = unit + 1
                    look.app.run()
                else:
                    (chosen,) = [each for each in look.app.selectbox if each.key and each.key.startswith("class_shown")]
                    chosen.set_value(unit).run()
                total = float(inputs[layer][0] @ network.weights[layer][:, unit])
                z = total + float(network.biases[layer][unit])
                a = float(network.hidden(image[None])[layer][0, unit]) if depth else z
                for name, expected in (
                    ("unit_sum", total), ("unit_bias", network.biases[layer][unit]), ("unit_z", z), ("unit_a", a)
                ):  # fmt: skip
                    assert close(by_id(look.html, name), float(expected)), (layer, unit, name)

    def test_each_logit_shows_the_units_that_contribute_most_for_and_against_it(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        reader, image, _ = seen_by(look)
        network = in_float64(reader.network)
        parts = network.hidden(image[None])[0].T * network.weights[1]  # (units, 11)
        shown = re.findall(r"<li[^>]*><h3>(.*?)</h3>(.*?)</li>", picked(look, "contributions"), re.DOTALL)
        assert len(shown) == 11
        for k, (head, body) in enumerate(shown):
            logit = re.search(r"data-output='(\d+)'>([^<]*)<", head)
            assert logit
            assert int(logit[1]) == k
            assert close(logit[2], float(network.logits(image[None])[0, k]))
            contributors = re.findall(
                r"class='contributor (\w+)' data-value='(\d+)'.*?<small>([^<]*)</small>", body, re.DOTALL
            )
            ranked = np.argsort(-parts[:, k])
            assert [int(unit) for _, unit, _ in contributors] == [*ranked[:3], *ranked[-3:]]
            for side, unit, text in contributors:
                assert close(text.removeprefix("+"), float(parts[int(unit), k]))
                assert side == ("positive" if parts[int(unit), k] > 0 else "negative")
            found = re.search(r"positive'>\+([^<]*)<.*?negative'>([^<]*)<.*?bias ([^<]*)<", body)
            assert found
            for text, expected in zip(
                found.groups(),
                (parts[:, k][parts[:, k] > 0].sum(), parts[:, k][parts[:, k] < 0].sum(), network.biases[1][k]),
                strict=True,
            ):
                assert close(text.removeprefix("+"), float(expected))

    def test_units_are_sorted_by_activation_contribution_and_weight(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        reader, image, _ = seen_by(look)
        network = in_float64(reader.network)
        A, W = network.hidden(image[None])[0][0], network.weights[1]
        (of_class,) = [each for each in look.app.selectbox if each.key and each.key.startswith("class_shown")]
        for sort, by in (("contribution", A * W[:, 3]), ("weight", W[:, 3]), ("active", A)):
            of_class.set_value(3)
            look.app.selectbox(key="unit_sort").set_value(sort).run()
            (of_class,) = [each for each in look.app.selectbox if each.key and each.key.startswith("class_shown")]
            units = re.findall(r"data-value='(\d+)'.*?<small>([^<]*)</small>", picked(look, "units"), re.DOTALL)
            ranked = np.argsort(-by, kind="stable")
            expected = ranked[:24] if sort == "active" else [*ranked[:12], *ranked[-12:]]
            assert [int(unit) for unit, _ in units] == list(expected)
            assert all(close(text.removeprefix("+"), float(by[int(unit)])) for unit, text in units)

    def test_dead_units_are_counted_on_training_digits_and_shown(self, look: Visit) -> None:
        network = made(1, units=8)
        network.biases[0][[1, 6]] = -1e3
        network.biases[0][[0, 2, 3, 4, 5, 7]] = 5
        keep(look, "mine", network)
        html = picked(look, "units")
        assert by_id(html, "dead_count") == "2"
        assert "500 training digits" in html
        look.app.selectbox(key="unit_sort").set_value("dead").run()
        assert re.findall(r"data-value='(\d+)'", picked(look, "units")) == ["1", "6"]
        keep(look, "other", made(1, "tanh"))
        assert "units cannot die" in picked(look, "units")

    def test_softmax_uses_the_temperature_and_leaves_out_the_reject_output(self, look: Visit) -> None:
        look.app.selectbox(key="look_network").set_value(SHIPPED).run()
        reader, image, _ = seen_by(look)
        logits = in_float64(reader.network).logits(image[None])
        p = reader.decision_rule.probabilities(logits)[0]
        table = re.search(r"id='softmax_numbers'>(.*?)</table>", look.html, re.DOTALL)
        assert table
        rows = re.findall(r"scope='row'>(.*?)</th><td>(.*?)</td><td>(.*?)</td><td class='share'>(.*?)</td>", table[1])
        T = reader.decision_rule.temperature
        assert [name for name, *_ in rows] == list("0123456789")
        for k, (_, z, power, share) in enumerate(rows):
            assert close(z, float(logits[0, k]))
            assert close(power, float(np.exp(logits[0, k] / T)))
            assert close(share, float(p[k]))
        (formula,) = [each for each in look.app.markdown if "displaystyle" in each.value]
        best = int(p.argmax())
        assert rf"p_{{\text{{{best}}}}}" in formula.value
        assert number_format.tex(float(logits[0, best])) in formula.value
        assert f"T = {T:.3f}" in look.html

    def test_without_a_hidden_layer_each_class_shows_its_pixels(self, look: Visit) -> None:
        keep(look, "mine", made(0, classes=5), classes=["a", "b", "<i>", "d", "e"])
        reader, image, _ = seen_by(look)
        network = in_float64(reader.network)
        shown = re.findall(r"data-output='(\d)'>([^<]*)<", look.html)
        assert len(shown) == 5
        for k, text in shown:
            assert close(text, float(network.logits(image[None])[0, int(k)]))
        assert "<i>" not in look.html.replace("<i style", "")
