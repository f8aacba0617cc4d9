"""If a file that comes with the app is missing or damaged, pages say so, and everything else keeps working."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from data import csv_files, image_adjustments
from data.dataset import DataError
from testing import sample_digits
from tests.unit.ui.visit import as_fabric
from ui.state import shared_resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.ui.conftest import NewVisit

pytestmark = pytest.mark.slow

NO_NETWORK = (
    "The built-in network, digits.npz, is missing or damaged: train one and choose it, or install the app again."
)
NO_DIGITS = "The embedded digits, mnist_5k.csv.gz, are missing or damaged: use other data, or install the app again."
DAMAGE = ("missing", "cut off", "altered")


def damaged(file: Path, damage: str, folder: Path) -> Path:
    """Return a file of the same name that is missing, truncated, or differs in one bit."""
    path, content = folder / file.name, bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    if damage != "missing":
        path.write_bytes(content if damage == "altered" else content[: len(content) // 2])
    return path


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    cached = (shared_resources.shipped_reader, shared_resources.small_reader, shared_resources.embedded_inputs)

    def forget() -> None:
        for each in cached:
            each.clear()
        image_adjustments.embedded_means.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture(params=["altered"])
def _no_network(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_resources, "WEIGHTS", damaged(shared_resources.WEIGHTS, request.param, tmp_path))


@pytest.fixture(params=["altered"])
def _no_digits(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = damaged(csv_files.EMBEDDED, request.param, tmp_path)
    for module in (csv_files, image_adjustments):
        monkeypatch.setattr(module, "EMBEDDED", path)


@pytest.mark.usefixtures("_no_network", "_no_digits")
@pytest.mark.parametrize(("_no_network", "_no_digits"), [(each, each) for each in DAMAGE], indirect=True)
def test_whatever_is_wrong_with_a_file_is_one_sentence() -> None:
    with pytest.raises(DataError) as no_network:
        shared_resources.shipped_reader()
    assert (str(no_network.value), shared_resources.embedded_problem()) == (NO_NETWORK, NO_DIGITS)


@pytest.mark.usefixtures("_no_network")
def test_without_the_built_in_network_draw_says_so_and_takes_another(new_visit: NewVisit) -> None:
    visit = new_visit()
    assert visit.alerts == [NO_NETWORK]
    assert not visit.app.exception
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    visit.session.networks.choose_run()
    visit.go("")
    visit.draw(as_fabric(sample_digits.digit("3")))
    assert visit.alerts == []
    assert visit.answer["strokes"] == 1
    for page in ("look", "break", "compare", "dataset"):
        visit.go(page)
        assert not visit.app.exception
        assert visit.alerts == []


@pytest.mark.usefixtures("_no_digits")
def test_without_the_embedded_digits_draw_reads_and_others_say_what_they_lack(new_visit: NewVisit) -> None:
    rng = np.random.default_rng(0)
    digits = csv_files.write(rng.integers(256, size=(60, 784), dtype=np.uint8), np.arange(60, dtype=np.uint8) % 10)
    visit = new_visit()
    visit.draw(as_fabric(sample_digits.digit("3")))
    assert visit.answer["sentence"].startswith("That's a 3")
    assert visit.app.button(key="example_random").help == NO_DIGITS
    (popover,) = [each.proto.popover for each in visit.app.get("popover") if each.proto.popover.label == "Not right?"]
    assert (popover.disabled, popover.help) == (True, NO_DIGITS)
    visit.app.session_state["why"] = True
    visit.app.run()
    assert visit.alerts == [NO_DIGITS]
    for page in ("look", "break", "train", "dataset"):
        visit.go(page)
        assert not visit.app.exception
        assert visit.alerts == [NO_DIGITS]
    visit.upload("upload_csv", "mine.csv", digits)
    visit.go("train")
    visit.app.selectbox(key="dataset").select("mine.csv").run()
    assert visit.alerts == []
    visit.click("step")
    visit.wait_until_idle()
    assert visit.run.snapshot().position.step == 1
    bare = io.BytesIO()
    np.savez(bare, rng.normal(size=(784, 10)).astype(np.float32))
    visit.upload("upload_weights", "bare.npz", bare.getvalue())
    assert visit.alerts[0].endswith("Choose what it was trained with.")
    visit.go("compare")
    assert not visit.app.exception


def test_data_in_use_stay_as_they_were_read_when_their_file_changes(
    new_visit: NewVisit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    file = tmp_path / csv_files.EMBEDDED.name
    file.write_bytes(csv_files.EMBEDDED.read_bytes())
    for module in (csv_files, image_adjustments):
        monkeypatch.setattr(module, "EMBEDDED", file)
    visit = new_visit(page="train")
    visit.click("step")
    visit.wait_until_idle()
    images = visit.run.split.train.images
    before = images.tobytes()
    other = csv_files.write(rng.integers(256, size=(60, 784), dtype=np.uint8), np.arange(60, dtype=np.uint8) % 10)
    for changed in (other, b""):
        file.write_bytes(changed)
        visit.click("step")
        visit.wait_until_idle()
        visit.go("dataset")
        assert visit.alerts == []
        visit.go("train")
        assert visit.alerts == []
        assert new_visit(page="train").alerts == []
    assert visit.run.snapshot().position.step == 3
    assert images.tobytes() == before
