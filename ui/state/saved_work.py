"""A session's work as one file: what goes into it, what is too large for it, and whether there is anything to keep."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import work_archive
from data.built_in import DATASETS
from data.dataset import IMAGE_SIDE, Dataset, Split
from data.image_adjustments import ADJUSTMENTS
from models import weights
from models.weights import SavedNetwork, WeightsError
from training import run_state
from training.initial_trainer import network_bytes
from training.run import Run
from training.run_record import Record, run_name
from training.run_snapshot import State
from ui.state.available_datasets import KEPT_DATASETS
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import EditStroke, StrokeSource
from ui.state.networks import KEPT_NETWORKS
from ui.state.runs import saved_network
from ui.state.session import Session

_VECTORS = 5
"""The vectors of a run besides its checkpoints, each as long as its parameters; see `RunState`."""
_HEADROOM = 2 * 2**20
"""Bytes of a file reserved for everything small: JSON, records, the drawing and the corrections."""


@dataclass(frozen=True, eq=False)
class Paper:
    """What was drawn on the paper.

    Attributes:
        strokes: The strokes, in canvas pixels, in the order drawn.
        digit: The digit beneath the strokes, (28, 28) uint8, if any.
    """

    strokes: Sequence[EditStroke] = ()
    digit: NDArray[np.uint8] | None = None


@dataclass(frozen=True, eq=False)
class _Chosen:
    """The parts of a session's work that go into its file.

    Attributes:
        datasets: The uploaded datasets by their keys, with the numbers of the adjustments that are undone.
        networks: The names of the networks, oldest first.
        most_checkpoints: The most checkpoints of the run that fit.
        left_out: The names of the parts that do not fit.
    """

    datasets: Mapping[str, tuple[Dataset, Sequence[int]]]
    networks: Sequence[str]
    most_checkpoints: int
    left_out: tuple[str, ...]


def is_empty(session: Session) -> bool:
    """Return whether there is nothing yet to lose with the session."""
    run = session.runs.current
    nothing = run is None or not (run.begun or run.initial)
    kept = (session.runs.records, session.runs.pair, session.networks.saved, session.datasets.uploads)
    drawn = (session.corrections.digits, session.canvas.drawing.objects, session.collection.drawings)
    return nothing and not any((*kept, *drawn))


def left_out(session: Session) -> tuple[str, ...]:
    """Return the names of the parts that are too large for the file of a session's work."""
    return _chosen(session).left_out


def saved(session: Session, paper: Paper) -> bytes:
    """Return the file of a session's work; a run in training is saved as it is now."""
    runs, chosen = session.runs, _chosen(session)
    members: dict[str, bytes] = {}

    def keep(name: str, array: NDArray[Any]) -> None:
        members[f"{name}.npy"] = work_archive.as_npy(array)

    value: dict[str, Any] = {
        "settings": vars(session.settings),
        "speed": session.speed,
        "chosen_network": session.networks.chosen,
        "runs": runs.count,
        "run": None,
        "left_out": list(chosen.left_out),
    }
    run = runs.current
    if run is not None and (run.begun or run.initial is not None):
        packed, arrays = run_state.packed(run.whole(), chosen.most_checkpoints)
        value["run"] = packed | {"number": runs.number, "digits": checksum(run.split)}
        for name, array in arrays.items():
            keep(f"run/{name}", array)
    value["records"] = []
    for record in runs.all_records():
        if value["run"] is None or record.number != runs.number:
            value["records"].append(_record(record))
            keep(f"records/{record.number}", run_state.measurements_packed(record.measurements))
            for seed, each in enumerate(record.by_seed):
                keep(f"records/{record.number}/{seed}", run_state.measurements_packed(each))
    value["networks"] = []
    for name in chosen.networks:
        try:
            packed_network = weights.save(_network(session, name), "npz")
            members[f"{work_archive.NETWORKS}{len(value['networks'])}.npz"] = packed_network
            value["networks"].append(name)
        except WeightsError:  # the run diverged
            value["left_out"].append(name)
    value["datasets"] = []
    for number, (key, (dataset, undone)) in enumerate(chosen.datasets.items()):
        value["datasets"].append(_dataset(key, dataset, undone))
        for name, array in _arrays(dataset).items():
            keep(f"datasets/{number}/{name}", array)
    value["corrections"], points, images = _digits(session.corrections.digits)
    keep("corrections/points", points)
    keep("corrections/images", images)
    value["paper"] = [{"points": len(each.stroke), "erases": each.erases} for each in paper.strokes]
    keep("paper/points", _all_points([each.stroke for each in paper.strokes]))
    if paper.digit is not None:
        keep("paper/digit", paper.digit)
    if session.collection.drawings:
        members[work_archive.COLLECTION] = session.collection.strokes()
    return work_archive.write({work_archive.WORK: work_archive.as_json(value), **members})


