"""Many steps of training: networks learn, and divergence ends a run with the last weights that were good."""

import math

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.evaluation import evaluate
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Diverged, Position
from tests.unit.nn.small_trainer import epoch, every_optimizer, examples, network, trainer


class TestDivergence:
    def test_it_names_the_step_and_keeps_the_last_weights_with_a_finite_loss(self) -> None:
        images, labels = examples()
        data = images.astype(np.float32), labels
        subject = network(np.float32, hidden=(8, 8, 8))
        shadow, alpha, kept = subject.copy(), 1e5, []
        with np.errstate(all="ignore"):
            for _ in range(10):
                loss, gradients = shadow.gradients(*data)
                if not np.isfinite(loss):
                    break
                kept.append(shadow.vector.copy())
                shadow.vector -= alpha * np.concatenate([g.ravel() for g in gradients])
        assert np.abs(shadow.vector).max() < 1e18, "the weights alone must not show it"
        assert 1 < len(kept) < 10, "it must go wrong, but not at once"

        descent = trainer(subject, data=data, l2=0.0, learning_rate=alpha, batch_size=40)
        for _ in kept:
            descent.step()
        with pytest.raises(Diverged) as outcome:
            descent.step()
        assert outcome.value.step == len(kept) + 1
        assert str(outcome.value) == f"The loss stopped being a number at step {len(kept) + 1}."
        assert descent.position.step == len(kept)
        assert np.array_equal(subject.vector, kept[-1])

    def test_a_step_to_infinite_weights_is_undone(self) -> None:
        subject = network(np.float32)
        before = subject.vector.copy()
        descent = trainer(subject, learning_rate=1e39, batch_size=40)
        with pytest.raises(Diverged, match=r"^The loss stopped being a number at step 1\.$"):
            descent.step()
        assert np.array_equal(subject.vector, before)
        assert descent.position == Position(0, 0, 0)

    def test_repeated_divergence_keeps_the_same_weights(self) -> None:
        subject = network(np.float32)
        descent = trainer(subject, batch_size=40)
        descent.step()
        kept = subject.vector.copy()
        descent.step()
        for l2, alpha in [(math.inf, 0.1), (math.inf, 0.1), (0.5, 1e39), (math.inf, 0.1), (0.5, 1e39)]:
            descent.l2, descent.learning_rate = l2, alpha
            with pytest.raises(Diverged):
                descent.step()
            assert np.array_equal(subject.vector, kept)

    @every_optimizer
    def test_training_can_continue_with_a_smaller_alpha(self, name: str) -> None:
        images, labels = examples()
        subject = network(np.float32, hidden=(16,))
        descent = trainer(subject, Optimizer(OPTIMIZERS[name]), l2=0.0)
        epoch(descent)
        descent.learning_rate = 1e39
        with pytest.raises(Diverged):
            descent.step()
        descent.learning_rate = 0.02
        for _ in range(100):
            epoch(descent)
        assert evaluate(subject, images, labels).accuracy == 1.0

    @every_optimizer
    def test_training_can_continue_after_a_gradient_overflow(self, name: str) -> None:
        images, labels = examples()
        subject = network(np.float32, hidden=(16,))
        descent = trainer(subject, Optimizer(OPTIMIZERS[name]), l2=1e41, learning_rate=0.02)
        with pytest.raises(Diverged):
            descent.step()
        descent.l2 = 0.0
        for _ in range(100):
            epoch(descent)
        assert evaluate(subject, images, labels).accuracy == 1.0


LOGIC = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], np.float32)


class TestLearning:
    @every_optimizer
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_exclusive_or_is_learnt(self, name: str, activation: str) -> None:
        labels, rng = np.array([0, 1, 1, 0]), np.random.default_rng(7)
        subject = Network.initialize((2, 16, 2), rng=rng, activation=activation)
        alpha = {"descent": 1.0, "momentum": 0.3, "nesterov": 0.3, "rmsprop": 0.02, "adam": 0.05, "adamw": 0.05}[name]
        learner = trainer(
            subject, Optimizer(OPTIMIZERS[name]), (LOGIC, labels), learning_rate=alpha, l2=0.0, batch_size=4, rng=rng
        )
        for _ in range(1000):
            loss = learner.step()
        assert evaluate(subject, LOGIC, labels).accuracy == 1.0
        assert loss < 0.2

    def test_a_straight_line_is_learnt_without_a_hidden_layer(self) -> None:
        rng = np.random.default_rng(2)
        images = rng.random((200, 2), np.float32)
        labels = (images[:, 0] > images[:, 1]).astype(np.int64)
        images[:, 0] += np.where(labels == 1, 0.1, -0.1).astype(np.float32)  # a margin on both sides of the line
        subject = Network.initialize((2, 2), rng=rng)
        learner = trainer(subject, data=(images, labels), learning_rate=1.0, l2=0.0, batch_size=20, rng=rng)
        for _ in range(100):
            epoch(learner)
        assert evaluate(subject, images, labels).accuracy == 1.0

    def test_lambda_keeps_the_weights_small(self) -> None:
        lengths = []
        for l2 in (0.0, 4.0, 40.0):
            subject = network()
            learner = trainer(subject, l2=l2)
            for _ in range(50):
                epoch(learner)
            lengths.append(sum(float(np.vdot(W, W)) for W in subject.weights))
        assert lengths[0] > lengths[1] > lengths[2]
