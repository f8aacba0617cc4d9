"""The speed benchmark compares what it claims to, and its figures follow from its measurements."""

import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from benchmarks import speed
from benchmarks.alternation import CLOCKS, Spread, alternate
from benchmarks.step_implementations import Steps, Task, ours, products, pytorch, pytorch_by_hand, scikit_learn
from nn.trainer import Trainer


class Time:
    """A clock that advances only while a contender takes its steps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.goes: list[tuple[str, int]] = []

    def __call__(self) -> float:
        return self.now

    def contender(self, name: str, seconds: float) -> Steps:
        """Return a contender whose steps take this many seconds each."""

        def steps(count: int) -> None:
            self.goes.append((name, count))
            self.now += count * seconds

        return steps


def task(hidden: int = 4, batch: int = 8, examples: int = 50) -> Task:
    rng = np.random.default_rng(0)
    labels = np.arange(examples, dtype=np.uint8) % 10
    images = rng.integers(100, size=(examples, 784), dtype=np.uint8)
    images[np.arange(examples), labels] = 255  # something to learn
    return Task(hidden, batch, images, labels)


class TestPairs:
    def test_contenders_alternate_in_both_orders_and_are_timed_per_step(self) -> None:
        time = Time()
        fast, slow = time.contender("fast", 0.01), time.contender("slow", 0.5)
        times = alternate({"fast": fast, "slow": slow}, rounds=3, seconds=0.2, clock=time)
        assert [name for name, _ in time.goes[-6:]] == ["fast", "slow", "slow", "fast", "fast", "slow"]
        assert times["fast"] == pytest.approx([0.01] * 3)
        assert times["slow"] == pytest.approx([0.5] * 3)

    def test_a_turn_has_the_given_length_and_is_at_least_one_step(self) -> None:
        time = Time()
        alternate(
            {"fast": time.contender("fast", 0.001), "slow": time.contender("slow", 0.5)},
            rounds=1,
            seconds=0.2,
            clock=time,
        )
        assert time.goes[-2:] == [("fast", 200), ("slow", 1)]

    def test_the_spread_is_given_by_median_and_quartiles(self) -> None:
        assert Spread.of(np.array([5.0, 1.0, 4.0, 2.0, 3.0])) == Spread(3.0, 2.0, 4.0)


class TestContenders:
    def test_our_step_is_taken_the_given_number_of_times(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken: list[NDArray[Any]] = []
        step = Trainer.step

        def counted(self: Trainer) -> float:
            taken.append(self.network.vector.copy())
            return step(self)

        monkeypatch.setattr(Trainer, "step", counted)
        ours(task())(3)
        assert len(taken) == 3
        assert not np.array_equal(taken[0], taken[2])

    def test_the_lower_bound_is_the_five_matrix_products_of_a_step(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shapes = []
        matmul = np.matmul

        def watched(a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
            shapes.append((a.shape, b.shape))
            assert a.dtype == b.dtype == out.dtype == np.float32
            return matmul(a, b, out=out)

        run = products(task(hidden=4, batch=8))
        monkeypatch.setattr(np, "matmul", watched)
        run(1)
        assert sorted(shapes) == sorted(
            [
                ((8, 784), (784, 4)),
                ((8, 4), (4, 10)),
                ((4, 8), (8, 10)),
                ((8, 10), (10, 4)),
                ((784, 8), (8, 4)),
            ]
        )

    @pytest.mark.parametrize(("batch", "count", "calls"), [(8, 3, [24]), (8, 14, [48, 48, 16]), (50, 2, [50, 50])])
    def test_scikit_learn_gets_one_batch_per_step(
        self, batch: int, count: int, calls: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given: list[int] = []

        def classifier(hidden: tuple[int], **settings: object) -> SimpleNamespace:
            assert hidden == (4,)
            assert settings["batch_size"] == batch
            assert settings["shuffle"] is (batch < 50)
            return SimpleNamespace(partial_fit=lambda X, _, **__: given.append(len(X)))

        fake = SimpleNamespace(MLPClassifier=classifier)
        monkeypatch.setitem(sys.modules, "sklearn", SimpleNamespace(neural_network=fake))
        monkeypatch.setitem(sys.modules, "sklearn.neural_network", fake)
        scikit_learn(task(batch=batch))(count)
        assert given == calls

    @pytest.mark.parametrize(
        ("module", "make"), [("torch", pytorch), ("torch", pytorch_by_hand), ("sklearn", scikit_learn)]
    )
    @pytest.mark.parametrize("batch", [8, 50])
    def test_other_libraries_are_measured_if_installed(
        self, module: str, make: Callable[[Task], Steps], batch: int
    ) -> None:
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed (requirements-benchmarks.txt)")
        make(task(batch=batch))(20)


class TestTable:
    @pytest.fixture
    def time(self, monkeypatch: pytest.MonkeyPatch) -> Time:
        """Ours takes 2 ms a step, its matrix products 1 ms, Turtle 5 ms; Hare is not installed."""
        time = Time()
        monkeypatch.setattr(speed, "ours", lambda _: time.contender("ours", 0.002))
        monkeypatch.setattr(speed, "products", lambda _: time.contender("sgemm", 0.001))
        others = {"Turtle": ("numpy", lambda _: time.contender("Turtle", 0.005)), "Hare": ("no_such_module", None)}
        monkeypatch.setattr(speed, "OTHERS", others)
        return time

    def test_a_row_has_speed_and_ratios_and_a_dash_for_what_is_missing(self, time: Time) -> None:
        row = speed.row(task(hidden=1_000, batch=8), rounds=3, seconds=0.01, clock=time)
        assert row == "| 1,000 | 8 | 4,000 | 50% (50% to 50%) | 2.50 (2.50 to 2.50) | – |"

    def test_there_is_a_column_for_each_library(self, time: Time) -> None:
        head, line = speed.head().splitlines()
        assert head == "| hidden | batch | examples/s | of sgemm | × Turtle | × Hare |"
        row = speed.row(task(), rounds=1, seconds=0.01, clock=time)
        assert head.count("|") == line.count("|") == row.count("|")

    def test_every_case_is_measured_with_every_number_of_threads(
        self, time: Time, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setitem(CLOCKS, "wall", time)
        monkeypatch.setattr(speed, "versions", lambda: "Versions")
        speed.report([(4, 8), (6, 16)], [1, 2], rounds=2, seconds=0.01, clock="wall")
        lines = capsys.readouterr().out.splitlines()
        rows = [line.split(" | ")[:2] for line in lines if re.match(r"\| \d", line)]
        assert rows == [["| 4", "8"], ["| 6", "16"]] * 2
        assert [line for line in lines if "thread" in line] == ["1 thread", "2 threads"]

    def test_the_data_has_sixty_thousand_digits(self) -> None:
        (only,) = speed.tasks([(4, 8)])
        assert only.images.shape == (60_000, 784)
        assert np.bincount(only.labels).tolist() == [6_000] * 10

    def test_matrix_products_use_the_number_of_threads_in_the_table(self) -> None:
        def blas() -> list[int]:
            return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

        before = blas()
        with speed.threads(1):
            assert set(blas()) == {1}
        assert blas() == before

    @pytest.mark.usefixtures("time")
    def test_the_versions_name_numpy_missing_libraries_and_blas_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
        named = speed.versions()
        assert "OPENBLAS_CORETYPE=Haswell" in named
        assert f"NumPy {np.__version__}" in named
        assert "no_such_module not installed" in named

    @pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--threads", "0"], ["--clock", "sun"]])
    def test_an_unmeasurable_case_is_refused(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit):
            speed.main(arguments)
