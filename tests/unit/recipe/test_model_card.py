"""The model card is accurate: its figures are measured again, and an altered figure is caught."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.download import MNIST_FILES
from ink.mnist_format import image_from_strokes
from models import weights
from models.reader import Reader
from models.weights import SavedNetwork
from nn.network import Network
from recipe import model_card, reading_accuracy
from recipe.hyperparameters import Recipe, hyperparameters
from recipe.negatives import catalogue
from recipe.reading_accuracy import Answers
from recipe.sources import INK_FILES, Sources

FOLDER = Path(__file__).parents[3] / "models"
FILE = FOLDER / "digits.npz"
CARD = FOLDER / "README.md"


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] of `of` digits."""

    value: float
    of: int

    @property
    def verge(self) -> float:
        """The tolerance: other CPUs add in a different order, which may flip a borderline digit."""
        return max(VERGE_COUNT / self.of, 0.0004) + 0.00005  # plus the card's rounding


Fact = str | int | Share
Facts = dict[str, list[Fact]]
"""For the first cell of a row of the card, the cells that must follow it."""

VERGE_COUNT = 2


def rows(card: str) -> dict[str, list[str]]:
    """Return the rows of all the card's tables, as a dict from the first cell to the others."""
    table = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("| ")]
    return {first.strip("`"): [cell.strip("`") for cell in cells] for first, *cells in table}


def agrees(cell: str, fact: Fact) -> bool:
    match fact:
        case str():
            return cell == fact
        case int():
            return abs(int(cell.replace(",", "")) - fact) <= VERGE_COUNT
        case Share():
            return abs(float(cell.rstrip("%")) / 100 - fact.value) <= fact.verge


def lies(card: str, facts: Facts) -> list[str]:
    """Return the first cells of the rows that are missing or disagree with the facts."""
    written = rows(card)
    return [
        name
        for name, cells in facts.items()
        if not all(map(agrees, written.get(name, []), cells)) or len(written.get(name, [])) < len(cells)
    ]


@pytest.fixture(scope="module")
def card() -> str:
    return CARD.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def saved() -> SavedNetwork:
    return weights.load(FILE)


@pytest.fixture(scope="module")
def file_facts(saved: SavedNetwork) -> Facts:
    content = FILE.read_bytes()
    with np.load(FILE) as file:
        stored = file["W1"].dtype
    facts: Facts = {
        "Size, bytes": [f"{len(content):,}"],
        "SHA-256": [hashlib.sha256(content).hexdigest()],
        "Layers": ["-".join(str(W.shape[0]) for W in saved.network.parameters[0::2]) + "-11"],
        "Activation": list(saved.network.activations),
        "Parameters": [f"{sum(array.size for array in saved.network.parameters):,}"],
        "Type": [str(stored)],
        "Temperature": [f"{Reader(saved).decision_rule.temperature:.4f}"],
        "Rejected above": [f"{Reader(saved).decision_rule.threshold:.4f}"],
    }
    for name, value in saved.about["hyperparameters"].items():
        facts[name] = [", ".join(map(str, value)) if isinstance(value, list) else str(value)]
    for file in MNIST_FILES:
        facts[file.name] = [file.sha256]
    facts["embedded"] = scores(saved, *csv_files.embedded().examples.take())
    return facts


