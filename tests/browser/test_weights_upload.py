"""A network from another program is read after asking which activation and pixels it uses, if its file doesn't say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from playwright.sync_api import expect

from data import csv_files
from training.run import Run
from training.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp


def test_what_a_file_leaves_open_is_asked(new_app: NewApp, tmp_path: Path) -> None:
    digits = csv_files.embedded()
    run = Run(Settings(hidden_size=32, epochs=8, activation="tanh"), digits.split(0, *digits.default_sizes), 10)
    run.start()
    while run.advance(seconds=1) is not None:
        pass
    W1, b1, W2, b2 = run.snapshot().network.parameters
    file = tmp_path / "theirs.npz"
    arrays: dict[str, Any] = {
        "fc1.weight": W1.T / 255,
        "fc1.bias": b1,
        "fc2.weight": W2.T,
        "fc2.bias": b2,
    }  # for pixels up to 255
    np.savez(file, **arrays)

    app = new_app(path="train")
    app.upload("upload_weights", file)
    expect(app.alert).to_contain_text("doesn’t say which activation it uses or how its pixels are scaled")
    activation, scale = app.widget("weights_activation"), app.widget("weights_scale")
    expect(activation.get_by_role("radio", name="tanh")).to_be_checked()
    expect(scale.get_by_role("radio", name="0 to 255")).to_be_checked()
    best = scale.get_by_text(re.compile(r"[\d.]+% \(.+\) on dev")).nth(1).inner_text()
    assert 80 < float(best.partition("%")[0]) < 100
    scale.get_by_text("0 to 1", exact=True).click()
    expect(activation.get_by_text(best)).to_have_count(0)
    scale.get_by_text("0 to 255", exact=True).click()
    expect(activation.get_by_text(best)).to_be_visible()
    app.screenshot("weights_upload")
    app.click("use_weights")
    expect(app.alert).to_contain_text("theirs.npz is ready")

    app.upload("upload_weights", file.rename(tmp_path / "notes.txt"))
    expect(app.alert).to_contain_text("notes.txt doesn’t say")
    (tmp_path / "text.txt").write_text("W1 = [[1, 2]]")
    app.upload("upload_weights", tmp_path / "text.txt")
    expect(app.alert).to_contain_text("text.txt cannot be used: it is not a file of weights")
    app.go("Draw")
    assert "theirs.npz" in app.options("network")
