"""A visitor uploads a file of each kind: it is read, or a sentence of ours says what to do."""

from __future__ import annotations

import gzip
import io
import pickle
import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from PIL import Image
from playwright.sync_api import expect

from data import csv_files
from data.label_schemes import transposed
from data.untrusted.raw_arrays import MAX_FILE_BYTES
from ink import picture_files
from ink.mnist_format import canvas_from_strokes
from models import onnx_file, weights
from models.untrusted import file_formats
from models.weights import SavedNetwork
from nn.network import Network
from testing.sample_digits import digit
from tests.unit.models.untrusted.test_torch_archive import STATE_DICT, archive

if TYPE_CHECKING:
    from pathlib import Path

    from testing.browser_driver import App
    from tests.browser.conftest import NewApp

IMAGES, LABELS = csv_files.embedded().examples.take(np.arange(0, 5_000, 50))


def refuses_larger_files(app: App, key: str, folder: Path, limit: int, sentence: str) -> None:
    """Check that a file that the browser does not send is refused in our words."""
    (folder / "huge.bin").write_bytes(bytes(limit + 1))
    app.widget(key).locator("input[type=file]").set_input_files(folder / "huge.bin")
    refusal = app.widget(key).locator("[data-testid=stFileUploader] [role=alert]")
    expect(refusal.first).to_be_attached()
    expect(refusal.first).to_be_hidden()
    shown = "e => getComputedStyle(e.querySelector('[data-testid=stFileUploader]'), '::after').content"
    assert app.widget(key).evaluate(shown) == f'"Not uploaded: choose one file of at most {limit >> 20} MB. {sentence}"'


def test_files_are_uploaded_as_people_have_them(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="dataset")
    data(app, tmp_path)
    app.go("Train")
    weights_of_networks(app, tmp_path)
    app.go("Draw")
    pictures_of_digits(app, tmp_path)


