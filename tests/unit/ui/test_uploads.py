"""A visitor's files are shown at once and can be used; broken and hostile ones change nothing, and names stay text."""

from __future__ import annotations

import io
import os
import pickle
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import csv_files
from models import weights
from models.weights import SavedNetwork
from nn.network import Network
from testing import sample_digits
from tests.unit.ui.visit import Elements, Visit, as_fabric, assert_nothing_foreign
from ui.routes import ROUTES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


MARKUP = "<img src=x onerror=alert(1)>"


def network(classes: int = 10, inputs: int = 784) -> Network:
    return Network.initialize((inputs, 8, classes), rng=np.random.default_rng(1))


def weights_file(name: str = "mine") -> bytes:
    return weights.save(SavedNetwork(network(), {"name": name}))


def csv_file(rows: int = 40) -> bytes:
    return csv_files.write(*csv_files.embedded().examples.take(limit=rows))


def markdown_elements(text: str) -> list[str]:
    """Return whatever Markdown would treat as an image, link or HTML, because no backslash escapes it."""
    return re.findall(r"(?<!\\)(?:!?\[[^\]]*(?<!\\)\]\(|<[a-zA-Z/!])", text)


def test_a_good_csv_is_shown_at_once_and_can_be_learned_from(visit: Visit) -> None:
    visit.go("dataset")
    visit.upload("upload_csv", "mine.csv", csv_file())
    assert not visit.alerts
    assert visit.app.selectbox(key="shown_dataset").value == "mine.csv"
    assert "40 digits" in Elements(visit.html).text
    visit.go("train")
    assert "mine.csv" in visit.app.selectbox(key="dataset").options


@pytest.mark.parametrize("rows", [40, 200])
def test_a_csv_can_be_chosen_to_learn_from_whatever_its_size(visit: Visit, rows: int) -> None:
    visit.go("dataset")
    visit.upload("upload_csv", "mine.csv", csv_file(rows))
    visit.go("train")
    visit.app.selectbox(key="dataset").set_value("mine.csv").run()
    assert not visit.app.exception
    visit.click("new_run")
    assert visit.run.settings.dataset == "mine.csv"
    assert len(visit.run.split.train) >= rows // 2


@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b"\x00\x01\x02", b"\x1f\x8b broken", csv_file()[:-300] + b",x\n"],
    ids=["empty", "other columns", "no text", "broken gzip", "torn"],
)
def test_a_broken_csv_leaves_everything_as_it_was(visit: Visit, content: bytes) -> None:
    visit.go("dataset")
    visit.upload("upload_csv", "good.csv", csv_file())
    visit.upload("upload_csv", "bad.csv", content)
    (sentence,) = visit.alerts
    assert sentence.startswith(("bad", "Row"))
    assert "Traceback" not in sentence
    assert list(visit.session.datasets.uploads) == ["good.csv"]
    assert visit.app.selectbox(key="shown_dataset").value == "good.csv"
    assert not visit.app.exception


class Hostile:
    """An object whose pickle would create a folder when loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_a_hostile_pickle_is_refused_and_never_runs(visit: Visit, tmp_path: Path) -> None:
    made = tmp_path / "made"
    visit.go("train")
    visit.upload("upload_weights", "hostile.pkl", pickle.dumps(Hostile(made)))
    (sentence,) = visit.alerts
    assert "hostile.pkl cannot be used" in sentence
    assert not made.exists()
    assert visit.session.networks.saved == {}


def nan_in_npz() -> bytes:
    file = io.BytesIO()
    np.savez(file, W1=np.zeros((784, 10), dtype=np.float32), b1=np.full(10, np.nan, dtype=np.float32))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("torn.npz", weights_file()[:-200]),
        ("nan.npz", nan_in_npz()),
        ("empty.npz", b""),
        ("other.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "),
        ("small.npz", weights.save(SavedNetwork(network(inputs=100)))),
    ],
)
def test_broken_weights_leave_everything_as_it_was(visit: Visit, name: str, content: bytes) -> None:
    visit.go("train")
    visit.upload("upload_weights", "good.npz", weights_file())
    visit.upload("upload_weights", name, content)
    assert len(visit.app.error) == 1
    assert not visit.app.success
    assert list(visit.session.networks.saved) == ["good.npz"]
    assert not visit.app.exception


def test_uploaded_weights_can_be_drawn_for(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "good.npz", weights_file())
    assert visit.alerts == ["good.npz is ready. Choose it as the network on the Draw page."]
    visit.go("")
    visit.app.selectbox(key="network").set_value("good.npz").run()
    visit.draw(as_fabric(sample_digits.digit("3")))
    assert visit.session.networks.reader(visit.session.networks.chosen).network.sizes == (784, 8, 10)
    assert visit.answer["is_class"]


def test_names_full_of_markup_stay_names(visit: Visit) -> None:
    """Class names come from a weights file; dataset and network names come from the uploaded file's name."""
    classes = [f"{MARKUP}{index}" for index in range(5)] + [f"'\"><b>{index}" for index in range(5)]
    visit.go("dataset")
    visit.upload("upload_csv", f"{MARKUP}.csv", csv_file())
    visit.go("train")
    content = weights.save(SavedNetwork(network(), {"name": MARKUP, "classes": classes}))
    visit.upload("upload_weights", f"{MARKUP}.npz", content)
    visit.app.session_state["dataset"] = f"{MARKUP}.csv"
    visit.app.session_state["dev_size"] = 10
    visit.app.session_state["test_size"] = 10
    visit.app.run()
    visit.click("new_run")
    visit.go("")
    visit.app.selectbox(key="network").set_value(f"{MARKUP}.npz").run()
    visit.draw(as_fabric(sample_digits.digit("3")))
    assert {name for name, *_ in visit.answer["bars"]} == set(classes)
    for route in ROUTES:
        visit.go(route.url_path)
        assert not visit.app.exception
        assert_nothing_foreign(visit.html)


def test_a_csv_cannot_make_the_page_ask_another_host(visit: Visit) -> None:
    """Streamlit renders messages as Markdown, so a column named like an image would make the browser fetch it."""
    header = "label,![](http://example.org/seen.png),[click](http://example.org),<img src=x>,"
    header += ",".join(f"p{index}" for index in range(781))
    visit.go("dataset")
    for column in (1, 2, 3):
        cells = ["0"] * 785
        cells[column] = "999"
        visit.upload("upload_csv", f"{column}.csv", f"{header}\n{','.join(cells)}\n".encode())
        (sentence,) = visit.markdown_alerts
        assert markdown_elements(sentence) == []


def test_the_network_chosen_for_drawing_is_kept_over_another_page(visit: Visit) -> None:
    visit.go("train")
    visit.upload("upload_weights", "good.npz", weights_file())
    visit.go("")
    visit.app.selectbox(key="network").set_value("good.npz").run()
    visit.go("train")
    visit.go("")
    assert visit.app.selectbox(key="network").value == "good.npz"
