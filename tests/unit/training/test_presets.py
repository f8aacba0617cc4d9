"""Each preset shows what its text says to watch for."""

import numpy as np
import pytest

from data import csv_files
from data.dataset import Split
from nn.batches import as_inputs
from training.history import Measurement
from training.presets import DATA_SETTINGS, PRESETS, Preset
from training.run import Run
from training.run_snapshot import Snapshot, State
from training.settings import Settings

pytestmark = pytest.mark.slow

SEEDS = range(5)
"""Runs with large steps end differently with each seed and kind of processor, so their median is judged."""

BY_NAME = {preset.name: preset for preset in PRESETS}


@pytest.fixture(scope="module")
def digits() -> Split:
    """Return the embedded digits, split as in the app."""
    return csv_files.embedded().split(0, 500, 500)


def trained(name: str, digits: Split, steps: int, current: Settings | None = None) -> tuple[Run, Snapshot]:
    """Return a run of the preset after at least this many steps, or once finished."""
    run = Run(BY_NAME[name].settings(current or Settings()), digits, 10)
    run.start()
    while run.snapshot().position.step < steps and run.advance(0.05) is not None:
        pass
    return run, run.snapshot()


def predicted(name: str) -> Snapshot:
    """Return the finished run of a preset whose data depend on its settings."""
    settings = BY_NAME[name].settings(Settings())
    _, end = trained(name, settings.split(csv_files.embedded()), 100_000, settings)
    assert end.state is State.FINISHED
    return end


def at_step(snapshot: Snapshot, step: int) -> Measurement:
    """Return the measurement nearest to a step."""
    return min(snapshot.measurements, key=lambda each: abs(each.step - step))


def settled(measured: list[float]) -> float:
    """Return the middle of the last ten values, as a run whose steps are large still jumps now and then."""
    return float(np.median(measured[-10:]))


def settled_dev(snapshot: Snapshot) -> float:
    """Return the accuracy on dev that a run has settled at."""
    return settled([each.dev_accuracy for each in snapshot.measurements])


@pytest.mark.parametrize("preset", [each for each in PRESETS if not each.page], ids=lambda preset: preset.name)
def test_a_preset_keeps_the_data_and_matches_only_its_own_settings(preset: Preset) -> None:
    present = Settings(dataset="mine", dev_size=20, test_size=30, seed=7, hidden_size=512, l2=3.0)
    settings = preset.settings(present)
    assert all(getattr(settings, name) == getattr(present, name) for name in DATA_SETTINGS)
    assert settings.hidden_size != 512
    assert preset.matches(settings)
    assert [each for each in PRESETS if each.matches(settings)] == [preset]
    assert not preset.matches(present)


def test_the_published_network_reaches_its_85_percent(digits: Split) -> None:
    _, end = trained("the blog post's network", digits, 500)
    assert end.state is State.FINISHED
    assert end.position.step == 500
    assert 0.80 <= end.measurements[-1].dev_accuracy <= 0.90
    first, after_200, last = (at_step(end, step).train_accuracy for step in (0, 200, 500))
    assert after_200 - first > 3 * (last - after_200)


def test_without_a_hidden_layer_dev_stays_near_90_percent(digits: Split) -> None:
    _, end = trained("no hidden layer", digits, 2000)
    assert 0.87 <= end.measurements[-1].dev_accuracy <= 0.92
    middle, last = at_step(end, 600), end.measurements[-1]
    assert last.train_loss / middle.train_loss < 0.85 * last.dev_loss / middle.dev_loss
    assert abs(last.dev_accuracy - middle.dev_accuracy) < 0.03


def test_too_large_an_alpha_makes_the_loss_jump_and_ends_in_guessing(digits: Split) -> None:
    end_losses = []
    for seed in SEEDS:
        _, end = trained("too large an α", digits, 600, Settings(seed=seed))
        losses = [each.train_loss for each in end.measurements]
        assert max(losses) > 100
        assert end.measurements[losses.index(max(losses))].step <= 20
        assert settled_dev(end) < 0.3
        end_losses.append(settled(losses))
    assert np.median(end_losses) == pytest.approx(np.log(10), abs=0.05)


def test_about_half_of_the_relus_die_and_the_others_still_classify(digits: Split) -> None:
    images, _ = digits.train.take()
    accuracies = []
    for seed in SEEDS:
        run, end = trained("dead ReLUs", digits, 900, Settings(seed=seed))
        (hidden,) = run.snapshot().network.hidden(as_inputs(images))
        assert 0.3 < np.mean(hidden.max(axis=0) == 0) < 0.9
        accuracies.append(settled_dev(end))
    assert np.median(accuracies) > 0.88


def test_a_heavy_penalty_fades_the_weights_and_flattens_the_curves(digits: Split) -> None:
    run, end = trained("heavy λ", digits, 2000)
    free = Run(Settings(), digits, 10).snapshot().network
    assert np.abs(run.snapshot().network.weights[0]).mean() < np.abs(free.weights[0]).mean() / 5
    dev = settled_dev(end)
    assert abs(settled([each.train_accuracy for each in end.measurements]) - dev) < 0.06
    assert dev < 0.7
    assert max(each.dev_accuracy for each in end.measurements) > dev + 0.05


def test_adam_overtakes_gradient_descent_at_the_same_small_alpha(digits: Split) -> None:
    run, before = trained("Adam against a tiny α", digits, 600)
    assert before.measurements[-1].dev_accuracy < 0.6
    adam = Settings(learning_rate=0.001, optimizer="adam")
    assert run.change(adam) == ()
    while run.snapshot().position.step < 900:
        run.advance(0.05)
    assert run.snapshot().measurements[-1].dev_accuracy > 0.85


def test_wrong_labels_are_learnt_by_heart_at_the_cost_of_dev() -> None:
    end = predicted("20% wrong labels")
    last, best = end.measurements[-1], max(each.dev_accuracy for each in end.measurements)
    assert last.train_accuracy > 0.99
    assert best >= 0.89
    assert last.dev_accuracy < 0.8
    early = at_step(end, 500)
    assert early.true_accuracy is not None
    assert last.true_accuracy is not None
    assert early.true_accuracy > early.train_accuracy + 0.1
    assert last.true_accuracy < last.train_accuracy - 0.1


def test_early_stopping_ends_before_the_wrong_labels_are_learnt() -> None:
    end = predicted("early stopping")
    assert 21 <= end.position.epoch <= 24
    assert 0.88 <= end.measurements[-1].dev_accuracy <= 0.92


def test_distortion_is_worth_7_to_11_points_on_ten_digits_a_class() -> None:
    plain, distorted = (predicted(name).measurements for name in ("ten digits per class", "ten digits, distorted"))
    assert plain[-1].train_accuracy == 1
    assert 0.76 <= plain[-1].dev_accuracy < 0.795
    assert 0.85 < distorted[-1].dev_accuracy < 0.88
    assert 0.07 < distorted[-1].dev_accuracy - plain[-1].dev_accuracy < 0.12
