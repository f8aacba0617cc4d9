"""The decision from logits to an answer, against numbers worked by hand."""

from typing import Any

import numpy as np
import pytest

from models.decision import DecisionRule
from models.weights import SavedNetwork
from nn.network import Network

# Two classes, with the reject output in the middle.
LOGITS = np.log(np.array([[0.6, 0.1, 0.3], [0.2, 0.7, 0.1]]))


def saved(**about: Any) -> SavedNetwork:  # noqa: ANN401 - a file may hold any value
    network = Network.initialize((784, 3), rng=np.random.default_rng(0))
    return SavedNetwork(network, {"classes": ["a", "none", "b"], **about})


def test_the_reject_output_takes_part_in_the_softmax() -> None:
    rule = DecisionRule(reject_index=1, threshold=0.5)
    np.testing.assert_allclose(rule.probabilities(LOGITS), [[6 / 9, 3 / 9], [2 / 3, 1 / 3]])
    np.testing.assert_allclose(rule.reject_probability(LOGITS), [0.1, 0.7])
    np.testing.assert_array_equal(rule.rejects(LOGITS), [False, True])


def test_a_temperature_of_two_takes_the_square_root_of_odds() -> None:
    rule = DecisionRule(temperature=2, reject_index=1)
    odds = np.sqrt([[0.6, 0.1, 0.3]])
    np.testing.assert_allclose(rule.probabilities(LOGITS[:1]), odds[:, [0, 2]] / odds[:, [0, 2]].sum())
    np.testing.assert_allclose(rule.reject_probability(LOGITS[:1]), odds[:, 1] / odds.sum())


def test_the_decision_is_the_likeliest_class_unless_the_image_is_rejected() -> None:
    np.testing.assert_array_equal(DecisionRule(reject_index=1, threshold=0.5).decisions(LOGITS), [0, -1])
    np.testing.assert_array_equal(DecisionRule().decisions(LOGITS), [0, 1])


def test_a_network_without_a_reject_output_never_rejects() -> None:
    rule = DecisionRule()
    assert rule.probabilities(LOGITS).shape == (2, 3)
    assert not rule.rejects(LOGITS).any()


def test_a_probability_at_the_threshold_is_not_rejected() -> None:
    threshold = float(DecisionRule(reject_index=1).reject_probability(LOGITS)[0])
    assert not DecisionRule(reject_index=1, threshold=threshold).rejects(LOGITS)[0]


def test_float32_stays_float32() -> None:
    rule = DecisionRule(1.7, 1, 0.5)
    logits = LOGITS.astype(np.float32)
    assert rule.probabilities(logits).dtype == rule.reject_probability(logits).dtype == np.float32


def test_a_decision_rule_is_read_from_a_file() -> None:
    stated = DecisionRule.from_saved(saved(temperature=1.5, refusal={"class": "none", "threshold": 0.25}))
    assert stated == DecisionRule(1.5, 1, 0.25)
    assert DecisionRule.from_saved(saved()) == DecisionRule()


@pytest.mark.parametrize("temperature", [0, -1, 1e9, "hot", None, [1], {}, True])
def test_an_invalid_temperature_is_ignored(temperature: object) -> None:
    assert DecisionRule.from_saved(saved(temperature=temperature)).temperature == 1


@pytest.mark.parametrize(
    "refusal",
    [
        None, 7, "none", [], {"class": "none"}, {"threshold": 0.5}, {"class": "c", "threshold": 0.5},
        {"class": "none", "threshold": 1.5}, {"class": "none", "threshold": -0.1}, {"class": "none", "threshold": "0"},
        {"class": 1, "threshold": 0.5},
    ],
)  # fmt: skip
def test_an_invalid_reject_threshold_is_ignored(refusal: object) -> None:
    assert DecisionRule.from_saved(saved(refusal=refusal)).reject_index is None
