"""A run's script reproduces its weights to the last bit, using only the files next to it."""

import io
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from itertools import combinations_with_replacement, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from data.dataset import Dataset
from models import weights
from models.weights import SavedNetwork
from nn.activations import ACTIVATIONS
from nn.augmentation import DISTORTIONS
from nn.initializers import INITIALIZERS
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES
from tests.unit.training import archived_runs
from tests.unit.training.archived_runs import RUNS, SMALL, continued, stopped_early, trained, unpacked
from training.percentages import chance
from training.run_archive import bundle
from training.settings import LIVE, Settings
from training.standalone_script import RunCode, script

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made_up() -> Dataset:
    return archived_runs.made_up()


def output_of(folder: Path, *words: str) -> str:
    """Return the script's output when run from another directory, without access to this project."""
    command = [sys.executable, "-I", str(folder / "run-7.py"), *words]
    return subprocess.run(command, cwd="/", check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", RUNS)
def test_the_script_gives_the_same_weights_to_the_last_bit(name: str, made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS[name], made_up)
    folder = unpacked(run, tmp_path)
    assert "the same weights to the last bit" in output_of(folder)


def code_of(settings: Settings, *later: dict[str, str], goes_back: bool = False) -> RunCode:
    """Return the code of a run with some settings, and with others later."""
    live = {name: getattr(settings, name) for name in LIVE}
    live["distortion"] = DISTORTIONS[settings.distortion].distortion
    changes = dict(enumerate([live, *later]))
    return RunCode("Run 7", settings, changes, (784, 64, 64, 64, 10), piece=512, goes_back=goes_back)


def test_the_script_is_short() -> None:
    """A script must be short enough to read in one sitting, comments and blank lines included."""
    assert len(script(code_of(Settings())).splitlines()) < 90


def test_the_script_is_short_whichever_settings_are_used_at_once() -> None:
    everything = replace(RUNS["AdamW, dropout, distortion and the rest"][0], hidden_layers=3)
    for first, second, third in combinations_with_replacement(ACTIVATIONS, 3):
        for initializer, optimizer, schedule in product(INITIALIZERS, OPTIMIZERS, SCHEDULES):
            used = replace(
                everything,
                activation=first,
                activation_2=second,
                activation_3=third,
                initializer=initializer,
                optimizer=optimizer,
                schedule=schedule,
            )
            lines = script(code_of(used, goes_back=True)).splitlines()
            assert len(lines) < 150, used
            assert max(map(len, lines)) <= 120, used


def test_an_optimizer_that_was_put_back_within_a_step_begins_again() -> None:
    assert "RULES" not in script(code_of(Settings(optimizer="adam")))
    assert 'if "optimizer" in change:' in script(code_of(Settings(optimizer="adam"), {"optimizer": "adam"}))


def test_the_script_goes_back_to_the_best_weights_as_the_run_did(made_up: Dataset, tmp_path: Path) -> None:
    """Twice, the second time after training on from the first with an optimizer that starts over."""
    run = stopped_early(made_up)
    folder = unpacked(run, tmp_path)
    assert "the same weights to the last bit" in output_of(folder)
    run.step()
    run.advance(60.0)
    assert "the same weights to the last bit" in output_of(unpacked(run, tmp_path / "later"))


def test_the_script_goes_on_from_the_weights_that_the_run_began_with(made_up: Dataset, tmp_path: Path) -> None:
    assert "the same weights to the last bit" in output_of(unpacked(continued(made_up), tmp_path))


@pytest.mark.parametrize("place", [0, 3, -2])
def test_the_script_of_an_earlier_step_stops_there(place: int, made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS["changed during training"], made_up)
    checkpoint = run.snapshot().checkpoints[place]
    folder = unpacked(run, tmp_path, checkpoint)
    assert pd.read_csv(folder / "history.csv")["step"].iloc[-1] == checkpoint.step
    assert "the same weights to the last bit" in output_of(folder)


def test_the_script_of_a_step_between_two_returns_goes_back_once(made_up: Dataset, tmp_path: Path) -> None:
    run = stopped_early(made_up)
    snapshot = run.snapshot()
    first, second = snapshot.returns
    between = next(each for each in snapshot.checkpoints if first.step < each.step <= second.step)
    assert snapshot.at(between, run.measure(between)).returns == (first,)
    assert "the same weights to the last bit" in output_of(unpacked(run, tmp_path, between))


@pytest.mark.parametrize("seconds", [0.0, 5e9], ids=["set back to 1970", "set forward to 2128"])
def test_a_run_is_trained_and_archived_whatever_the_clock_says(
    made_up: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: seconds)
    assert (unpacked(trained([SMALL], made_up), tmp_path) / "run-7.py").stat().st_mode & 0o600


def test_a_separate_test_set_is_not_part_of_the_split(made_up: Dataset, tmp_path: Path) -> None:
    own = Dataset("Own", made_up.images, made_up.labels, made_up.images[:50], made_up.labels[:50], made_up.classes)
    assert "the same weights to the last bit" in output_of(unpacked(trained([SMALL], own), tmp_path))


def test_the_script_says_when_weights_differ(made_up: Dataset, tmp_path: Path) -> None:
    folder = unpacked(trained([SMALL], made_up), tmp_path)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["settings"]["seed"] += 1
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert "weights differ by" in output_of(folder)


def test_the_accuracy_on_dev_is_the_run_s(made_up: Dataset, tmp_path: Path) -> None:
    run = trained([SMALL], made_up)
    right = round(run.snapshot().measurements[-1].dev_accuracy * len(run.split.dev))
    assert f"{right:,} of {len(run.split.dev):,} dev images read correctly" in output_of(unpacked(run, tmp_path))


def test_the_script_reads_an_image(made_up: Dataset, tmp_path: Path) -> None:
    run = trained([SMALL], made_up)
    folder = unpacked(run, tmp_path)
    for row in run.split.dev.rows[:3]:
        image = made_up.images[row]
        Image.fromarray(image.reshape(28, 28)).save(tmp_path / "image.png")
        probabilities = run.snapshot().network.probabilities(image[None].astype(np.float32) / np.float32(255))[0]
        name = made_up.classes[int(probabilities.argmax())]
        assert output_of(folder, str(tmp_path / "image.png")) == f"{name}, {chance(probabilities.max())} sure\n"


def test_the_archive_has_the_script_and_the_run(made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS["changed during training"], made_up)
    folder = unpacked(run, tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "digits.npz",
        "history.csv",
        "run-7.ipynb",
        "run-7.py",
        "run-7_pytorch.py",
        "run.json",
        "weights.npz",
    ]
    described = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert Settings(**described["settings"]) == run.settings
    assert described["classes"] == list(made_up.classes)
    saved = weights.load(folder / "weights.npz").network
    assert all(map(np.array_equal, saved.parameters, run.snapshot().network.parameters))
    assert pd.read_csv(folder / "history.csv")["step"].iloc[-1] == run.snapshot().position.step


def test_the_digits_are_compressed_once(made_up: Dataset) -> None:
    run = trained([SMALL], made_up)
    packed = bundle("Run 7", run.snapshot(), run.split, weights.save(SavedNetwork(run.snapshot().network, {})))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.getinfo("run-7/digits.npz").compress_type == zipfile.ZIP_STORED
        with archive.open("run-7/digits.npz") as digits, zipfile.ZipFile(digits) as arrays:
            assert {each.compress_type for each in arrays.infolist()} == {zipfile.ZIP_DEFLATED}


def test_spoiled_data_are_archived_as_given_with_the_true_labels_beside_them(made_up: Dataset, tmp_path: Path) -> None:
    run = trained(RUNS["spoiled"], made_up)
    with np.load(unpacked(run, tmp_path) / "digits.npz") as digits:
        train = digits["train"]
        assert np.count_nonzero(digits["labels"][train] != digits["true_labels"][train]) == run.split.train.wrong_labels
        np.testing.assert_array_equal(digits["true_labels"], made_up.labels)
        assert np.bincount(made_up.labels[train]).tolist() == [300, 0, 173, 100]


def test_the_script_has_only_what_the_run_used(made_up: Dataset, tmp_path: Path) -> None:
    text = (unpacked(trained([SMALL], made_up), tmp_path) / "run-7.py").read_text(encoding="utf-8")
    assert "adam" not in text
    assert "distort" not in text
    assert "tanh" not in text
