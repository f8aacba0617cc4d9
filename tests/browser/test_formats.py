"""A visitor uploads data in each of the main formats: it is read, or a sentence of ours says what to do."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from playwright.sync_api import expect

from data import csv_files
from data.label_schemes import transposed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp

IMAGES, LABELS = csv_files.embedded().examples.take(np.arange(0, 5_000, 50))


def test_data_is_uploaded_as_people_have_it(new_app: NewApp, tmp_path: Path) -> None:
    app = new_app(path="dataset")
    counts = app.page.locator("#dataset_counts")

    def upload(name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        app.upload("upload_csv", tmp_path / name)

    plain = csv_files.write(IMAGES, LABELS)
    archive, npz, parquet = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.csv", plain)
    np.savez(npz, x_train=IMAGES[:90], y_train=LABELS[:90], x_test=IMAGES[90:], y_test=LABELS[90:])
    columns = {"label": LABELS, **{f"pixel{i}": IMAGES[:, i] for i in range(784)}}
    pyarrow.parquet.write_table(pa.table(columns), parquet)
    for name, content in (
        ("no_header.csv", plain.partition(b"\n")[2]),
        ("semicolons.csv", plain.replace(b",", b";").replace(b"\n", b"\r\n")),
        ("train.csv.zip", archive.getvalue()),
        ("mnist.npz", npz.getvalue()),
        ("mnist.pkl.gz", gzip.compress(pickle.dumps(((IMAGES, LABELS), (IMAGES[:5], LABELS[:5]))))),
        ("mnist.parquet", parquet.getvalue()),
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
    (tmp_path / "huge.csv").write_bytes(bytes(csv_files.LIMIT_BYTES + 1))
    app.upload("upload_csv", tmp_path / "huge.csv")
    words = "e => getComputedStyle(e.querySelector('[data-testid=stFileUploader]'), '::after').content"
    expect(app.widget("upload_csv").get_by_text("File must be")).to_be_hidden()
    assert "Too large" in app.widget("upload_csv").evaluate(words)

    upload("photo.png", b"\x89PNG\r\n\x1a\n")
    expect(app.alert).to_contain_text("photo.png is a picture: upload it on the Draw page")
    expect(counts).to_contain_text("100 digits")
    assert app.overflow() <= 0
