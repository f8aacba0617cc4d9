"""What has been learned can be taken away, brought back and drawn for; a hostile file cannot do anything."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from models import weights
from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp


class Hostile:
    """Pickled, it asks whoever reads it to run a command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self._command,)


@pytest.fixture
def trained(new_app: NewApp) -> App:
    """The Train page with a network that has learned for 30 epochs, always the same one."""
    app = new_app(path="train?epochs=30")
    app.click("train")
    expect(app.status).to_contain_text("Finished", timeout=30_000)
    app.settle()
    return app


def share(app: App) -> float:
    """The latest dev accuracy on the screen."""
    return float(app.page.locator("#dev_accuracy").inner_text().rstrip("%")) / 100


def test_weights_in_all_formats_history_and_figure(trained: App, tmp_path: Path) -> None:
    nets = []
    for file_format in weights.FORMATS:
        trained.choose("format", file_format)
        trained.settle()
        file = trained.download("download_weights", tmp_path)
        assert file.suffix == f".{file_format}"
        saved = weights.load(file)
        assert saved.network.sizes == (784, 64, 10)
        assert saved.about["step"] == trained.step() == 30 * 63
        nets.append(saved.network)
    for other in nets[1:]:
        assert all(map(np.array_equal, nets[0].parameters, other.parameters))
    history = pd.read_csv(trained.download("download_history", tmp_path))
    assert history["step"].is_monotonic_increasing
    assert (history["step"].iloc[0], history["step"].iloc[-1]) == (0, 30 * 63)
    assert history["dev_accuracy"].iloc[-1] == pytest.approx(share(trained), abs=0.0006)
    with Image.open(trained.download("download_figure", tmp_path)) as figure:
        assert figure.format == "PNG"
        figure.load()
        assert min(figure.size) >= 300


def test_weights_as_onnx_read_as_the_run_does(trained: App, tmp_path: Path) -> None:
    trained.choose("format", "npz")
    trained.settle()
    ours = weights.load(trained.download("download_weights", tmp_path)).network
    trained.choose("format", "onnx")
    trained.settle()
    file = trained.download("download_weights", tmp_path)
    assert file.name == "run-1.onnx"
    images = np.random.default_rng(0).uniform(0, 1, (20, 784)).astype(np.float32)
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": images})
    np.testing.assert_allclose(probabilities, ours.probabilities(images), rtol=0, atol=1e-6)


def test_a_slow_connection_gets_its_files_too_while_a_network_trains(new_app: NewApp, tmp_path: Path) -> None:
    """The page comes for a file 1.5 s after it was made; in that time Train redraws itself some six times."""
    app = new_app(path="train?epochs=1000")

    def late(route: Route) -> None:
        time.sleep(1.5)
        route.continue_()

    app.page.context.route("**/media/**", late)
    app.click("train")
    app.wait_for_step(20)
    assert weights.load(app.download("download_weights", tmp_path)).network.sizes == (784, 64, 10)
    assert len(pd.read_csv(app.download("download_history", tmp_path))) > 1
    expect(app.status).to_contain_text("Training")


def test_a_run_turned_on_its_way_is_trained_again_by_its_script(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="train?epochs=5")
    for step in (63, 126):
        app.click("epoch")
        app.wait_for_step(step)
        expect(app.status).to_contain_text("Paused")
        app.choose("optimizer", "Momentum")
        app.slide("alpha", "0.02")
        app.settle()
    with zipfile.ZipFile(app.download("download_script", tmp_path)) as archive:
        archive.extractall(tmp_path)
    # As its server did: without the settings of BLAS that these tests may run with.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "OMP_"))}
    command = [sys.executable, "-I", str(tmp_path / "run-1" / "run-1.py")]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert "the same weights to the last bit" in told
    assert f"dev accuracy {share(app):.2%}" in told


def test_a_run_in_which_a_step_went_wrong_has_no_script(new_app: NewApp) -> None:
    app = new_app(path="train?alpha=10&l2=1000")
    app.click("train")
    expect(app.status).to_contain_text("Diverged", timeout=30_000)
    expect(app.widget("download_script").get_by_role("button").first).to_be_disabled()


