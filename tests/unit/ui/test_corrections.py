"""Corrections accumulate, can be undone one by one, and can be downloaded and reloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import photograph_simulation as photographs
from data import csv_files
from data.dataset import DIGITS
from models.reader import Reader
from models.weights import SavedNetwork
from nn.batches import as_inputs
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer
from testing import sample_digits
from training import fine_tuning
from training.fine_tuning import fine_tune
from ui.state import corrections, shared_resources
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import ImageSource, StrokeSource
from ui.state.network_names import CORRECTED, SHIPPED
from ui.state.session import Session
from ui.widgets.canvas import CANVAS

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "own"


def drawn(name: str, label: int) -> CorrectedDigit:
    return CorrectedDigit(label, StrokeSource(sample_digits.digit(name), CANVAS))


@pytest.fixture(scope="module")
def trained() -> Network:
    """Return a small network trained on digits."""
    network = Network.initialize((784, 32, 10), rng=np.random.default_rng(0))
    images, labels = csv_files.embedded().split(0, 500, 500).train.take()
    trainer = Trainer(
        network,
        Optimizer(OPTIMIZERS["adam"]),
        as_inputs(images),
        labels,
        learning_rate=0.003,
        batch_size=64,
        rng=np.random.default_rng(1),
    )
    while trainer.position.epoch < 4:
        trainer.step()
    return network


@pytest.fixture
def session(trained: Network) -> Session:
    """Return a session in which that network is selected."""
    session = Session()
    session.networks.saved[NAME] = SavedNetwork(trained.copy())
    session.networks.chosen = NAME
    return session


def reading(session: Session) -> Reader:
    return session.networks.reader(session.networks.chosen)


def read(session: Session, corrected: CorrectedDigit) -> int | None:
    return corrected.source.read(reading(session)).digit


@pytest.mark.parametrize("rows", [list(range(5_000)), [1, 1], [-1], [True], [5_000], ["1"], 7], ids=str)
def test_a_file_s_list_of_held_out_digits_is_ignored_unless_it_can_be_true(session: Session, rows: object) -> None:
    saved = SavedNetwork(reading(session).network, {"embedded_held_out": rows})
    session.networks.saved[NAME] = saved
    assert len(session.networks.embedded_dev(NAME, Reader(saved))) == 500
    session.corrections.learn([drawn("3", 3)])


def test_an_earlier_correction_survives_the_next_one(session: Session) -> None:
    first, second = drawn("7", 1), drawn("2", 5)
    session.corrections.learn([first])
    assert read(session, first) == 1
    session.corrections.learn([second])
    assert (read(session, first), read(session, second)) == (1, 5)


@pytest.mark.parametrize("at", ["embedded_dev", "fine_tune", "_accuracy"])
def test_a_correction_that_fails_leaves_everything_as_it_was(
    session: Session, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise MemoryError

    session.corrections.learn([drawn("7", 1)])
    before = list(session.networks.saved.items()), session.networks.chosen, list(session.corrections.digits)
    owner = {"embedded_dev": session.networks, "fine_tune": fine_tuning}.get(at, corrections)
    monkeypatch.setattr(owner, at, no_memory)
    with pytest.raises(MemoryError):
        session.corrections.learn([drawn("2", 5)])
    assert before == (list(session.networks.saved.items()), session.networks.chosen, session.corrections.digits)
    assert len(session.corrections.made) == 1


def test_corrections_are_undone_one_by_one(session: Session, trained: Network) -> None:
    taught = [drawn("7", 1), drawn("2", 5), drawn("4", 9)]
    vectors = []
    for digit in taught:
        session.corrections.learn([digit])
        vectors.append(reading(session).network.vector.copy())
    assert session.networks.chosen == f"{NAME}{CORRECTED}"
    for left in (2, 1):
        session.corrections.undo()
        assert len(session.corrections.digits) == len(session.corrections.made) == left
        np.testing.assert_array_equal(reading(session).network.vector, vectors[left - 1])
    session.corrections.undo()
    assert (session.networks.chosen, list(session.networks.saved), session.corrections.digits) == (NAME, [NAME], [])
    np.testing.assert_array_equal(session.networks.reader(NAME).network.vector, trained.vector)


def test_a_correction_measures_both_networks(session: Session) -> None:
    before = session.networks.reader(NAME)
    digit = drawn("7", 1)
    session.corrections.learn([digit])
    (correction,) = session.corrections.made
    after = reading(session)
    images, labels = session.networks.embedded_dev(NAME, before).take()
    assert correction.probability_before == pytest.approx(digit.source.read(before).shares[1])
    assert correction.probability_after == pytest.approx(digit.source.read(after).shares[1])
    assert correction.dev_accuracy_before == (before.probabilities(images).argmax(axis=1) == labels).mean()
    assert correction.dev_accuracy_after == (after.probabilities(images).argmax(axis=1) == labels).mean()
    assert correction.dev_accuracy_before - correction.dev_accuracy_after < 0.05


def test_forgetting_begins_at_the_network_before_all_corrections(session: Session) -> None:
    for digit in (drawn("7", 1), drawn("2", 5)):
        session.corrections.learn([digit])
    forgetting = session.corrections.forgetting()
    while forgetting.advance(1) is not None:
        pass
    found = forgetting.snapshot()
    assert found.taught == (0, 1, 2)
    assert found.rehearsed[0] == found.alone[0] == session.corrections.made[0].dev_accuracy_before
    assert forgetting.dev_digits == session.corrections.made[0].dev_digits


def test_dev_digits_are_not_rehearsed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accuracy on rehearsed digits would hide what the correction cost."""
    rehearsed: list[np.ndarray[tuple[int, ...], np.dtype[np.floating]]] = []

    def watched(network: Network, given: tuple, known: tuple, *, rng: np.random.Generator) -> object:  # type: ignore[type-arg]
        rehearsed.append(known[0])
        return fine_tune(network, given, known, rng=rng)

    monkeypatch.setattr("training.fine_tuning.fine_tune", watched)
    dev = session.networks.embedded_dev(NAME, session.networks.reader(NAME))
    session.corrections.learn([drawn("7", 1)])
    known = shared_resources.embedded_inputs()
    others = np.delete(known.plain, dev.rows, axis=0)
    assert len(others) == len(known.labels) - len(dev)
    np.testing.assert_array_equal(rehearsed[0], others)


