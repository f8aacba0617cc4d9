"""A step of training: which examples it sees, what it does to the weights, and how settings change between steps."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nn.augmentation import Distortion
from nn.batches import CHUNK
from nn.network import Floats, Labels, Network
from nn.optimizers import OPTIMIZERS, Optimizer, Rule
from nn.schedules import SCHEDULES
from nn.trainer import Position, Trainer, examples_per_piece
from tests.unit.nn.small_trainer import epoch, every_optimizer, examples, gradient, network, trainer


class Witness(Optimizer):
    """An optimizer that changes nothing and records its gradients."""

    def __init__(self) -> None:
        super().__init__(Rule("None", lambda *_: None))
        self.gradients: list[Floats] = []

    def update(self, theta: Floats, g: Floats, alpha: float) -> None:
        super().update(theta, g, alpha)
        self.gradients.append(g.copy())


class Visits:
    """A training set whose gradient reveals which examples were in the batch.

    Example i activates input i only, and every weight is 0. Each probability is then 1/2, and row i of the gradient
    is (∓½, ±½) times the occurrences of example i in the batch, divided by the batch size.
    """

    def __init__(self, examples: int, rows: NDArray[np.int64] | None = None, *, batch_size: int, seed: int = 0) -> None:
        self.examples = examples
        self.witness = Witness()
        self.trainer = Trainer(
            Network([np.zeros((examples, 2)), np.zeros(2)]),
            self.witness,
            np.eye(examples),
            np.zeros(examples, np.int64),
            rows,
            learning_rate=0.1,
            batch_size=batch_size,
            rng=np.random.default_rng(seed),
        )

    def batches(self) -> list[Counter[int]]:
        """How often each example occurred in each batch so far."""
        found = []
        for g in self.witness.gradients:
            share = 2 * np.abs(g[: 2 * self.examples : 2])
            size = round(1 / float(share[share > 0].min()))
            found.append(Counter({i: round(size * s) for i, s in enumerate(share.tolist()) if s}))
        return found

    def epoch(self) -> list[Counter[int]]:
        """The batches of the next epoch."""
        before = len(self.witness.gradients)
        epoch(self.trainer)
        return self.batches()[before:]


ROWS = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 28])


class TestWhatAnEpochVisits:
    @pytest.mark.parametrize("batch_size", [1, 3, 5, 9, 10, 64])
    def test_each_training_row_exactly_once(self, batch_size: int) -> None:
        visits = Visits(30, ROWS, batch_size=batch_size)
        for _ in range(3):
            assert sum(visits.epoch(), Counter()) == Counter(ROWS.tolist())

    def test_all_examples_if_no_rows_are_given(self) -> None:
        assert sum(Visits(12, batch_size=5).epoch(), Counter()) == Counter(range(12))

    def test_the_last_batch_has_the_remaining_examples(self) -> None:
        assert [batch.total() for batch in Visits(30, ROWS, batch_size=4).epoch()] == [4, 4, 2]

    def test_a_different_order_in_each_epoch(self) -> None:
        visits = Visits(30, ROWS, batch_size=1)
        first, second = visits.epoch(), visits.epoch()
        assert first != second
        assert [set(batch) for batch in first] != [{row} for row in ROWS.tolist()]

    def test_the_seed_determines_the_order(self) -> None:
        orders = [Visits(30, ROWS, batch_size=1, seed=seed).epoch() for seed in (1, 1, 2)]
        assert orders[0] == orders[1] != orders[2]

    def test_a_batch_size_changed_within_an_epoch_neither_repeats_nor_skips_an_example(self) -> None:
        visits = Visits(30, ROWS, batch_size=3)
        visits.trainer.step()
        visits.trainer.batch_size = 2
        visits.trainer.step()
        visits.trainer.batch_size = 100
        epoch(visits.trainer)
        assert [batch.total() for batch in visits.batches()] == [3, 2, 5]
        assert sum(visits.batches(), Counter()) == Counter(ROWS.tolist())

    def test_the_position_counts_steps_epochs_and_examples(self) -> None:
        trainer = Visits(30, ROWS, batch_size=4).trainer
        assert trainer.examples == 10
        positions = [trainer.position]
        for _ in range(4):
            trainer.step()
            positions.append(trainer.position)
        assert positions == [
            Position(0, 0, 0),
            Position(1, 0, 4),
            Position(2, 0, 8),
            Position(3, 1, 0),
            Position(4, 1, 4),
        ]


class TestFullBatch:
    @pytest.mark.parametrize("batch_size", [10, 11, 1000])
    def test_it_uses_the_rows_in_order_without_drawing_random_numbers(self, batch_size: int) -> None:
        images, labels = examples()
        subject, rng = network(), np.random.default_rng(0)
        expected = subject.vector - 0.1 * gradient(subject, images[ROWS], labels[ROWS], l2=0.5, m=10)
        trainer(subject, rows=ROWS, batch_size=batch_size, rng=rng).step()
        assert np.array_equal(subject.vector, expected)
        assert rng.bit_generator.state == np.random.default_rng(0).bit_generator.state

    def test_a_step_is_an_epoch(self) -> None:
        subject = trainer(network(), batch_size=40)
        subject.step()
        assert subject.position == Position(1, 1, 0)

    @pytest.mark.parametrize("count", [CHUNK, CHUNK + 1, 2 * CHUNK + 100])
    def test_a_batch_in_chunks_has_the_same_gradient_as_one_in_one_piece(self, count: int) -> None:
        data, witness, subject = examples(count), Witness(), network()
        loss = trainer(subject, witness, data, batch_size=count).step()
        whole, gradients = subject.gradients(*data, l2=0.5)
        expected = np.concatenate([array.ravel() for array in gradients])
        assert loss == pytest.approx(whole, rel=1e-13)
        assert witness.gradients[0] == pytest.approx(expected, rel=1e-11, abs=1e-15)


LARGE = 1_300
"""Examples of a batch in three pieces."""


def distorting(batch_size: int = LARGE) -> Trainer:
    """A trainer that draws an order, distortions and dropout, with twice as many examples."""
    rng = np.random.default_rng(5)
    images, labels = rng.integers(256, size=(2 * LARGE, 16), dtype=np.uint8), rng.integers(3, size=2 * LARGE)
    subject = Trainer(
        Network.initialize((16, 5, 3), rng=np.random.default_rng(8)),
        Optimizer(OPTIMIZERS["adam"]),
        images,
        labels,
        learning_rate=0.01,
        batch_size=batch_size,
        rng=np.random.default_rng(9),
    )
    subject.distortion, subject.dropout = Distortion(rotation=10), 0.3
    return subject


class TestPieces:
    def test_a_piece_is_small_whatever_the_network(self) -> None:
        assert examples_per_piece(784 * 64) == 512
        assert examples_per_piece(784 * 1024 + 2 * 1024**2) == 64
        assert examples_per_piece(2**40) == 1

    def test_only_the_last_piece_changes_network_and_position(self) -> None:
        subject = distorting()
        before = subject.network.vector.copy()
        assert [subject.advance(), subject.advance()] == [None, None]
        assert subject.position == Position(0, 0, 0)
        np.testing.assert_array_equal(subject.network.vector, before)
        assert isinstance(subject.advance(), float)
        assert subject.position == Position(1, 0, LARGE)
        assert subject.between_steps
        assert not np.array_equal(subject.network.vector, before)

    @pytest.mark.parametrize("batch_size", [LARGE, 2 * LARGE])
    @pytest.mark.parametrize("pieces", [0, 1, 2])
    def test_an_abandoned_step_leaves_no_trace(self, pieces: int, batch_size: int) -> None:
        undisturbed, subject = distorting(batch_size), distorting(batch_size)
        for _ in range(3):
            for _ in range(pieces):
                assert subject.advance() is None
            subject.abandon_step()
            assert subject.between_steps
            assert subject.step() == undisturbed.step()
        np.testing.assert_array_equal(subject.network.vector, undisturbed.network.vector)

    def test_a_step_that_begins_again_takes_new_values(self) -> None:
        other, subject = distorting(batch_size=7), distorting(batch_size=2 * LARGE)
        other.l2 = 3.0
        subject.advance()
        subject.abandon_step()
        subject.l2, subject.batch_size = 3.0, 7
        assert subject.step() == other.step()
        np.testing.assert_array_equal(subject.network.vector, other.network.vector)


def plain_steps(start: Network, data: tuple[NDArray[Any], Labels], *, steps: int, batch_size: int) -> Floats:
    """θ after gradient descent in the plainest NumPy: ReLU, one hidden layer, α = 0.1, λ = 0.5."""
    images, labels = data
    m, dtype, rng = len(labels), start.dtype, np.random.default_rng(0)
    W1, b1, W2, b2 = (array.copy() for array in start.parameters)
    order = np.empty(0, np.int64)
    for _ in range(steps):
        if not len(order):
            order = rng.permutation(np.arange(m)) if batch_size < m else np.arange(m)
        rows, order = order[:batch_size], order[batch_size:]
        X, Y = (images[rows] / 255).astype(dtype), np.eye(len(b2), dtype=dtype)[labels[rows]]
        Z1 = X @ W1 + b1
        A1 = np.maximum(Z1, 0)
        Z2 = A1 @ W2 + b2
        e = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
        A2 = e / e.sum(axis=1, keepdims=True)
        dZ2 = (A2 - Y) / dtype.type(len(rows))
        dZ1 = dZ2 @ W2.T * (Z1 > 0)
        dW2, db2 = A1.T @ dZ2 + dtype.type(0.5 / m) * W2, dZ2.sum(axis=0)
        dW1, db1 = X.T @ dZ1 + dtype.type(0.5 / m) * W1, dZ1.sum(axis=0)
        W1, b1, W2, b2 = (p - dtype.type(0.1) * g for p, g in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)))
    return np.concatenate([array.ravel() for array in (W1, b1, W2, b2)])


class TestPlainForm:
    """The step's optimizations change only the order of additions, and so only the last digits of the weights.

    The logits are stored class by class, so sums over classes run in a different order than in the plain form, and
    large batches are summed in pieces. In float32 this may carry a unit across the kink of ReLU
    for an occasional example, which then accounts for about 1/1000 of the distance travelled.
    """

    @pytest.mark.parametrize(("count", "batch_size"), [(300, 64), (CHUNK + 300, CHUNK + 300)])
    @pytest.mark.parametrize(("dtype", "apart"), [(np.float64, 1e-12), (np.float32, 5e-3)])
    def test_the_weights_match_the_plain_form_up_to_rounding(
        self, dtype: type[np.floating], apart: float, count: int, batch_size: int
    ) -> None:
        rng = np.random.default_rng(4)
        data = rng.integers(256, size=(count, 50), dtype=np.uint8), rng.integers(3, size=count)
        subject = Network.initialize((50, 20, 3), rng=rng, dtype=dtype)
        start = subject.copy()
        descent = trainer(subject, data=data, batch_size=batch_size)
        for _ in range(40):
            descent.step()
        way = np.linalg.norm(subject.vector - start.vector)
        difference = subject.vector - plain_steps(start, data, steps=40, batch_size=batch_size)
        assert np.linalg.norm(difference) < apart * way


class TestSameSeed:
    @every_optimizer
    def test_the_same_seed_gives_the_same_bits(self, name: str) -> None:
        first, second = network(np.float32), network(np.float32)
        for subject in (first, second):
            learner = trainer(subject, Optimizer(OPTIMIZERS[name]), batch_size=7)
            for _ in range(20):
                learner.step()
        assert first.vector.tobytes() == second.vector.tobytes()

    def test_another_seed_gives_other_weights(self) -> None:
        first, second = network(), network()
        epoch(trainer(first))
        epoch(trainer(second, rng=np.random.default_rng(1)))
        assert not np.array_equal(first.vector, second.vector)


class TestImages:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_pixels_train_the_same_weights_as_floats(self, dtype: type[np.floating]) -> None:
        rng = np.random.default_rng(6)
        pixels = rng.integers(256, size=(40, 6), dtype=np.uint8)
        labels = rng.integers(3, size=40).astype(np.uint8)
        from_pixels, from_floats = network(dtype), network(dtype)
        epoch(trainer(from_pixels, data=(pixels, labels)))
        epoch(trainer(from_floats, data=(pixels.astype(dtype) / dtype(255), labels)))
        assert np.array_equal(from_pixels.vector, from_floats.vector)

    @pytest.mark.parametrize("batch_size", [8, 40])
    @pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
    def test_images_labels_and_rows_are_not_modified(self, dtype: type[Any], batch_size: int) -> None:
        images, labels = examples()
        data, rows = ((images * 100).astype(dtype), labels), np.arange(40)
        before = [array.copy() for array in (*data, rows)]
        for array in (*data, rows):
            array.flags.writeable = False
        epoch(trainer(network(np.float32), data=data, rows=rows, batch_size=batch_size))
        assert all(np.array_equal(now, then) for now, then in zip((*data, rows), before, strict=True))


class TestSettingsChangedBetweenSteps:
    """Each step is checked against θ - α(∇J), computed here with that step's settings."""

    def test_alpha_and_lambda_apply_from_the_next_step(self) -> None:
        images, labels = examples()
        subject = network()
        descent = trainer(subject, batch_size=40)
        for alpha, l2 in [(0.1, 0.5), (0.3, 0.5), (0.3, 0.0), (0.01, 20.0)]:
            descent.learning_rate, descent.l2 = alpha, l2
            expected = subject.vector - alpha * gradient(subject, images, labels, l2=l2, m=40)
            loss = subject.gradients(images, labels, l2=l2)[0]
            assert descent.step() == loss
            assert np.array_equal(subject.vector, expected)

    def test_the_optimizer_applies_from_the_next_step(self) -> None:
        images, labels = examples()
        subject = network()
        descent = trainer(subject, batch_size=40)
        descent.step()
        descent.optimizer = Optimizer(OPTIMIZERS["momentum"])
        g1 = gradient(subject, images, labels, l2=0.5, m=40)
        expected = subject.vector - 0.1 * g1
        descent.step()
        assert subject.vector == pytest.approx(expected, rel=1e-14)
        g2 = gradient(subject, images, labels, l2=0.5, m=40)
        descent.step()
        assert subject.vector == pytest.approx(expected - 0.1 * (0.9 * g1 + g2), rel=1e-14)

    def test_the_batch_size_applies_from_the_next_step(self) -> None:
        visits = Visits(30, ROWS, batch_size=2)
        visits.trainer.step()
        visits.trainer.batch_size = 5
        visits.trainer.step()
        visits.trainer.step()
        visits.trainer.batch_size = 10
        visits.trainer.step()
        assert [batch.total() for batch in visits.batches()] == [2, 5, 3, 10]

    def test_lambda_is_divided_by_the_number_of_training_rows_at_every_batch_size(self) -> None:
        images, labels = np.zeros((30, 2)), np.zeros(30, np.int64)
        for batch_size in (1, 4, 10):
            subject, witness = Network([np.full((2, 2), 3.0), np.zeros(2)]), Witness()
            trainer(subject, witness, (images, labels), ROWS, l2=5.0, batch_size=batch_size).step()
            # With black images only the penalty remains: λ/m · W = 5/10 · 3.
            assert witness.gradients[0][:4].tolist() == [1.5] * 4


