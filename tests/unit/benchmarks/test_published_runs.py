"""The two commands behind the published results, end to end with small settings."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import published_descent, published_runs, published_search
from benchmarks.published_runs import Plan
from data import csv_files, download
from data.dataset import Dataset
from nn.evaluation import Evaluation, evaluate
from training.history import Measurement

pytestmark = pytest.mark.slow

Command = Callable[[Sequence[str]], int]
COMMANDS = [published_descent.main, published_search.main]


@pytest.fixture(scope="module")
def embedded() -> Dataset:
    return csv_files.embedded()


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_descent_prints_the_accuracy_every_10_iterations_and_draws_two_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert published_descent.main(["--embedded", "--iterations", "25", "--seed", "3", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "4,000 training digits, 1,000 held out. Seed 3." in printed
    lines = re.findall(r"iteration +(\d+) +train +([\d.]+)% +held out +([\d.]+)%", printed)
    assert [int(iteration) for iteration, _, _ in lines] == [0, 10, 20, 25]
    assert float(lines[-1][1]) > float(lines[0][1]) + 10
    assert f"seed 3: train {lines[-1][1]}%, held out {lines[-1][2]}% (published: about 85% and 84%)" in printed
    assert is_png(tmp_path / "descent" / "training_metrics.png")
    assert is_png(tmp_path / "descent" / "sample_predictions.png")


def test_search_trains_every_pair_chooses_on_dev_and_tests_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tested: list[int] = []

    def counted(network: object, images: object, labels: object, rows: Sequence[int]) -> Evaluation:
        tested.append(len(rows))
        return evaluate(network, images, labels, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(published_search, "evaluate", counted)
    assert published_search.main(["--embedded", "--iterations", "15", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "3,000 training digits, 1,000 dev, 1,000 test. Seed 0." in printed
    cells = re.findall(r"h +(\d+) +λ +(\d+) +train +[\d.]+% +dev +([\d.]+)%", printed)
    assert [(int(h), float(l2)) for h, l2, _ in cells] == [(h, l2) for h in (64, 110, 128) for l2 in (0, 1, 10, 100)]
    chosen = re.search(r"Chosen on dev: h = (\d+), λ = (\d+), dev ([\d.]+)% \([\d.]+ to [\d.]+\); tested once", printed)
    assert chosen is not None
    assert chosen.groups() in cells
    assert float(chosen[3]) == max(float(dev) for _, _, dev in cells)
    assert tested == [1000]
    assert is_png(tmp_path / "search" / "training_metrics.png")
    assert is_png(tmp_path / "search" / "sample_predictions.png")


@pytest.mark.parametrize("command", COMMANDS)
def test_several_seeds_are_summarized_by_mean_and_spread(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--embedded", "--iterations", "3", "--output", str(tmp_path)]
    assert command([*small, "--seeds", "2"]) == 0
    both = capsys.readouterr().out
    assert "mean ± standard deviation over seeds 0 to 1" in both
    assert len(re.findall(r"[\d.]+% ± [\d.]+", both)) == 2
    assert command([*small, "--seed", "1"]) == 0
    alone = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("iteration", "h "))]
    lines = [line for line in both.splitlines() if line.startswith(("iteration", "h "))]
    assert lines[len(alone) :] == alone
    assert lines[: len(alone)] != alone


@pytest.mark.parametrize("command", COMMANDS)
def test_without_the_full_mnist_one_sentence_says_how_to_get_it(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(download.FOLDER_SETTING, raising=False)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "nowhere")
    assert command(["--output", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"Full MNIST is not on this machine yet: [^\n]+ --embedded\.\n", printed.err)
    assert "python -m data.download" in printed.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--iterations", "0"], ["--seed", "-1"], ["--iterations", "many"]])
def test_an_invalid_option_is_refused(command: Command, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command([f"{wrong[0]}={wrong[1]}"])
    assert "must be a whole number from" in capsys.readouterr().err


def test_descent_matches_full_batch_gradient_descent_in_plain_numpy(embedded: Dataset) -> None:
    split = embedded.split(0, dev=100, test=0)
    learn = published_runs.first(split.train, 200)
    images = embedded.images[learn.rows].astype(np.float64) / 255
    one_hot = np.eye(10)[embedded.labels[learn.rows]]
    way: list[Measurement] = []
    start = published_runs.train(Plan(10, "uniform", 0.0, 0, 200, 5), learn, split.dev, way.append, 10)
    W1, b1, W2, b2 = (array.astype(np.float64) for array in start.parameters)
    assert np.abs(W1).max() <= 0.5
    for _ in range(12):
        Z1 = images @ W1 + b1
        A1 = np.maximum(Z1, 0)
        Z2 = A1 @ W2 + b2
        A2 = np.exp(Z2) / np.exp(Z2).sum(axis=1, keepdims=True)
        dZ2 = (A2 - one_hot) / 200
        dZ1 = dZ2 @ W2.T * (Z1 > 0)
        W1, b1 = W1 - 0.10 * images.T @ dZ1, b1 - 0.10 * dZ1.sum(axis=0)
        W2, b2 = W2 - 0.10 * A1.T @ dZ2, b2 - 0.10 * dZ2.sum(axis=0)
    trained = published_runs.train(Plan(10, "uniform", 0.0, 12, 200, 5), learn, split.dev, way.append, 10)
    for ours, expected in zip(trained.parameters, (W1, b1, W2, b2), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-4)
    assert [measurement.step for measurement in way] == [0, 0, 10, 12]


def test_on_the_full_mnist_41_000_digits_are_used_for_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mnist_folder: Path
) -> None:
    monkeypatch.setenv(download.FOLDER_SETTING, str(mnist_folder))
    assert published_descent.main(["--iterations", "1", "--output", str(tmp_path)]) == 0
    assert "MNIST: 41,000 training digits, 1,000 held out. Seed 0." in capsys.readouterr().out
    monkeypatch.setattr(published_search, "HIDDEN_SIZES", (4,))
    monkeypatch.setattr(published_search, "L2S", (0.0,))
    assert published_search.main(["--iterations", "1", "--output", str(tmp_path)]) == 0
    assert "MNIST: 41,000 training digits, 5,000 dev, 10,000 test. Seed 0." in capsys.readouterr().out


def test_the_results_folder_of_the_commands_is_not_committed() -> None:
    root = Path(published_runs.__file__).parents[1]
    ignored = (root / ".gitignore").read_text(encoding="utf-8").split()
    assert f"{published_runs.RESULTS.relative_to(root).as_posix()}/" in ignored