def test_a_correction_leaves_the_built_in_network_unchanged() -> None:
    session = Session()
    before = shared_resources.shipped_reader().network.vector.copy()
    session.corrections.learn([drawn("7", 1)])
    assert session.networks.chosen == f"{SHIPPED}{CORRECTED}"
    np.testing.assert_array_equal(shared_resources.shipped_reader().network.vector, before)
    assert reading(session).decision_rule.threshold == shared_resources.shipped_reader().decision_rule.threshold


def mnist_images(given: Sequence[CorrectedDigit]) -> list[tuple[int, bytes]]:
    return [(each.label, each.source.mnist_image().tobytes()) for each in given]


def test_digits_survive_a_file_of_strokes() -> None:
    given = [drawn("7", 1), drawn("4", 4)]
    again = corrections.from_file(corrections.as_strokes(given), "corrected-digits.json", CANVAS)
    assert [each.label for each in again] == [1, 4]
    for before, after in zip(given, again, strict=True):
        assert isinstance(before.source, StrokeSource)
        assert isinstance(after.source, StrokeSource)
        for one, other in zip(before.source.strokes, after.source.strokes, strict=True):
            np.testing.assert_allclose(one, other, atol=0.005)


def test_digits_survive_a_csv_and_are_read_alike() -> None:
    given = [drawn("7", 1), drawn("4", 4)]
    again = corrections.from_file(corrections.as_csv(given), "Corrected.CSV", CANVAS)
    assert mnist_images(again) == mnist_images(given)
    for before, after in zip(given, again, strict=True):
        by_strokes, by_image = (each.source.read(shared_resources.shipped_reader()) for each in (before, after))
        assert by_strokes.digit == by_image.digit
        assert np.abs(by_strokes.image - by_image.image).mean() < 0.02


def test_digits_from_pictures_go_into_the_csv_only() -> None:
    given = [CorrectedDigit(3, ImageSource(photographs.photograph("ruled", 0).pixels[:28, :28, 0])), drawn("4", 4)]
    assert [each.label for each in corrections.from_file(corrections.as_csv(given), "a.csv", CANVAS)] == [3, 4]
    assert [each.label for each in corrections.from_file(corrections.as_strokes(given), "a.json", CANVAS)] == [4]


def test_only_a_network_that_reads_digits_can_be_corrected() -> None:
    """A network with other classes cannot rehearse digits, because their labels mean something else to it."""
    letters = {"classes": list("abcdefghij")}
    network = Network.initialize((784, 4, 10), rng=np.random.default_rng(0))
    assert not corrections.correctable(Reader(SavedNetwork(network, letters)))
    assert corrections.correctable(Reader(SavedNetwork(network, {"classes": list(DIGITS)})))
