"""A session holds a bounded number of uploaded datasets, none of which replaces a built-in one."""

from __future__ import annotations

import numpy as np
import pytest

from data.built_in import DATASETS, MissingDatasetError
from data.dataset import DataError, Dataset
from ui.state.available_datasets import KEPT_DATASETS, Datasets
from ui.state.room_visit import RoomVisit


def dataset(name: str) -> Dataset:
    return Dataset(name, np.zeros((30, 784), dtype=np.uint8), np.arange(30, dtype=np.uint8) % 10)


def test_the_oldest_upload_is_evicted() -> None:
    datasets = Datasets(RoomVisit())
    for number in range(KEPT_DATASETS + 1):
        datasets.uploads[f"{number}.csv"] = dataset(f"{number}.csv")
    assert list(datasets.uploads) == [f"{number}.csv" for number in range(1, KEPT_DATASETS + 1)]
    with pytest.raises(MissingDatasetError, match=r"0\.csv is not loaded in this session"):
        datasets.get("0.csv")


def test_a_file_uploaded_again_becomes_the_newest() -> None:
    datasets = Datasets(RoomVisit())
    for number in range(KEPT_DATASETS):
        datasets.uploads[f"{number}.csv"] = dataset("first")
    datasets.uploads["0.csv"] = dataset("second")
    assert datasets.get("0.csv").name == "second"
    datasets.uploads["new.csv"] = dataset("new")
    assert "0.csv" in datasets.uploads
    assert "1.csv" not in datasets.uploads


@pytest.mark.parametrize("name", DATASETS)
def test_an_upload_cannot_replace_a_dataset_of_the_app(name: str) -> None:
    datasets = Datasets(RoomVisit())
    datasets.uploads[name] = dataset("impostor")
    try:
        found = datasets.get(name).name
    except DataError:
        return
    assert found != "impostor"