class TestArguments:
    def test_training_without_examples_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^rows must name at least one training example"):
            trainer(network(), rows=np.empty(0, np.int64))

    @pytest.mark.parametrize("shape", [(40, 5), (40, 7), (40, 6, 1), (240,)])
    def test_images_that_do_not_fit_the_network_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"^images must have the shape \(m, 6\); got"):
            trainer(network(), data=(np.zeros(shape), np.zeros(40, np.int64)))

    def test_more_labels_than_images_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^labels must be as many as images, 40; got 41"):
            trainer(network(), data=(np.zeros((40, 6)), np.zeros(41, np.int64)))

    @pytest.mark.parametrize("wrong", [-1, 3])
    def test_labels_beyond_the_network_s_classes_are_refused(self, wrong: int) -> None:
        images, labels = examples()
        labels[5] = wrong
        with pytest.raises(ValueError, match=r"^labels must lie in 0 to 2; got"):
            trainer(network(), data=(images, labels))


class TestDistortion:
    def test_distortion_keeps_the_order_of_examples_and_depends_on_the_seed(self) -> None:
        """Turning distortion on must not reshuffle the examples, and the same seed must repeat the distortions."""
        rng = np.random.default_rng(0)
        images, labels = rng.random((40, 64), dtype=np.float32), rng.integers(0, 3, 40)

        def trained(distortion: Distortion | None) -> tuple[list[float], NDArray[np.float32]]:
            subject = Network.initialize((64, 5, 3), rng=np.random.default_rng(1))
            learner = trainer(subject, data=(images, labels), l2=0.0)
            learner.distortion = distortion
            return [learner.step() for _ in range(10)], subject.vector

        strong, none = Distortion(rotation=30, shift=2), Distortion()
        np.testing.assert_array_equal(trained(strong)[1], trained(strong)[1])
        assert not np.array_equal(trained(strong)[1], trained(None)[1])
        np.testing.assert_allclose(trained(none)[0], trained(None)[0], rtol=1e-5)


