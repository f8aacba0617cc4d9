"""Each setting and each pair of settings at its bounds: no run gives a NaN or a warning, and a diverged one says so."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import Dataset
from models.reader import Reader
from training.history import to_csv
from training.run import Run
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings
from ui.state.runs import saved_network
from ui.train.downloads import weights_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.unit.ui.conftest import NewVisit

pytestmark = pytest.mark.slow

TINY = Settings(hidden_size=4, epochs=2, batch_size=16)
SMALLER_BOUNDS = {"hidden_size": 24, "epochs": 3}
"""Lower values for upper bounds that would only take longer; the others are those of the table."""
CLASSES = ("a", "b", "c")
NAMES = [name for name in SETTINGS if name not in {"dataset", "dev_size", "test_size", "seed"}]


def dataset(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Dataset:
    return Dataset("Made up", images, labels, classes=CLASSES)


def noise(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(256, size=(count, 784), dtype=np.uint8)


USUAL = dataset(noise(60), np.arange(60, dtype=np.uint8) % 3)


def extremes(name: str) -> list[Any]:
    setting = SETTINGS[name]
    return list(setting.options) or [setting.minimum, SMALLER_BOUNDS.get(name, setting.maximum)]


def trained(settings: Settings, data: Dataset, held_out: int = 10) -> Snapshot:
    """Train to the end, and check all that pages show of the run."""
    split = data.split(settings.seed, held_out, held_out)
    run = Run(settings, split, len(CLASSES))
    run.start()
    while run.advance(1.0) is not None:
        pass
    snapshot = run.snapshot()
    assert snapshot.state in {State.FINISHED, State.DIVERGED}
    assert snapshot.message or snapshot.state is State.FINISHED
    assert not snapshot.message or snapshot.state is State.DIVERGED or settings.patience, "it says which weights it has"
    for measurement in snapshot.measurements:
        assert all(math.isfinite(value) for value in vars(measurement).values() if value is not None)
    assert "nan" not in to_csv(snapshot.measurements, snapshot.changes, 500, snapshot.alphas)
    assert np.isfinite(snapshot.network.vector).all()
    assert np.isfinite(Reader(saved_network(1, snapshot, CLASSES)).probabilities(data.images)).all()
    problem = weights_problem(snapshot)
    assert not problem or snapshot.state is State.DIVERGED
    return snapshot


@pytest.mark.parametrize("names", list(itertools.combinations(NAMES, 2)), ids="-".join)
def test_two_settings_at_their_bounds_give_numbers_or_a_divergence(names: tuple[str, str]) -> None:
    for values in itertools.product(*map(extremes, names)):
        trained(replace(TINY, **dict(zip(names, values, strict=True))), USUAL)


@pytest.mark.parametrize(
    ("data", "held_out"),
    [
        (dataset(noise(60), np.zeros(60, np.uint8)), 10),
        (dataset(noise(3), np.arange(3, dtype=np.uint8)), 1),
        (dataset(np.zeros((60, 784), np.uint8), np.arange(60, dtype=np.uint8) % 3), 10),
        (dataset(np.full((60, 784), 255, np.uint8), np.arange(60, dtype=np.uint8) % 3), 10),
    ],
    ids=["one class", "one example", "blank", "all ink"],
)
@pytest.mark.parametrize("optimizer", SETTINGS["optimizer"].options)
@pytest.mark.parametrize("distortion", SETTINGS["distortion"].options)
def test_data_with_nothing_to_learn_give_numbers(data: Dataset, held_out: int, optimizer: str, distortion: str) -> None:
    trained(replace(TINY, optimizer=optimizer, distortion=distortion, batch_size=100_000), data, held_out)


def test_the_download_of_a_diverged_network_says_why_there_is_none(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"l2": "10000", "hidden_layers": "3", "hidden_size": "4", "alpha": "10"})
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    assert visit.state == "Diverged"
    (weights,) = [each.proto for each in visit.app.get("download_button") if "download_weights" in each.proto.id]
    problem = weights_problem(visit.run.snapshot())
    assert "cannot be saved" in problem
    assert (weights.disabled, weights.help) == (True, problem)