def test_draw_for_the_network_just_trained(trained: App) -> None:
    assert share(trained) > 0.9
    trained.click("draw_for_run")
    expect(trained.canvas).to_be_visible()
    trained.settle()
    assert trained.chosen("network") == "Run 1"
    read = {}
    for name in "0123":
        trained.draw(strokes := digit(name))
        read[name] = trained.answer(strokes=len(strokes))
        trained.clear()
    assert read == {name: name for name in "0123"}
    trained.go("Train")
    expect(trained.status).to_contain_text("Finished")
    assert trained.typed("epochs") == "30"


def test_the_network_of_an_earlier_run_stays_to_be_drawn_for(trained: App) -> None:
    trained.slide("hidden_size", "48")
    trained.new_run()
    trained.settle()
    trained.go("Draw")
    assert trained.options("network") == ["Built-in network (99.5%)", "Run 2", "Run 1"]
    trained.choose("network", "Run 1")
    trained.draw(digit("0"))
    assert trained.answer(strokes=1) == "0"


def test_weights_taken_away_are_drawn_for_in_another_session(trained: App, new_app: NewApp, tmp_path: Path) -> None:
    files = []
    for file_format in weights.FORMATS:
        trained.choose("format", file_format)
        trained.settle()
        files.append(trained.download("download_weights", tmp_path).rename(tmp_path / f"mine.{file_format}"))
    trained.click("draw_for_run")
    expect(trained.canvas).to_be_visible()
    trained.draw(digit("3"))
    trained.answer(strokes=1)
    expected = trained.page.locator("dl.probabilities").inner_text()

    other = new_app(path="train")
    for file in files:
        other.upload("upload_weights", file)
        expect(other.alert).to_contain_text(file.name)
    other.go("Draw")
    assert other.options("network") == ["Built-in network (99.5%)", "Run 1", *(file.name for file in reversed(files))]
    other.draw(digit("3"))
    other.answer(strokes=1)
    for file in files:
        other.choose("network", file.name)
        expect(other.page.locator("dl.probabilities")).to_have_text(expected, use_inner_text=True)
        other.choose("network", "Built-in network (99.5%)")
        expect(other.page.locator("dl.probabilities")).not_to_have_text(expected, use_inner_text=True)


def test_a_hostile_pickle_is_refused_by_name_and_runs_nothing(trained: App, tmp_path: Path) -> None:
    good = trained.download("download_weights", tmp_path).rename(tmp_path / "good.npz")
    marker = tmp_path / "it_ran"
    hostile = tmp_path / "hostile.pkl"
    hostile.write_bytes(pickle.dumps(Hostile(f"touch {marker}")))
    trained.upload("upload_weights", good)
    expect(trained.alert).to_contain_text("good.npz is ready")
    trained.upload("upload_weights", hostile)
    expect(trained.alert).to_have_count(1)
    expect(trained.alert).to_contain_text("hostile.pkl")
    expect(trained.alert).to_contain_text(f"{os.system.__module__}.system")
    assert "\n" not in trained.alert.inner_text().strip()
    trained.go("Draw")
    assert trained.options("network") == ["Built-in network (99.5%)", "Run 1", "good.npz"]
    assert not marker.exists()
    pickle.loads(hostile.read_bytes())
    assert marker.exists(), "The file must be one that does run where pickle reads it."


def test_a_file_that_holds_no_weights_is_refused_in_one_sentence(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="train")
    for name, content in {
        "cut.npz": b"PK\x03\x04 and then nothing",
        "empty.pkl": b"",
        "text.safetensors": b"these are no weights",
    }.items():
        (tmp_path / name).write_bytes(content)
        app.upload("upload_weights", tmp_path / name)
        expect(app.alert).to_have_count(1)
        expect(app.alert).to_contain_text(name)
        assert "\n" not in app.alert.inner_text().strip()
    app.go("Draw")
    assert app.options("network") == ["Built-in network (99.5%)", "Run 1"]
