"""The Dataset page browses digits and accepts files with any classes, whose names Train, Draw and Look use."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import csv_files, download
from data.dataset import ColumnRoles, DataError
from tests.unit.ui.labelled_shapes import KINDS, shapes
from tests.unit.ui.visit import Elements, as_fabric
from ui.dataset import unlabelled_images
from ui.state import shared_resources

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

CROSS = [np.array([[60.0, 60.0], [220.0, 220.0]]), np.array([[220.0, 60.0], [60.0, 220.0]])]


@pytest.fixture
def dataset(new_visit: NewVisit) -> Visit:
    return new_visit("dataset")


def text(visit: Visit) -> str:
    return Elements(visit.html).text


def choose(visit: Visit, key: str, option: object) -> None:
    visit.app.session_state[key] = option
    visit.app.run()
    assert not visit.app.exception


def name_classes(visit: Visit, *, first: int = 0) -> None:
    """Set the class names for the labels of uploaded files."""
    choose(visit, "naming", "Custom names")
    choose(visit, "class_names", ", ".join(KINDS))
    visit.app.session_state["first_label"] = first
    visit.app.run()


def test_digits_are_browsed_by_class_and_split(dataset: Visit) -> None:
    embedded = csv_files.embedded()
    split = embedded.split(0, *embedded.default_sizes)
    assert "5,000 digits4,000 train500 dev500 test" in text(dataset)
    assert dataset.html.count("alt='The mean ") == 10
    choose(dataset, "shown_class", 7)
    for part in ("train", "dev", "test"):
        choose(dataset, "shown_part", part)
        assert f" of {len(getattr(split, part).rows_of(7)):,} of 7" in text(dataset)
        assert re.fullmatch(r"\d+ digits: 7( 7)*", Elements(dataset.html).by_id("digits")["alt"] or "")


def test_the_first_rows_are_those_of_the_csv(dataset: Visit) -> None:
    digits = csv_files.embedded()
    table = dataset.html.split("id='first_rows'")[1].split("</table>")[0]
    shown = [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in table.split("<tr>")[1:]]
    assert shown == [line.split(",") for line in csv_files.write(digits.images[:5], digits.labels[:5]).decode().split()]


def test_a_network_trains_on_other_classes_and_draw_and_learn_use_their_names(dataset: Visit) -> None:
    name_classes(dataset)
    dataset.upload("upload_csv", "shapes.csv", csv_files.write(*shapes(50)))
    assert "600 images" in text(dataset)
    assert "600 digits" not in text(dataset)
    choose(dataset, "shown_class", KINDS.index("half & half"))
    assert Elements(dataset.html).by_id("digits")["alt"] == "40 images: " + " ".join(["half & half"] * 40)
    dataset.go("train")
    dataset.app.selectbox(key="dataset").set_value("shapes.csv").run()
    dataset.app.number_input(key="epochs").set_value(40).run()
    dataset.click("train")
    dataset.wait_until_idle(seconds=60)
    dataset.app.run()
    assert dataset.run.snapshot().measurements[-1].dev_accuracy > 0.9
    dataset.go("")
    dataset.app.selectbox(key="network").set_value("Run 1").run()
    dataset.draw(as_fabric(CROSS))
    assert dataset.answer["sentence"].startswith("That's cross.")
    dataset.go("look")
    assert "One image, all the way through" in text(dataset)


def test_idx_files_with_labels_from_one_are_read_with_their_test_set(dataset: Visit) -> None:
    name_classes(dataset, first=1)
    files = []
    for part, count, seed in (("train", 30, 0), ("test", 10, 1)):
        images, labels = shapes(count, seed)
        head = struct.pack(">4i", 2051, len(images), 28, 28)
        files.append((f"shapes-{part}-images-idx3-ubyte", head + images.tobytes(), "application/octet-stream"))
        content = struct.pack(">2i", 2049, len(labels)) + (labels + 1).tobytes()
        files.append((f"shapes-{part}-labels-idx1-ubyte", content, "application/octet-stream"))
    dataset.app.file_uploader(key="upload_idx").set_value(files[:1]).run()
    (sentence,) = dataset.alerts
    assert "One file of images and one of labels are needed" in sentence
    dataset.app.file_uploader(key="upload_idx").set_value(files).run()
    assert not dataset.alerts
    assert "480 images" in text(dataset)
    assert "plus a separate test set" in text(dataset)


def test_an_adjustment_is_said_and_undone(dataset: Visit) -> None:
    images, labels = csv_files.embedded().examples.take(limit=300)
    dataset.upload("upload_csv", "scan.csv", csv_files.write(np.invert(images), labels))
    assert "The images were inverted" in text(dataset)
    dataset.click("undo_adjustment_0")
    assert "Its paper is white, as in the file." in text(dataset)
    np.testing.assert_array_equal(dataset.session.datasets.get("scan.csv").images, np.invert(images))
    dataset.click("undo_adjustment_0")
    assert "The images were inverted" in text(dataset)
    np.testing.assert_array_equal(dataset.session.datasets.get("scan.csv").images, images)
    dataset.click("undo_adjustment_0")
    dataset.upload("upload_csv", "scan.csv", csv_files.write(np.invert(images[:200]), labels[:200]))
    assert "The images were inverted" in text(dataset), "another file of the same name starts over"


def test_columns_that_were_guessed_are_said_and_chosen_again(dataset: Visit) -> None:
    images, labels = csv_files.embedded().examples.take(limit=300)
    rows = csv_files.write(np.invert(images), labels).partition(b"\n")[2]
    dataset.upload("upload_csv", "mine.csv", rows)
    assert "No column is named label. The first one holds the labels." in text(dataset)
    columns = dataset.app.selectbox(key="columns")
    assert columns.options == ["Labels first", "No labels, first left out"]
    columns.select_index(1).run()
    (sentence,) = dataset.alerts
    assert sentence.startswith("mine.csv holds 300 images but no labels")
    assert "Its columns are read as you chose." in text(dataset)
    dataset.click("undo_unlabelled_0")
    assert "Its paper is white, as in the file." in text(dataset)
    columns = dataset.app.selectbox(key="columns")
    assert columns.value == ColumnRoles(None, (0,))
    columns.select_index(0).run()
    assert not dataset.alerts
    np.testing.assert_array_equal(dataset.session.datasets.get("mine.csv").images, images)


def test_a_file_without_labels_is_said_to_have_none_and_is_read_by_a_network(dataset: Visit) -> None:
    images, _ = csv_files.embedded().examples.take(limit=20)
    pixels = csv_files.write(images, np.zeros(20, np.uint8)).decode()
    unlabelled = "\n".join(line.partition(",")[2] for line in pixels.splitlines())
    dataset.upload("upload_csv", "test.csv", unlabelled.encode())
    (sentence,) = dataset.alerts
    assert sentence.startswith("test.csv holds 20 images but no labels")
    assert dataset.html.count("An image read as ") == 10
    assert list(dataset.session.datasets.uploads) == []
    dataset.upload("upload_csv", "other.txt", b"nothing")
    assert "An image read as" not in dataset.html


def test_answers_are_numbered_from_one_and_quoted_where_needed() -> None:
    reader = shared_resources.shipped_reader()
    images = csv_files.embedded().images[: unlabelled_images.BATCH + 2]
    lines = unlabelled_images.answers(reader, images).decode().splitlines()
    assert lines[0] == "ImageId,Label"
    assert [line.partition(",")[0] for line in lines[1:]] == [str(i) for i in range(1, unlabelled_images.BATCH + 3)]
    assert sum(line.endswith(",0") for line in lines[1:501]) > 490
    assert unlabelled_images._quoted('a "b", c') == '"a ""b"", c"'


def test_without_names_no_file_can_be_uploaded_under_them(dataset: Visit) -> None:
    choose(dataset, "naming", "Custom names")
    assert dataset.app.file_uploader(key="upload_csv").disabled
    choose(dataset, "class_names", "cat, cat")
    assert dataset.alerts == ["The class name “cat” appears twice: each class needs its own name."]
    assert dataset.app.file_uploader(key="upload_csv").disabled


def test_a_failed_download_of_mnist_is_one_sentence_and_the_run_goes_on(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise DataError("MNIST could not be downloaded (127.0.0.1 did not answer).")

    monkeypatch.setattr(download, "fetch_mnist", fail)
    visit.go("train")
    run = visit.run
    visit.go("dataset")
    visit.click("fetch_mnist")
    assert visit.alerts == ["MNIST could not be downloaded (127.0.0.1 did not answer)."]
    visit.go("train")
    assert visit.run is run


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Create the four MNIST files, truncated to a few digits, in the folder where the app looks."""
    embedded = csv_files.embedded()
    for prefix, rows in (("train", slice(0, 3000)), ("t10k", slice(3000, 4000))):
        images, labels = embedded.images[rows], embedded.labels[rows]
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(
            struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes()
        )
        (tmp_path / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, len(labels)) + labels.tobytes())
    monkeypatch.setenv(download.FOLDER_SETTING, str(tmp_path))


