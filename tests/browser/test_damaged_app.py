"""If the app lacks its network and digits, a visitor is told what is wrong, and can still use their own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from data import csv_files
from testing.app_server import ROOT, UNNEEDED
from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp, NewServer


def test_pages_say_what_is_damaged_and_a_visitor_s_own_data_and_network_are_used(
    new_app: NewApp, new_server: NewServer, tmp_path: Path
) -> None:
    copy = tmp_path / "app"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*UNNEEDED))
    with (copy / "models" / "digits.npz").open("r+b") as file:
        file.truncate(100_000)
    (copy / "data" / "mnist_5k.csv.gz").unlink()
    app = new_app(url=new_server({}, copy).url)
    expect(app.alert).to_have_text(
        "The built-in network, digits.npz, is missing or damaged: train one and choose it, or install the app again."
    )
    for title in ("Look", "Train", "Dataset"):
        app.go(title)
        expect(app.alert).to_contain_text("The embedded digits, mnist_5k.csv.gz, are missing or damaged")
    noise = np.random.default_rng(0).integers(256, size=(60, 784), dtype=np.uint8)
    (tmp_path / "mine.csv").write_bytes(csv_files.write(noise, np.arange(60, dtype=np.uint8) % 10))
    app.upload("upload_csv", tmp_path / "mine.csv")
    expect(app.page.locator("#dataset_counts")).to_contain_text("60 digits")
    app.go("Train")
    app.choose("dataset", "mine.csv")
    app.click("step")
    app.wait_for_step(1)
    app.go("Draw")
    app.choose("network", "Run 1")
    expect(app.canvas).to_be_visible()
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
