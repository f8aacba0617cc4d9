"""Files downloaded from Train open and can be uploaded again, even over a slow connection during training."""

from __future__ import annotations

import time
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image
from playwright.sync_api import expect

from models import weights

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.browser.conftest import NewApp


def test_each_download_opens_and_weights_can_be_uploaded(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="train?epochs=2&speed=Full")
    app.click("train")
    expect(app.status).to_contain_text("Finished", timeout=30_000)
    app.settle()
    networks = []
    for file_format in weights.FORMATS:
        app.choose("format", file_format)
        app.settle()
        file = app.download("download_weights", tmp_path)
        assert file.name == f"run-1.{file_format}"
        networks.append(weights.load(file).network)
    for other in networks[1:]:
        assert all(map(np.array_equal, networks[0].parameters, other.parameters))
    app.choose("format", "onnx")
    app.settle()
    assert app.download("download_weights", tmp_path).name == "run-1.onnx"
    history = pd.read_csv(app.download("download_history", tmp_path))
    assert (history["step"].iloc[0], history["step"].iloc[-1]) == (0, 2 * 63)
    with Image.open(app.download("download_figure", tmp_path)) as figure:
        assert (figure.format, min(figure.size) >= 300) == ("PNG", True)
    with zipfile.ZipFile(app.download("download_script", tmp_path)) as archive:
        assert {"run-1/run-1.ipynb", "run-1/run-1.py", "run-1/run-1_pytorch.py"} <= set(archive.namelist())

    app.upload("upload_weights", (tmp_path / "run-1.npz").rename(tmp_path / "again.npz"))
    expect(app.alert).to_contain_text("again.npz is ready")
    app.click("try_drawing")
    expect(app.canvas).to_be_visible()
    assert app.options("network") == ["Built-in network (99.4%)", "Run 1", "again.npz"]


def test_a_slow_connection_gets_its_files_during_training(new_app: NewApp, tmp_path: Path) -> None:
    """The browser requests a file 1.5 s after its creation, by which time Train has redrawn about six times."""
    app = new_app(path="train?epochs=1000&speed=Full")

    def delayed(route: Route) -> None:
        time.sleep(1.5)
        route.continue_()

    app.page.context.route("**/media/**", delayed)
    app.click("train")
    app.wait_for_step(20)
    assert weights.load(app.download("download_weights", tmp_path)).network.sizes == (784, 64, 10)
    assert len(pd.read_csv(app.download("download_history", tmp_path))) > 1
    expect(app.status).to_contain_text("Training")
