"""What a person can learn from: so many files of their own, and none in place of the app's."""

from __future__ import annotations

import numpy as np
import pytest

from data.dataset import DataError, Dataset
from ui.state.available_datasets import KEPT_DATASETS, Datasets, NotHereError


def dataset(name: str) -> Dataset:
    return Dataset(name, np.zeros((30, 784), dtype=np.uint8), np.arange(30, dtype=np.uint8) % 10)


def test_the_oldest_dataset_gives_way() -> None:
    mine = Datasets()
    for number in range(KEPT_DATASETS + 1):
        mine.bring(f"{number}.csv", dataset(f"{number}.csv"))
    assert list(mine.uploads) == [f"{number}.csv" for number in range(1, KEPT_DATASETS + 1)]
    with pytest.raises(NotHereError, match=r"0\.csv is not loaded in this session"):
        mine.get("0.csv")


def test_a_file_brought_again_replaces_itself_and_is_the_newest() -> None:
    mine = Datasets()
    for number in range(KEPT_DATASETS):
        mine.bring(f"{number}.csv", dataset("first"))
    mine.bring("0.csv", dataset("second"))
    assert mine.get("0.csv").name == "second"
    mine.bring("new.csv", dataset("new"))
    assert "0.csv" in mine.uploads
    assert "1.csv" not in mine.uploads


@pytest.mark.parametrize("name", ["embedded", "mnist"])
def test_a_file_cannot_take_the_place_of_a_dataset_of_the_app(name: str) -> None:
    mine = Datasets()
    mine.bring(name, dataset("impostor"))
    try:
        found = mine.get(name).name
    except DataError:
        return
    assert found != "impostor"