@pytest.mark.usefixtures("small_mnist")
def test_mnist_is_used_where_it_is_and_stays_as_it_was_read_whatever_becomes_of_its_files(
    new_visit: NewVisit, tmp_path: Path
) -> None:
    visit = new_visit("dataset")
    choose(visit, "shown_dataset", "mnist")
    assert "4,000 digits" in text(visit)
    assert "1,000 test" in text(visit)
    visit.go("train")
    visit.app.selectbox(key="dataset").set_value("mnist").run()
    visit.click("new_run")
    visit.click("step")
    visit.wait_until_idle()
    assert visit.run.settings.dataset == "mnist"
    assert len(visit.run.split.test) == 1000
    for file in tmp_path.iterdir():
        file.write_bytes(b"something else")
    choose(visit, "seed", 5)
    visit.click("new_run")
    visit.click("step")
    visit.wait_until_idle()
    assert len(visit.run.split.test) == 1000
    assert visit.run.snapshot().position.step == 1
    assert visit.alerts == []


def test_a_damaged_mnist_is_named_and_can_be_downloaded_again(
    new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path)
    for file in download.MNIST_FILES:
        with (tmp_path / file.name).open("wb") as damaged:
            damaged.truncate(file.size)
    visit = new_visit("dataset")
    assert visit.alerts == ["train-images-idx3-ubyte.gz is not an IDX file of images: download it again."]
    assert visit.app.button(key="fetch_mnist").label == "Download MNIST"


def test_a_run_keeps_its_data_when_another_file_of_the_same_name_is_uploaded(new_visit: NewVisit) -> None:
    visit = new_visit("dataset")
    embedded = csv_files.embedded().examples
    visit.upload("upload_csv", "mine.csv", csv_files.write(*embedded.take(limit=200)))
    visit.go("train")
    visit.app.selectbox(key="dataset").select("mine.csv").run()
    visit.click("step")
    visit.wait_until_idle()
    visit.go("dataset")
    visit.upload("upload_csv", "mine.csv", csv_files.write(*embedded.take(limit=100)))
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    run = visit.run
    assert (run.snapshot().position.step, sum(map(len, (run.split.train, run.split.dev, run.split.test)))) == (2, 200)
    assert not visit.app.exception


def test_a_folder_that_does_not_exist_is_named_and_the_app_goes_on(
    new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(download.FOLDER_SETTING, str(tmp_path / "nowhere"))
    visit = new_visit("dataset")
    (sentence,) = visit.alerts
    assert "nowhere" in sentence
    assert "5,000 digits" in text(visit)
    visit.go("")
    visit.draw(as_fabric(CROSS))
    assert not visit.app.exception
