"""Dataset: the digits by class and split, files brought and taken away, and the full MNIST."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from data import csv_files
from testing.local_data import mnist
from testing.sample_digits import digit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp, NewServer

ROWS = 300


@pytest.fixture
def dataset(new_app: NewApp) -> App:
    return new_app(path="dataset")


def good_csv(folder: Path, name: str = "mine.csv") -> Path:
    """The first 300 of the embedded digits, as a file of one's own."""
    images, labels = csv_files.embedded().examples.take(limit=ROWS)
    (folder / name).write_bytes(csv_files.write(images, labels))
    return folder / name


def counts(app: App) -> dict[str, int]:
    """How many digits the page tells of: "digits" of all, and those in train, dev and test."""
    line = app.page.locator("#dataset_counts").inner_text()
    return {
        what: int(number.replace(",", "")) for number, what in re.findall(r"([\d,]+) (digits|train|dev|test)", line)
    }


def test_the_embedded_digits_are_told_and_shown(dataset: App) -> None:
    assert counts(dataset) == {"digits": 5000, "train": 4000, "dev": 500, "test": 500}
    expect(dataset.page.locator("#digits")).to_be_visible()
    expect(dataset.page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(dataset.page.get_by_alt_text(re.compile("^The mean "))).to_have_count(10)


def test_browse_by_class_and_split(dataset: App) -> None:
    digits = dataset.page.locator("#digits")
    embedded = csv_files.embedded()
    split = embedded.split(0, *embedded.default_sizes)
    dataset.choose("shown_class", "7")
    for part, examples in (("Train", split.train), ("Dev", split.dev), ("Test", split.test)):
        dataset.choose("shown_part", part)
        count = len(examples.rows_of(7))
        expect(dataset.page.get_by_text(re.compile(rf"^1 to \d+ of {count} of 7$"))).to_be_visible()
        expect(digits).to_have_attribute("alt", re.compile(r"^\d+ digits: 7( 7)*$"))
    dataset.choose("shown_class", "All")
    expect(digits).to_have_attribute("alt", re.compile("(?=.*0)(?=.*1)(?=.*2)"))


def test_another_page_of_digits(dataset: App) -> None:
    digits = dataset.page.locator("#digits")
    first = digits.get_attribute("src")
    dataset.type("browse_page_train_All", "2")
    expect(dataset.page.get_by_text("121 to 240 of 4,000 digits")).to_be_visible()
    expect(digits).not_to_have_attribute("src", first or "")


def test_a_csv_of_ones_own_is_shown_and_learned_from(dataset: App, tmp_path: Path) -> None:
    dataset.upload("upload_csv", good_csv(tmp_path))
    expect(dataset.page.locator("#dataset_counts")).to_contain_text("300 digits")
    assert dataset.chosen("shown_dataset") == "mine.csv"
    shown = counts(dataset)
    assert shown["train"] + shown["dev"] + shown["test"] == shown["digits"] == ROWS
    expect(dataset.page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(dataset.alert.filter(has_text="mine.csv has")).to_have_count(0)
    dataset.go("Train")
    dataset.choose("dataset", "mine.csv")
    dataset.new_run()
    expect(dataset.status).to_contain_text("Ready")
    dataset.click("train")
    dataset.wait_for_step(50)
    dataset.click("test")
    expect(dataset.page.locator("#test_result")).to_contain_text(f"{shown['test']} digits")


def _text_in_a_pixel(good: str) -> str:
    lines = good.splitlines()
    cells = lines[2].split(",")
    cells[101] = "ink"
    lines[2] = ",".join(cells)
    return "\n".join(lines)


def _label_12(good: str) -> str:
    lines = good.splitlines()
    lines[3] = "12," + lines[3].split(",", 1)[1]
    return "\n".join(lines)


def _no_label(good: str) -> str:
    return good.replace("label,", "digit,", 1)


def _empty(_: str) -> str:
    return ""


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "text": (_text_in_a_pixel, r"Row 2 .*“ink” in column pixel100"),
    "label": (_label_12, r"Row 3 .*“12” in column label"),
    "no-label": (_no_label, r"no column named label"),
    "empty": (_empty, r"is empty"),
}


def test_a_broken_csv_is_refused_in_one_sentence_and_what_was_there_stays(dataset: App, tmp_path: Path) -> None:
    good = good_csv(tmp_path)
    dataset.upload("upload_csv", good)
    expect(dataset.page.locator("#dataset_counts")).to_contain_text("300 digits")
    text = good.read_text(encoding="ascii")
    files = {}
    for name, (spoil, sentence) in BROKEN.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(spoil(text), encoding="ascii")
        files[file] = sentence
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + np.random.default_rng(0).bytes(2000))
    files[picture] = "is not a CSV file"
    for file, sentence in files.items():
        dataset.upload("upload_csv", file)
        expect(dataset.alert).to_contain_text(re.compile(sentence))
        assert file.name in dataset.alert.inner_text()
        assert "\n" not in dataset.alert.inner_text().strip()
        assert counts(dataset)["digits"] == ROWS
    assert dataset.options("shown_dataset") == ["Embedded 5,000", "Full MNIST", "mine.csv"]
    dataset.upload("upload_csv", good)
    expect(dataset.alert).to_have_count(0)