def _chosen(session: Session) -> _Chosen:
    """Choose what fits: first the run and its dataset, then networks, other datasets, and checkpoints of the run."""
    runs, run = session.runs, session.runs.current
    room, vector, first = work_archive.MAX_BYTES - _HEADROOM, 0, ""
    datasets = {
        key: (each, [ADJUSTMENTS.index(one) for one in session.datasets.undone(key)])
        for key, each in session.datasets.uploads.items()
    }
    networks = {name: each.network.vector.nbytes for name, each in session.networks.saved.items()}
    networks |= {run_name(number): _network_bytes(each) for number, each in runs.live().items() if each is not run}
    if run is not None and (run.begun or run.initial is not None):
        vector, first = _network_bytes(run), run.settings.dataset
        room -= _VECTORS * vector + 8 * len(run.split.train)
        if first not in DATASETS and (first not in datasets or not _is_split_of(run.split, session, first)):
            datasets[first] = (_dataset_of(run.split, first), [])
    sizes = {key: sum(array.nbytes for array in _arrays(each).values()) for key, (each, _) in datasets.items()}
    newest = [*reversed(networks)][:KEPT_NETWORKS]
    kept: list[str] = []
    for name in (*[key for key in sizes if key == first], *newest, *[key for key in reversed(sizes) if key != first]):
        size = sizes[name] if name in sizes else networks[name]
        if size <= room and not (name in sizes and sum(each in sizes for each in kept) == KEPT_DATASETS):
            kept.append(name)
            room -= size
    return _Chosen(
        {key: each for key, each in datasets.items() if key in kept},
        [name for name in networks if name in kept],
        max(1, room // vector) if vector else 1,
        tuple(name for name in (*datasets, *networks) if name not in kept),
    )


def _network_bytes(run: Run) -> int:
    return network_bytes(run.settings, run.split.train.images.shape[1], len(run.split.train.classes))


def _network(session: Session, name: str) -> SavedNetwork:
    live = {run_name(number): (number, run) for number, run in session.runs.live().items()}
    if name not in live:
        return session.networks.saved[name]
    number, run = live[name]
    return saved_network(number, run.snapshot(), run.split.train.classes)


def _is_split_of(split: Split, session: Session, key: str) -> bool:
    """Return whether a run still trains on the dataset of this key as it is now."""
    return split.train.images is session.datasets.get(key).images


def _dataset_of(split: Split, key: str) -> Dataset:
    """Return the dataset of a run, whose original has since been changed or removed."""
    train, test = split.train, split.test
    labels = train.labels if train.true_labels is None else train.true_labels
    own = test.images is not train.images
    return Dataset(
        key,
        train.images,
        labels,
        test.images if own else None,
        test.labels if own else None,
        train.classes,
    )


def _arrays(dataset: Dataset) -> dict[str, NDArray[np.uint8]]:
    arrays = {"images": dataset.images, "labels": dataset.labels}
    if dataset.test_images is not None and dataset.test_labels is not None:
        arrays |= {"test_images": dataset.test_images, "test_labels": dataset.test_labels}
    return arrays


def _dataset(key: str, dataset: Dataset, undone: Sequence[int]) -> dict[str, Any]:
    return {
        "key": key,
        "name": dataset.name,
        "classes": dataset.classes,
        "adjustments": [ADJUSTMENTS.index(each) for each in dataset.adjustments],
        "undone": list(undone),
        "notes": dataset.notes,
    }


def _record(record: Record) -> dict[str, Any]:
    dev = record.dev
    return {
        "number": record.number,
        "state": (State.PAUSED if record.state is State.RUNNING else record.state).name,
        "settings": vars(record.settings),
        "position": vars(record.position),
        "seconds": record.seconds,
        "changes": run_state.changes_packed(record.changes),
        "dev": None if dev is None else {"examples": dev.examples.hex(), "count": dev.count, "bits": dev.bits.hex()},
        "seeds": len(record.by_seed),
    }


def _digits(digits: Sequence[CorrectedDigit]) -> tuple[list[dict[str, Any]], NDArray[np.float64], NDArray[np.uint8]]:
    """Return corrected digits: a description of each, the points of the drawn ones, and the images of the others."""
    said: list[dict[str, Any]] = []
    strokes: list[NDArray[np.float64]] = []
    images = np.empty((0, IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for each in digits:
        drawn = each.source.strokes if isinstance(each.source, StrokeSource) else ()
        said.append({"label": each.label, "strokes": [len(stroke) for stroke in drawn]})
        strokes += drawn
        if not drawn:
            images = np.concatenate([images, each.source.mnist_image()[None]])
    return said, _all_points(strokes), images


def _all_points(strokes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.empty((0, 2)), *strokes])


def checksum(split: Split) -> str:
    """Return a checksum that identifies the examples of a run, with their order and labels."""
    digest = hashlib.sha256()
    for part in (split.train, split.dev):
        digest.update(part.images[part.rows].tobytes())
        digest.update(part.labels[part.rows].tobytes())
    return digest.hexdigest()
