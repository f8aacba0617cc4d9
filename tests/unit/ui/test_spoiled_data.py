"""Training on spoiled data: stated wherever it shows, set by the address, and refused in a sentence if impossible."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import csv_files
from data.dataset import DIGITS
from nn.batches import as_inputs
from tests.unit.ui.labelled_shapes import KINDS, shapes
from training.run_archive import bundle
from training.settings import NO_CLASS
from ui.state import opened_work, saved_work, uploaded_files
from ui.state.saved_work import Paper
from ui.state.session import Session
from ui.train.curves import _legend
from ui.widgets import canvas, run_settings

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow


def words(visit: Visit) -> str:
    """Return the text of the page, on one line, with a space between elements."""
    return " ".join(re.sub("<[^>]+>", " ", visit.html).split())


def test_the_address_spoils_the_labels_and_the_page_says_how_many(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"wrong_labels": "20", "wrong_from": "4", "wrong_to": "9", "epochs": "1"})
    train = visit.run.split.train
    wrong = train.wrong_labels
    assert train.true_labels is not None
    assert wrong == round(0.2 * (train.true_labels[train.rows] == 4).sum())
    assert f"{wrong} of 4,000 training labels are wrong." in words(visit)
    (measured,) = visit.run.snapshot().measurements
    names = [name for name, _, _ in _legend("accuracy", measured, 500, penalized=False)]
    assert names == ["train", "true", "dev"]


def test_the_labels_it_doubts_are_counted_and_shown_as_given_read_and_true(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"wrong_labels": "20", "epochs": "3"})
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    train, network = visit.run.split.train, visit.run.snapshot().network
    assert train.true_labels is not None
    given, true = train.labels[train.rows], train.true_labels[train.rows]
    shares = network.probabilities(as_inputs(train.images[train.rows]))
    order = np.argsort(shares[np.arange(len(given)), given], kind="stable")
    found = int((given != true)[order[:50]].sum())
    assert found > 25, "an untrained network finds 10"
    text = words(visit)
    assert f"Of the 50 labels it doubts most, {found} are wrong at step 189; picked at random, 10 would be." in text
    share = (given != true)[order[:800]].mean()
    assert f"Of the first 800, as many as are wrong in all, {share:.1%} are." in text
    first = order[0]
    assert f"labelled {given[first]} read {shares[first].argmax()} really {true[first]}" in text


def test_clean_data_show_what_is_doubted_when_asked(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    assert " labelled " not in words(visit)
    visit.app.toggle(key="show_doubts").set_value(True).run()
    text = words(visit)
    assert "The 50 of 4,000 training digits whose labels it finds least probable at step 0." in text
    assert text.count(" labelled ") == 50
    assert "really" not in text.partition("Labels it doubts")[2]


def test_clean_data_have_neither_the_sentence_nor_the_curve(new_visit: NewVisit) -> None:
    visit = new_visit("train")
    assert "what_to_watch" not in visit.html
    (measured,) = visit.run.snapshot().measurements
    assert [name for name, _, _ in _legend("accuracy", measured, 500, penalized=False)] == ["train", "dev"]


def test_the_classes_of_the_dataset_at_hand_are_spoiled_by_their_names(new_visit: NewVisit) -> None:
    visit = new_visit("dataset")
    visit.app.session_state["naming"] = "Custom names"
    visit.app.run()
    visit.app.session_state["class_names"] = ", ".join(KINDS)
    visit.app.run()
    visit.upload("upload_csv", "shapes.csv", csv_files.write(*shapes(30)))
    visit.go("train")
    visit.app.selectbox(key="dataset").set_value("shapes.csv").run()
    assert visit.app.selectbox(key="left_out").options == ["No class", *KINDS]
    assert visit.app.selectbox(key="wrong_to").options == ["Any other", *KINDS]
    visit.app.selectbox(key="left_out").set_value("half & half").run()
    assert visit.run.settings.left_out == "half & half"
    assert visit.run.split.train.class_counts()[KINDS.index("half & half")] == 0
    assert visit.app.query_params["left_out"] == "half & half"
    assert run_settings.in_words("left_out", visit.run.settings.left_out) == "half & half left out"

    visit.click("step")
    archive = zipfile.ZipFile(io.BytesIO(bundle("Run 1", visit.run.snapshot(), visit.run.split, b"")))
    assert json.loads(archive.read("run-1/run.json"))["settings"]["left_out"] == "half & half"
    work = uploaded_files.work(saved_work.saved(visit.session, Paper()), "work")
    opened = opened_work.checked(work, "work", Session(), canvas.CANVAS)
    assert opened.run is not None
    assert opened.run.settings.left_out == "half & half"
    assert opened.run.split.train.class_counts()[KINDS.index("half & half")] == 0

    visit.app.selectbox(key="dataset").set_value("embedded").run()
    assert not visit.alerts
    assert visit.session.settings.left_out == NO_CLASS, "no digit has this name"
    assert visit.app.selectbox(key="left_out").options == ["No class", *DIGITS]
    assert "left_out" not in visit.app.query_params
    assert visit.session.datasets.split(visit.session.settings).train.class_counts().all()


def test_an_address_names_a_class_or_is_put_right(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"left_out": "7"})
    assert visit.run.split.train.class_counts()[7] == 0
    visit = new_visit("train", {"left_out": "M"})
    assert "Class left out can&#39;t be “M”, so it is No class." in visit.html
    assert visit.run.split.train.class_counts().all()


def test_more_digits_than_there_are_leave_a_run_and_say_so(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"per_class": "1000"})
    (sentence,) = visit.alerts
    assert "training examples, and 1,000 are wanted: choose at most" in sentence
    assert len(visit.run.split.train) == 4000
    visit.app.session_state["per_class"] = 10
    visit.app.run()
    assert not visit.alerts
    assert visit.run.split.train.class_counts().tolist() == [10] * 10