def data(app: App, tmp_path: Path) -> None:
    """Upload datasets on the Dataset page."""
    counts = app.page.locator("#dataset_counts")

    def upload(name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        app.upload("upload_csv", tmp_path / name)

    plain = csv_files.write(IMAGES, LABELS)
    archive, npz, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.csv", plain)
    np.savez(npz, x_train=IMAGES[:90], y_train=LABELS[:90], x_test=IMAGES[90:], y_test=LABELS[90:])
    arff = "@RELATION mnist\n" + "".join(f"@ATTRIBUTE pixel{i} real\n" for i in range(784))
    rows = "".join(
        f"{','.join(map(str, image))},{label}\n" for image, label in zip(IMAGES, LABELS, strict=True)
    ).encode()
    columns = {"label": LABELS, **{f"pixel{i}": IMAGES[:, i] for i in range(784)}}
    pyarrow.parquet.write_table(pa.table(columns), parquet)
    for name, content in (
        ("no_header.csv", plain.partition(b"\n")[2]),
        ("semicolons.csv", plain.replace(b",", b";").replace(b"\n", b"\r\n")),
        ("train.csv.zip", archive.getvalue()),
        ("mnist.npz", npz.getvalue()),
        ("mnist.pkl.gz", gzip.compress(pickle.dumps(((IMAGES, LABELS), (IMAGES[:5], LABELS[:5]))))),
        ("mnist.parquet", parquet.getvalue()),
        ("mnist_784.arff", arff.encode() + b"@ATTRIBUTE class {0,1}\n@DATA\n" + rows),
    ):
        upload(name, content)
        expect(app.widget("shown_dataset").get_by_role("combobox")).to_have_value(name)
        expect(app.page.get_by_text(f"{name} is ready")).to_be_visible()

    upload("emnist.csv", csv_files.write(np.invert(transposed(IMAGES)), LABELS))
    expect(app.widget("adjustment_0")).to_contain_text("The images were inverted")
    expect(app.widget("adjustment_1")).to_contain_text("They were turned upright")
    app.click("undo_adjustment_0")
    expect(app.widget("adjustment_0")).to_contain_text("Its paper is white, as in the file.")
    expect(app.widget("adjustment_1")).to_contain_text("They were turned upright")

    pixels = "\n".join(line.partition(",")[2] for line in plain.decode().splitlines())
    upload("test.csv", pixels.encode())
    expect(app.alert).to_contain_text("test.csv holds 100 images but no labels")
    answers = app.download("download_answers", tmp_path / "downloads").read_text().splitlines()
    assert answers[:2] == ["ImageId,Label", "1,0"]
    assert len(answers) == 101

    app.widget("upload_csv").get_by_role("button", name="Remove").first.click()
    formats = "CSV, also in gzip or zip, .npz (smaller with numpy.savez_compressed), .pkl.gz, Parquet and ARFF."
    refuses_larger_files(app, "upload_csv", tmp_path, csv_files.LIMIT_BYTES, f"Accepted: {formats}")
    app.screenshot("not_uploaded")

    upload("photo.png", b"\x89PNG\r\n\x1a\n")
    expect(app.alert).to_contain_text("photo.png is a picture: upload it on the Draw page")
    expect(counts).to_contain_text("100 digits")
    assert app.overflow() <= 0


def weights_of_networks(app: App, tmp_path: Path) -> None:
    """Upload weights on the Train page."""
    saved = SavedNetwork(Network.initialize((784, 12, 10), rng=np.random.default_rng(0)), {"name": "theirs"})
    for name, content in (
        ("theirs.safetensors", weights.save(saved, "safetensors")),
        ("theirs.npz", weights.save(saved, "npz")),
        ("theirs.onnx", onnx_file.export(saved)),
    ):
        (tmp_path / name).write_bytes(content)
        app.upload("upload_weights", tmp_path / name)
        expect(app.alert.get_by_text(f"{name} is ready")).to_be_visible()
    (tmp_path / "theirs.pt").write_bytes(archive(*STATE_DICT))
    app.upload("upload_weights", tmp_path / "theirs.pt")
    expect(app.alert).to_contain_text("theirs.pt doesn’t say which activation it uses")
    (tmp_path / "theirs.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    app.upload("upload_weights", tmp_path / "theirs.mat")
    expect(app.alert).to_contain_text("it is a MATLAB file: run from scipy.io import loadmat")
    app.widget("upload_weights").get_by_role("button", name="Remove").first.click()
    refuses_larger_files(app, "upload_weights", tmp_path, MAX_FILE_BYTES, f"Accepted: {file_formats.READ}.")


def pictures_of_digits(app: App, tmp_path: Path) -> None:
    """Upload pictures on the Draw page."""
    ink = canvas_from_strokes(digit("5"), side=200, size=180, pen_width=16)[:, :, 3]
    rows, columns = ink.any(axis=1), ink.any(axis=0)
    chalk, pen = Image.fromarray(60 + ink[rows][:, columns] // 2), Image.fromarray(255 - ink)
    chalk.save(tmp_path / "five.jpg", "WEBP")
    pen.save(tmp_path / "five.png")
    pen.rotate(90).save(tmp_path / "lying.gif")
    (tmp_path / "five.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    for number, name in enumerate(("five.jpg", "five.png", "lying.gif")):
        app.page.get_by_role("button", name="Upload a photo", exact=True).click()
        body = app.page.locator("[data-testid=stPopoverBody]")
        if number == 0:
            body.locator("input[type=file]").set_input_files(tmp_path / "five.heic")
            expect(app.page.get_by_text("five.heic is a HEIC photo")).to_be_visible()
            app.screenshot("heic")
            refuses_larger_files(
                app, "picture_0", tmp_path, picture_files.LIMIT_BYTES, "Accepted: PNG, JPEG, WebP, GIF, BMP or TIFF."
            )
            app.screenshot("picture_not_uploaded")
        body.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(app.page.locator("#picture img")).to_have_attribute("alt", re.compile(re.escape(name)))
        if number < 2:
            expect(app.page.locator("#answer")).to_have_text("5")
        app.click("take_away")
        expect(app.page.locator("#picture img")).to_have_count(0)