def test_a_download_can_be_uploaded_again(dataset: App, tmp_path: Path) -> None:
    dataset.upload("upload_csv", good_csv(tmp_path))
    expect(dataset.page.locator("#dataset_counts")).to_contain_text("300 digits")
    dataset.settle()
    file = dataset.download("download_csv", tmp_path / "downloads")
    assert file.name == "mine.csv"
    assert file.read_bytes() == (tmp_path / "mine.csv").read_bytes()
    again = file.rename(tmp_path / "again.csv")
    dataset.upload("upload_csv", again)
    expect(dataset.widget("shown_dataset").get_by_role("combobox")).to_have_value("again.csv")
    assert counts(dataset)["digits"] == ROWS


def test_without_a_network_mnist_is_one_sentence_and_the_app_goes_on(new_app: NewApp, new_server: NewServer) -> None:
    """The proxy that this server is told of does not answer, so that it has no network wherever the test runs."""
    nowhere = "http://127.0.0.1:9"
    server = new_server({"HTTPS_PROXY": nowhere, "https_proxy": nowhere, "NO_PROXY": "", "no_proxy": ""})
    app = new_app(url=server.url, path="train?epochs=100000")
    app.click("train")
    before = app.wait_for_step(50)
    app.go("Dataset")
    app.click("fetch_mnist")
    expect(app.alert).to_have_count(1, timeout=30_000)
    expect(app.alert).to_contain_text("MNIST could not be fetched")
    assert "\n" not in app.alert.inner_text().strip()
    app.go("Train")
    before = app.wait_for_step(before)
    app.choose("dataset", "Full MNIST")
    expect(app.offer).to_be_visible()
    app.click("new_run")
    expect(app.alert).to_contain_text("not on this machine yet. Download it on the Dataset page")
    assert app.wait_for_step(before + 1) > before, "The run that was there goes on."
    expect(app.status).to_contain_text("Training")
    app.go("Draw")
    app.draw(digit("2"))
    assert app.answer(strokes=1) == "2"


def test_the_full_mnist_is_learned_from_where_it_is(new_app: NewApp, new_server: NewServer) -> None:
    app = new_app(url=new_server({"DIGIT_LAB_MNIST": str(mnist())}).url, path="train")
    app.choose("dataset", "Full MNIST")
    app.new_run()
    app.click("train")
    expect(app.page.locator("#dev_accuracy")).to_have_text(re.compile(r"^9\d\.\d%$"), timeout=30_000)
    app.click("test")
    expect(app.page.locator("#test_result")).to_contain_text("10,000 digits", timeout=30_000)
    app.go("Dataset")
    app.choose("shown_dataset", "Full MNIST")
    expect(app.page.locator("#dataset_counts")).to_contain_text("70,000 digits", timeout=30_000)
    assert counts(app)["test"] == 10_000


def test_a_folder_that_is_not_there_is_told_and_the_app_goes_on(
    new_app: NewApp, new_server: NewServer, tmp_path: Path
) -> None:
    app = new_app(url=new_server({"DIGIT_LAB_MNIST": str(tmp_path / "nowhere")}).url, path="dataset")
    expect(app.alert).to_have_count(1)
    assert "\n" not in app.alert.inner_text().strip()
    assert counts(app)["digits"] == 5000
    app.go("Draw")
    app.draw(digit("2"))
    assert app.answer(strokes=1) == "2"