def scores(saved: SavedNetwork, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> list[Fact]:
    """The number of digits, and the shares read correctly and rejected."""
    reader = Reader(saved)
    return [len(labels), *shares(Answers.of(reader.decision_rule, reader.logits(images), labels))]


def shares(answers: Answers) -> list[Fact]:
    """The shares read correctly and rejected."""
    n = len(answers.correct)
    return [Share(float(answers.correct.mean()), n), Share(float(answers.rejected.mean()), n)]


@pytest.fixture(scope="module")
def mnist_facts(saved: SavedNetwork, mnist_folder: Path) -> Facts:
    mnist = idx_files.read_folder(mnist_folder)
    split = mnist.split(saved.about["seed"], Recipe().dev_examples, 0)
    facts: Facts = {name: scores(saved, *part.take()) for name, part in (("train", split.train), ("dev", split.dev))}
    images, labels = split.test.take()
    reader = Reader(saved)
    logits = reader.logits(images)
    facts["test"] = [len(labels), *shares(Answers.of(reader.decision_rule, logits, labels))]
    read = reader.decision_rule.probabilities(logits).argmax(axis=1)
    return facts | {str(digit): np.bincount(read[labels == digit], minlength=10).tolist() for digit in range(10)}


@pytest.fixture(scope="module")
def all_ink(mnist_folder: Path, ink_folder: Path) -> Sources:
    """All that the shipped network was made from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGIT_LAB_MNIST", str(mnist_folder))
        patch.setenv("DIGIT_LAB_INK", str(ink_folder))
        found = Sources.found()
    if len(found.ink) < len(INK_FILES):
        pytest.skip("DIGIT_LAB_INK does not name the folder of all recorded drawings")
    return found


@pytest.fixture(scope="module")
def drawn_facts(saved: SavedNetwork, all_ink: Sources) -> Facts:
    """What the card says about recorded drawings: some figures measured again exactly, others summed from the file.

    All of them take two minutes, which `python -m recipe --measure` spends.
    """
    recorded, reader, drawn = all_ink.recorded, Reader(saved), saved.about["drawn"]
    n = Counter(digit.site for digit in recorded)

    def whole(figure: str) -> Share:
        return Share(sum(n[site] * drawn["by_site"][site][figure] for site in n) / len(recorded), len(recorded))

    facts: Facts = {"trained on, from strokes": [whole("right"), whole("refused")]}
    for pen in (max(reading_accuracy.PENS),):
        some = recorded[:: reading_accuracy.EVERY]
        logits = reading_accuracy.logits_of(reader.network, reading_accuracy.images_from_pixels(some, pen))
        answers = Answers.of(reader.decision_rule, logits, reading_accuracy.labels_of(some))
        facts[f"trained on, from pixels, pen of {pen} px"] = shares(answers)
    rng = np.random.default_rng(reading_accuracy.NEGATIVES_SEED)
    for number, kind in enumerate(catalogue.KINDS):
        made = [catalogue.make(kind, rng, recorded) for _ in range(reading_accuracy.PER_KIND)]
        if number % 4 == 0:
            images = {kind: np.stack([image_from_strokes(drawing) for drawing in made])}
            rejected = reading_accuracy.rejected_by_kind(reader.decision_rule, reader.network, images)
            facts[kind] = [round(100 * rejected[kind])]
    return facts


@pytest.mark.slow
def test_the_file_states_what_is_read_of_each_site_s_drawings(saved: SavedNetwork, all_ink: Sources) -> None:
    """One writer of each large site, all writers of the others; the file's counts add up to the card's totals."""
    reader, drawn = Reader(saved), saved.about["drawn"]
    sites = {site: [digit for digit in all_ink.recorded if digit.site == site] for site in drawn["by_site"]}
    for site, digits in sites.items():
        small = len(digits) < 1_250
        some = digits if small else [digit for digit in digits if digit.writer == digits[0].writer]
        logits = reading_accuracy.logits_of(reader.network, reading_accuracy.images_from_strokes(some))
        answers = Answers.of(reader.decision_rule, logits, reading_accuracy.labels_of(some)).figures()
        stated = drawn["by_site"][site] if small else {"right": drawn["by_writer"][some[0].writer]}
        for figure, value in stated.items():
            assert answers[figure] == pytest.approx(value, abs=1.5 / len(some)), (site, figure)


@pytest.mark.parametrize(
    "which",
    [
        "file_facts",
        pytest.param("mnist_facts", marks=pytest.mark.slow),
        pytest.param("drawn_facts", marks=pytest.mark.slow),
    ],
)
def test_the_card_states_the_facts_and_any_altered_figure_is_caught(
    which: str, card: str, request: pytest.FixtureRequest
) -> None:
    """In one test, because parallel workers would each measure the facts."""
    facts: Facts = request.getfixturevalue(which)
    assert lies(card, facts) == []
    for name, cells in facts.items():
        for column, fact in enumerate(cells):
            altered = [*cells]
            match fact:
                case str():
                    altered[column] = fact[:-1] + ("1" if fact[-1] != "1" else "2")
                case int():
                    altered[column] = fact + 5
                case Share():
                    altered[column] = Share(fact.value + 2.5 * fact.verge, fact.of)
            line = next(line for line in card.splitlines() if line.replace("`", "").startswith(f"| {name} |"))
            shown = [f"{cell.value:.2%}" if isinstance(cell, Share) else str(cell) for cell in altered]
            forged = card.replace(line, " | ".join(["| " + name, *shown]) + " |")
            assert lies(forged, facts) == [name], (name, column)


@pytest.mark.slow
def test_the_card_names_the_recorded_drawings_by_their_checksums(card: str, all_ink: Sources) -> None:
    assert all(checksum in card for checksum in all_ink.checksums.values())


def test_the_card_states_the_number_of_networks(card: str, saved: SavedNetwork) -> None:
    """The hidden layer is as large as theirs combined."""
    count, (units,) = (saved.about["hyperparameters"][name] for name in ("networks", "hidden_sizes"))
    assert saved.network.sizes[1] == count * units
    assert f"\n{count} networks, each with {units} units in its hidden layer, " in card


def test_the_file_was_made_by_the_current_recipe(saved: SavedNetwork) -> None:
    assert saved.about["hyperparameters"] == hyperparameters(Recipe())
    assert saved.about["seed"] == Recipe().seed


def test_the_embedded_digits_marked_as_held_out_are_those_in_dev(saved: SavedNetwork, mnist_folder: Path) -> None:
    """So none of them is among the digits it was trained on."""
    mnist = idx_files.read_folder(mnist_folder)
    split = mnist.split(saved.about["seed"], Recipe().dev_examples, 0)
    dev, train = ({image.tobytes() for image in part.take()[0]} for part in (split.dev, split.train))
    held_out = set(saved.about["embedded_held_out"])
    assert len(held_out) > 300
    for row, image in enumerate(csv_files.embedded().images):
        assert (image.tobytes() in dev) == (row in held_out) == (image.tobytes() not in train)


def test_the_card_is_written_by_the_recipe_from_the_file_alone(card: str, saved: SavedNetwork) -> None:
    assert model_card.text(saved, FILE) == card


def test_the_shipped_network_meets_the_project_s_targets(saved: SavedNetwork) -> None:
    """For unseen writers and sites, by the file's record of cross-validation networks trained for fewer epochs."""
    assert FILE.stat().st_size <= 5_000_000
    assert len(saved.network.sizes) == 3, "one hidden layer"
    assert saved.about["scores"]["test"]["right"] >= 0.994
    assert saved.about["scores"]["test"]["refused"] <= 0.01
    for held_out, right in (("writers", 0.99), ("sites", 0.98)):
        unseen = saved.about["cross_validation"][held_out]
        assert unseen["writers"] >= 50
        assert unseen["strokes"]["right"] >= right
        assert np.mean([figures["right"] for figures in unseen["pixels"].values()]) >= right - 0.005
        for figures in (unseen["strokes"], *unseen["pixels"].values()):
            assert figures["refused"] <= 0.02
            assert figures["calibration_error"] <= 0.01


def test_kinds_that_the_card_calls_unseen_are_those_kept_out_of_training(card: str) -> None:
    kinds = {name: cells[-1] for name, cells in rows(card).items() if name in catalogue.KINDS}
    assert {kind for kind, trained in kinds.items() if trained == "no"} == set(catalogue.UNSEEN)
    assert set(kinds) == set(catalogue.KINDS)


def test_a_missing_row_is_caught(card: str, file_facts: Facts) -> None:
    without = "\n".join(line for line in card.splitlines() if not line.startswith("| Parameters"))
    assert lies(without, file_facts) == ["Parameters"]


def test_other_weights_are_caught(file_facts: Facts, card: str) -> None:
    """The card must not pass for weights it was not measured on."""
    embedded = csv_files.embedded()
    other = Reader(Network.initialize((784, 16, 10), rng=np.random.default_rng(0)))
    share = float((other.probabilities(embedded.images).argmax(axis=1) == embedded.labels).mean())
    assert lies(card, file_facts | {"embedded": [5000, Share(share, 5000)]}) == ["embedded"]