class TestDecoupledDecay:
    """AdamW as in algorithm 2 of Loshchilov and Hutter 2019, written out for one weight matrix and its biases."""

    def test_three_steps_follow_the_algorithm_and_leave_biases_alone(self) -> None:
        images, labels = examples(12)
        W, b = np.random.default_rng(4).normal(size=(6, 3)), np.array([0.5, -1.0, 2.0])
        subject = Network([W.copy(), b.copy()])
        learner = trainer(subject, Optimizer(OPTIMIZERS["adamw"]), (images, labels), l2=3.0, batch_size=12)
        state = {"W": (0 * W, 0 * W), "b": (0 * b, 0 * b)}
        one_hot = np.eye(3)[labels]
        for t in range(1, 4):
            logits = images @ W + b
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            assert learner.step() == pytest.approx(-np.log(shares[one_hot == 1]).mean(), rel=1e-12)
            gradients = {"W": images.T @ (shares - one_hot) / 12, "b": (shares - one_hot).mean(axis=0)}
            for name, g in gradients.items():
                v, s = state[name]
                v, s = 0.9 * v + 0.1 * g, 0.999 * s + 0.001 * g**2
                state[name] = v, s
                step = 0.1 * (v / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
                if name == "W":
                    W = W - step - 0.1 * 3.0 / 12 * W
                else:
                    b = b - step
            np.testing.assert_allclose(subject.weights[0], W, rtol=1e-12)
            np.testing.assert_allclose(subject.biases[0], b, rtol=1e-12)

    def test_without_lambda_it_is_adam(self) -> None:
        decoupled, coupled = network(), network()
        epoch(trainer(decoupled, Optimizer(OPTIMIZERS["adamw"]), l2=0.0))
        epoch(trainer(coupled, Optimizer(OPTIMIZERS["adam"]), l2=0.0))
        assert np.array_equal(decoupled.vector, coupled.vector)


class TestAlphaInEffect:
    def test_it_follows_the_schedule_over_the_epochs_and_then_begins_again(self) -> None:
        """Four steps an epoch, two epochs: the steps see 0, ⅛, … of the run."""
        subject = trainer(network(), learning_rate=0.5, batch_size=10)
        subject.schedule, subject.epochs = SCHEDULES["cosine"], 2
        seen = []
        for _ in range(10):
            seen.append(subject.alpha)
            subject.step()
        expected = [0.25 * (1 + math.cos(math.pi * (k % 8) / 8)) for k in range(10)]
        assert seen == pytest.approx(expected, rel=1e-14)

    def test_each_step_takes_it(self) -> None:
        images, labels = examples()
        subject = network()
        descent = trainer(subject, learning_rate=0.5, batch_size=40)
        descent.warm_up, descent.schedule, descent.epochs = 4, SCHEDULES["step"], 6
        for alpha in (0.125, 0.25, 0.375, 0.05, 0.05, 0.005):  # ¼, ½, ¾ and then all of 0.5; a tenth from step 3 on
            expected = subject.vector - alpha * gradient(subject, images, labels, l2=0.5, m=40)
            descent.step()
            assert subject.vector == pytest.approx(expected, rel=1e-14)


class TestClipping:
    @pytest.mark.parametrize("batch_size", [8, 40])
    def test_a_longer_gradient_is_scaled_to_the_norm_and_a_shorter_one_kept(self, batch_size: int) -> None:
        free, clipped = Witness(), Witness()
        trainer(network(), free, batch_size=batch_size).step()
        length = float(np.linalg.norm(free.gradients[0]))
        for limit in (length / 3, 3 * length):
            subject = trainer(network(), clipped, batch_size=batch_size)
            subject.clip_norm = limit
            subject.step()
        assert clipped.gradients[0] == pytest.approx(free.gradients[0] / 3, rel=1e-12)
        assert np.array_equal(clipped.gradients[1], free.gradients[0])


class TestDropout:
    def test_it_does_not_change_the_order_of_the_examples(self) -> None:
        """The smallest share that can be left out leaves out nothing here: all steps are those without dropout."""
        first, second = network(), network()
        without, almost = trainer(first), trainer(second)
        almost.dropout = 1e-12
        epoch(without)
        epoch(almost)
        assert second.vector == pytest.approx(first.vector, rel=1e-9)

    def test_it_draws_nothing_while_it_is_off(self) -> None:
        first, second = network(), network()
        early, late = trainer(first, batch_size=40), trainer(second, batch_size=40)
        late.step()
        late.dropout = 0.5
        early.dropout = 0.5
        assert late._dropout_rng.bit_generator.state == early._dropout_rng.bit_generator.state
