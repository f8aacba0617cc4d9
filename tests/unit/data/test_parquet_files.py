"""Parquet files, as pandas and Hugging Face write them, are read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from data import csv_files, dataset_files
from data.dataset import DataError, UnlabelledError
from data.image_adjustments import SCALED

IMAGES, LABELS = csv_files.embedded().examples.take(np.arange(0, 5_000, 250))


def parquet(columns: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def picture(image: np.ndarray[Any, Any], as_format: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, as_format)
    return file.getvalue()


def png(image: np.ndarray[Any, Any]) -> bytes:
    return picture(image, "PNG")


PIXELS = {f"pixel{i}": IMAGES[:, i] for i in range(784)}
SQUARE = IMAGES.reshape(-1, 28, 28)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"label": LABELS, **PIXELS}, id="table"),
        pytest.param({**{name: column / 255 for name, column in PIXELS.items()}, "class": LABELS}, id="scaled"),
        pytest.param({**PIXELS, "y": LABELS, "__index_level_0__": np.arange(20) + 7}, id="pandas, with its index"),
        pytest.param({"image": [{"bytes": png(image), "path": None} for image in SQUARE], "label": LABELS}, id="HF"),
        pytest.param({"label": LABELS, "image": [png(image) for image in SQUARE]}, id="pictures"),
        pytest.param({"label": LABELS, "image": SQUARE.tolist()}, id="nested lists"),
    ],
)
def test_a_table_of_images_is_read(columns: dict[str, Any]) -> None:
    dataset = dataset_files.read(parquet(columns), "mnist.parquet")
    np.testing.assert_array_equal(dataset.images, IMAGES)
    np.testing.assert_array_equal(dataset.labels, LABELS)
    assert set(dataset.adjustments) <= {SCALED}


def test_a_table_without_labels_is_unlabelled() -> None:
    with pytest.raises(UnlabelledError, match=r"test\.parquet holds 20 images but no labels"):
        dataset_files.read(parquet(PIXELS), "test.parquet")


def test_pictures_in_a_table_are_png_or_jpeg_and_reach_no_other_decoder() -> None:
    def read(as_format: str) -> int:
        images = [picture(image, as_format) for image in SQUARE]
        return len(dataset_files.read(parquet({"image": images, "label": LABELS}), "mnist.parquet"))

    assert read("PNG") == read("JPEG") == len(LABELS)
    for other in ("BMP", "GIF", "EPS"):
        with pytest.raises(DataError, match="is damaged or too large to read"):
            read(other)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (parquet({"label": LABELS, **PIXELS})[:5_000], "is damaged or too large to read: save the table as CSV"),
        (b"PAR1" + b"\xff" * 60 + b"PAR1", "is damaged or too large to read"),
        (parquet({"image": [b"\x89PNG\r\n"], "label": [1]}), "is damaged or too large to read"),
        (parquet({"image": [[[1], [2, 3]]], "label": [1]}), "is damaged or too large to read"),
        (parquet({"text": ["a"] * 3, "more": ["b"] * 3}), "has columns that hold no numbers (text, more)"),
        (parquet({"image": [png(np.zeros((32, 32), np.uint8))], "label": [1]}), "has images of 32×32 pixels"),
        (parquet({"image": [[1, 2, 3]], "label": [1]}), "has images of 3 values"),
        (parquet({"label": np.zeros(70_001, np.uint8)}), "has more than 70,000 rows"),
    ],
)
def test_other_tables_are_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        dataset_files.read(content, "theirs.parquet")
    assert str(refused.value).startswith("theirs.parquet ")
    assert sentence in str(refused.value)
