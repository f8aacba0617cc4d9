"""Train: a network learns before one's eyes, and what is turned takes hold while it learns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from models import weights
from testing import frame_recorder
from tests.browser.train_page import ENDLESS, pause, start, until

if TYPE_CHECKING:
    from pathlib import Path

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, Screen

pytestmark = pytest.mark.alone

PLOT = "[data-testid=stVegaLiteChart]"
WATCHED = [PLOT, f"{PLOT} :is(canvas, svg)", ".st-key-train", ".st-key-alpha", "#status"]


@pytest.fixture
def train(new_app: NewApp) -> App:
    """The Train page, with a run that does not end by itself and has not begun."""
    app = new_app(path=ENDLESS)
    until(app, "Ready")
    return app


def parameters(app: App, folder: Path) -> list[np.ndarray]:
    """The network's arrays, by way of its .npz file."""
    return weights.load(app.download("download_weights", folder)).network.parameters


def same(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    """Whether two networks are the same to the last bit."""
    return len(some) == len(others) and all(map(np.array_equal, some, others))


def changes(app: App, folder: Path) -> str:
    """All changes of settings that the history tells."""
    history = pd.read_csv(app.download("download_history", folder))
    return "; ".join(history["changed"].dropna())


def test_dev_accuracy_passes_90_percent(new_app: NewApp) -> None:
    app = new_app(path="train")
    until(app, "Ready")
    assert app.step() == 0
    app.click("train")
    expect(app.page.locator("#dev_accuracy")).to_have_text(re.compile(r"^9\d\.\d%$"), timeout=30_000)
    app.screenshot("train-90")


def test_what_is_turned_takes_hold_without_a_restart(train: App, tmp_path: Path) -> None:
    """α by key and by mouse, λ, batch size and optimizer: the steps go on, the address and the history tell."""
    before = start(train)
    train.slide("alpha", "0.05")
    expect(train.page).to_have_url(re.compile(r"[?&]alpha=0\.05(&|$)"))
    assert train.wait_for_step(before + 1) > before

    before = train.step()
    train.drag("alpha", 0.5)
    expect(train.page).not_to_have_url(re.compile(r"[?&]alpha=0\.05(&|$)"))
    dragged = train.slider("alpha")
    expect(train.page).to_have_url(re.compile(rf"[?&]alpha={re.escape(dragged)}(&|$)"))
    assert train.wait_for_step(before + 1) > before

    train.slide("l2", "1")
    expect(train.page).to_have_url(re.compile(r"[?&]l2=1(&|$)"))
    train.slide("batch_size", "128")
    expect(train.page).to_have_url(re.compile(r"[?&]batch_size=128(&|$)"))
    train.choose("optimizer", "Momentum")
    expect(train.page).to_have_url(re.compile(r"[?&]optimizer=Momentum(&|$)"))
    at = train.step()
    assert train.wait_for_step(at + 1) > at > before
    until(train, "Training")

    end = pause(train)
    told = changes(train, tmp_path)
    # The keys stop at every value on the way: what counts is where they came to.
    for change in (
        r"Learning rate α \S+ to 0\.05 at step ",
        rf"Learning rate α \S+ to {re.escape(dragged)} at step ",
        r"L2 penalty λ \S+ to 1 at step ",
        r"Batch size \S+ to 128 at step ",
        r"Optimizer Gradient descent to Momentum at step ",
    ):
        found = re.search(change + r"(\d+)", told)
        assert found, f"{change!r} is not among: {told}"
        assert 0 < int(found[1]) <= end


def test_a_change_is_marked_on_both_plots(train: App) -> None:
    plots = train.page.locator(PLOT)
    marks = [plots.nth(number).locator("svg .mark-rule.role-mark line") for number in range(2)]
    train.click("step")
    train.wait_for_step(1)
    until(train, "Paused")
    train.settle()
    expect(plots.locator("svg")).to_have_count(2)
    assert [mark.count() for mark in marks] == [0, 0]
    train.slide("alpha", "0.07")
    train.click("step")
    train.wait_for_step(2)
    for mark in marks:
        expect(mark).to_have_count(1)
    train.settle()
    train.slide("l2", "0.01")
    train.click("epoch")
    train.wait_for_step(63)
    for mark in marks:
        expect(mark).to_have_count(2)


def test_alpha_of_next_to_nothing_stops_the_learning(new_app: NewApp) -> None:
    """If α did not reach the running network, its loss would go on falling."""
    app = new_app(path=f"{ENDLESS}&optimizer=Adam&alpha=0.0003")
    app.choose("speed", "100/s")
    start(app)
    app.slide("alpha", "0.0001")
    app.choose("optimizer", "Gradient descent")
    at = app.step()
    app.wait_for_step(at + 30)
    before = float(app.page.locator("#dev_loss").inner_text())
    app.wait_for_step(app.step() + 100)
    assert abs(float(app.page.locator("#dev_loss").inner_text()) - before) < 0.02


def test_hidden_size_offers_a_new_run_and_the_old_one_goes_on_until_it_is_taken(train: App, tmp_path: Path) -> None:
    before = start(train)
    train.slide("hidden_size", "32")
    expect(train.offer).to_contain_text("A new hidden size needs a new run")
    assert train.wait_for_step(max(before, train.step()) + 1)
    until(train, "Training")
    assert parameters(train, tmp_path)[0].shape == (784, 64)
    train.slide("hidden_size", "64")
    expect(train.offer).to_have_count(0)
    train.slide("hidden_size", "32")
    train.new_run()
    until(train, "Ready")
    assert train.step() == 0
    assert parameters(train, tmp_path)[0].shape == (784, 32)
    start(train)


def test_pause_step_and_epoch(new_app: NewApp) -> None:
    app = new_app(path=f"{ENDLESS}&batch_size=64")
    start(app)
    stopped = pause(app)
    app.page.wait_for_timeout(1000)  # while which it must not move
    assert app.step() == stopped
    app.click("step")
    app.wait_for_step(stopped + 1)
    until(app, "Paused")
    app.settle()
    assert app.step() == stopped + 1
    epoch = -(-4000 // 64)
    app.click("epoch")
    expect(app.status).not_to_contain_text(f"step {stopped + 1:,}")
    until(app, "Paused")
    app.settle()
    assert app.step() == -(-(stopped + 2) // epoch) * epoch, "An epoch ends with the last batch of it."
    app.click("epoch")
    app.wait_for_step(-(-(stopped + 2) // epoch) * epoch + epoch)
    until(app, "Paused")


def test_reset_gives_back_the_very_same_initial_weights(train: App, tmp_path: Path) -> None:
    first = parameters(train, tmp_path)
    start(train)
    pause(train)
    trained = parameters(train, tmp_path)
    assert not same(first, trained)
    train.click("reset")
    until(train, "Ready")
    assert train.step() == 0
    train.settle()
    assert same(first, parameters(train, tmp_path))
    start(train)
    train.click("reset")
    until(train, "Ready")
    assert train.step() == 0
    train.settle()
    assert same(first, parameters(train, tmp_path)), "Reset while it trains must do the same."


def test_the_same_address_gives_the_same_weights_however_it_is_driven(new_app: NewApp, tmp_path: Path) -> None:
    path = "train?epochs=3&seed=7&hidden_size=32"
    left_alone = new_app(path=path)
    left_alone.click("train")
    until(left_alone, "Finished")
    stepped = new_app(path=path)
    stepped.click("step")
    stepped.wait_for_step(1)
    until(stepped, "Paused")
    stepped.settle()
    stepped.click("epoch")
    stepped.wait_for_step(63)
    until(stepped, "Paused")
    stepped.settle()
    stepped.click("train")
    until(stepped, "Finished")
    other_seed = new_app(path=path.replace("seed=7", "seed=8"))
    other_seed.click("train")
    until(other_seed, "Finished")
    assert left_alone.step() == stepped.step() == other_seed.step() == 3 * 63
    arrays = [parameters(app, tmp_path) for app in (left_alone, stepped, other_seed)]
    assert same(arrays[0], arrays[1])
    assert not same(arrays[0], arrays[2])


@pytest.mark.parametrize(("speed", "rate", "steps"), [("1/s", 1.0, 3), ("10/s", 10.0, 20)])
def test_slow_motion(train: App, speed: str, rate: float, steps: int) -> None:
    """So many steps take about as long as the speed says, on the browser's clock."""
    train.choose("speed", speed)
    train.settle()
    frame_recorder.record(train.page, [])
    train.click("train")
    until(train, "Training")
    train.wait_for_step(2 + steps)
    seen = [(frame.time, frame.step) for frame in frame_recorder.recorded(train.page)]
    began = next((time, step) for time, step in seen if step is not None and step >= 1)
    took = seen[-1][0] - began[0]
    done = (seen[-1][1] or 0) - began[1]
    print(f"{speed}: {done} steps in {took:.1f} s")
    assert 0.6 * rate < done / took < 1.5 * rate


def test_full_speed_is_far_above_slow_motion(train: App) -> None:
    train.choose("speed", "10/s")
    start(train)
    at = train.step()
    train.choose("speed", "Full")
    train.wait_for_step(at + 500, seconds=10)


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_it_redraws_often_and_nothing_jumps_or_fades(new_app: NewApp, screen: Screen) -> None:
    """Redraws come by themselves, and nothing moves or fades at one: how often they come is for a benchmark."""
    app = new_app(screen, path=ENDLESS)
    expect(app.page.locator(PLOT)).to_have_count(2)
    frame_recorder.wait_until_still(app.page, WATCHED)
    app.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 60")
    frame_recorder.record(app.page, WATCHED)
    app.click("train")
    app.wait_for_step(20)
    app.page.wait_for_timeout(5000)
    seen = frame_recorder.recorded(app.page)
    running = [frame for frame in seen if frame.status.startswith("Training")]
    rate = frame_recorder.changes_a_second(running)
    print(f"{screen}: {rate:.1f} redraws a second")
    assert rate >= 1  # on a machine that is busy with other work
    assert {frame.scrolled for frame in seen} == {seen[0].scrolled}
    assert seen[0].scrolled > 0
    for number, selector in enumerate(WATCHED):
        places = {frame.places[number] for frame in seen}
        assert len(places) == 1, f"{selector} moved or blinked: {places}"
        assert "" not in places
    assert min(frame.opacity for frame in seen) == 1


def test_a_divergence_stops_the_run_and_says_what_to_try(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path=f"{ENDLESS}&alpha=10&hidden_layers=2&initializer=Uniform+%C2%B10.5")
    assert app.chosen("initializer") == "Uniform ±0.5"
    app.click("train")
    until(app, "Diverged")
    expect(app.trouble).to_contain_text(re.compile(r"Diverged\. The loss blew up .* Try α = "))
    stopped = app.step()
    assert all(np.isfinite(array).all() for array in parameters(app, tmp_path))
    app.page.wait_for_timeout(500)
    assert app.step() == stopped
    app.slide("alpha", "0.01")
    app.click("reset")
    until(app, "Ready")
    expect(app.trouble).to_contain_text("will appear here")
    start(app)


def test_a_trouble_is_named_with_a_button_that_mends_it(new_app: NewApp) -> None:
    app = new_app(path="train?epochs=10&alpha=2")
    app.click("train")
    seen = re.compile(r"Dead units\. .* hidden units are 0 for every digit")
    expect(app.trouble).to_contain_text(seen, timeout=30_000)
    app.click("why_trouble")
    expect(app.page.get_by_test_id("stPopoverBody")).to_contain_text("No gradient passes a ReLU that is 0")
    app.page.keyboard.press("Escape")
    app.page.get_by_role("button", name="Set α to 0.2 and begin again").click()
    expect(app.trouble).to_contain_text("No problems so far")
    until(app, "Finished")
    assert app.slider("alpha") == "0.2"
    expect(app.page).to_have_url(re.compile(r"[?&]alpha=0\.2(&|$)"))
    expect(app.trouble).to_contain_text("No problems so far")


def test_a_run_that_goes_well_is_left_in_peace(new_app: NewApp) -> None:
    train = new_app(path="train?epochs=10")
    start(train)
    until(train, "Finished")
    expect(train.trouble).to_contain_text("No problems so far")


def test_test_accuracy_is_shown_only_when_asked_for(train: App) -> None:
    result = train.page.locator("#test_result")
    start(train)
    pause(train)
    expect(result).to_have_count(0)
    expect(train.page.locator("body")).not_to_contain_text("Test accuracy")
    train.click("test")
    expect(result).to_contain_text(re.compile(r"Test accuracy \d+\.\d+%\s*500 digits\s*at step [\d,]+"))
    assert f"at step {train.step():,}" in result.inner_text()


def test_the_run_ends_after_its_epochs(new_app: NewApp) -> None:
    app = new_app(path="train?epochs=2")
    app.click("train")
    until(app, "Finished")
    assert app.step() == 2 * 63
    expect(app.widget("train").get_by_role("button")).to_have_text("Train")


def test_the_address_sets_the_controls(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(
        path="train?alpha=0.03&hidden_size=128&l2=1&batch_size=Full&optimizer=Adam&activation=tanh&seed=7&hidden_layers=2"
    )
    assert {key: app.slider(key) for key in ("alpha", "hidden_size", "l2", "batch_size")} == {
        "alpha": "0.03",
        "hidden_size": "128",
        "l2": "1",
        "batch_size": "Full",
    }
    assert app.chosen("optimizer") == "Adam"
    assert app.chosen("activation") == "tanh"
    assert app.chosen("hidden_layers") == "2"
    app.widget("split").get_by_text("Split and seed").click()
    expect(app.widget("seed").locator("input")).to_have_value("7")
    saved = weights.load(app.download("download_weights", tmp_path))
    assert saved.network.sizes == (784, 128, 128, 10)
    assert saved.network.activation == "tanh"
    assert saved.about["seed"] == 7


def test_nonsense_in_the_address_is_ignored(new_app: NewApp) -> None:
    app = new_app(
        path="train?alpha=banana&hidden_size=-3&l2=NaN&batch_size=65&optimizer=magic&activation=1&seed=x"
        "&hidden_layers=9&epochs=0&dataset=zzz&initializer=&dev_size=99999999&speed=9&network=x&foo=%00"
    )
    assert {key: app.slider(key) for key in ("alpha", "hidden_size", "l2", "batch_size")} == {
        "alpha": "0.1",
        "hidden_size": "64",
        "l2": "0",
        "batch_size": "64",
    }
    assert [app.chosen(key) for key in ("optimizer", "activation", "hidden_layers")] == [
        "Gradient descent",
        "ReLU",
        "1",
    ]
    assert app.typed("epochs") == "200"
    expect(app.alert).to_have_count(0)
    start(app)


def test_a_preset_begins_a_run_with_its_settings_and_says_what_to_watch(new_app: NewApp) -> None:
    app = new_app(path="train?hidden_size=16&seed=5")
    app.page.get_by_role("button", name="Presets").click()
    app.page.get_by_role("button", name="Too large an α").click()
    expect(app.page.locator(".lead")).to_contain_text("Each step overshoots")
    app.settle()
    expect(app.offer).to_have_count(0)
    assert (app.slider("alpha"), app.slider("hidden_size"), app.typed("epochs")) == ("5", "64", "20")
    expect(app.page).to_have_url(re.compile(r"[?&]alpha=5(&|$)"))
    expect(app.page).to_have_url(re.compile(r"[?&]seed=5(&|$)"))
    app.settle()
    app.click("train")
    until(app, "Finished")
    app.slide("alpha", "0.1")
    app.click("reset")
    start(app)
    expect(app.page.locator(".lead")).to_contain_text("Each step overshoots")
    app.settle()


def test_the_train_button_and_a_slider_by_keyboard(train: App) -> None:
    """Tab comes to the Train button, Enter starts it, and Tab comes to α, which the arrows move."""
    focused = "key => document.activeElement.matches(`.st-key-${key} :is(button[kind], input[type=range])`)"

    def tab_to(key: str) -> None:
        for _ in range(120):
            if train.page.evaluate(focused, key):
                return
            train.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {key}.")

    train.page.wait_for_load_state("networkidle")  # each kind of widget comes in a file of its own
    for key in ("hidden_size", "alpha"):
        expect(train.widget(key).locator("input[type=range]")).to_be_attached()
    train.page.evaluate("document.activeElement.blur()")
    tab_to("alpha")
    train.page.keyboard.press("ArrowLeft")
    assert train.slider("alpha") == "0.07"
    expect(train.page).to_have_url(re.compile(r"[?&]alpha=0\.07(&|$)"))
    tab_to("train")
    train.page.keyboard.press("Enter")
    until(train, "Training")
    before = train.wait_for_step(20)
    train.page.keyboard.press("Enter")
    until(train, "Paused")
    assert train.step() >= before
