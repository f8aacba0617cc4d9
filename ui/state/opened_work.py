"""Saved work from a file, checked before any of it replaces what a session holds.

The origin of a file is unknown: every field is checked here, although its bytes were parsed in a separate process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import work_archive
from data.built_in import DATASETS
from data.dataset import IMAGE_SIDE, MOST_CLASSES, DataError, Dataset, Split
from data.image_adjustments import ADJUSTMENTS
from data.label_schemes import LONGEST_CLASS_NAME, class_names
from data.untrusted.json_fields import Fields, is_text
from data.untrusted.raw_arrays import UnusableFileError
from ink.collection import Collection
from ink.mnist_format import Canvas
from language.numbers import whole
from language.translation import _
from models.weights import SavedNetwork
from training import run_state
from training.curve_measurement import measured_examples
from training.pace import EASE_IN, SPEEDS
from training.run import Run
from training.run_record import MEASUREMENTS, DevReadings, Record, run_name, shown_name
from training.run_snapshot import State
from training.settings import FULL_BATCH, Settings
from training.side_by_side import MOST_SEEDS
from ui.serving.budgets import CORRECTIONS, POINTS, STROKES
from ui.state import session_memory, streamlit_state
from ui.state.available_datasets import KEPT_DATASETS
from ui.state.corrections import CorrectedDigit
from ui.state.digit_sources import EditStroke, ImageSource, StrokeSource
from ui.state.network_names import SHIPPED
from ui.state.networks import KEPT_NETWORKS
from ui.state.runs import KEPT_RECORDS
from ui.state.saved_work import Paper, checksum
from ui.state.session import Session
from ui.state.uploaded_files import WorkFile

_LONGEST_NAME = run_state.LONGEST_NAME
_MOST_RUNS = 10**6
_MOST_NOTES = 20
_FARTHEST = 1e6


@dataclass(frozen=True, eq=False)
class Work:
    """Saved work from a file, checked and ready to replace a session's.

    Attributes:
        name: The name of the file.
        settings: See Session, also for speed.
        chosen_network: See Networks.
        run: The run, if the file holds one.
        number: The number of the run.
        count: The number of the latest run.
        records: The records of ended runs, by number.
        networks: The networks by their names.
        datasets: The uploaded datasets by their keys, with the numbers of the adjustments that are undone.
        digits: The corrected digits.
        paper: What was drawn.
        collection: The collected drawings.
        left_out: What was too large for the file.
        unknown: What the file holds that this version does not know.
    """

    name: str
    settings: Settings
    speed: str
    chosen_network: str
    run: Run | None
    number: int
    count: int
    records: Mapping[int, Record]
    networks: Mapping[str, SavedNetwork]
    datasets: Mapping[str, tuple[Dataset, Sequence[int]]]
    digits: Sequence[CorrectedDigit]
    paper: Paper
    collection: Collection
    left_out: Sequence[str]
    unknown: Sequence[str]


def checked(file: WorkFile, name: str, session: Session, canvas: Canvas) -> Work:
    """Return the work of a file in a form that a session can take over.

    Args:
        file: The file.
        name: Its name.
        session: The session, whose datasets are used where the file lacks its own; it is not changed.
        canvas: The canvas that drawings are made on.

    Raises:
        DataError: A field is invalid, a dataset is missing, or the work is more than a session can hold.
    """
    try:
        return _checked(file, name, session, canvas)
    except DataError:
        raise
    except UnusableFileError as error:
        problem = str(error).removesuffix(".")
    except (ValueError, OverflowError):  # their messages are for programmers
        problem = _("its parts do not fit together")
    raise DataError(_("{name} cannot be opened: {problem}.", name=name, problem=problem))


def _checked(file: WorkFile, name: str, session: Session, canvas: Canvas) -> Work:
    value = file.fields
    datasets = _datasets(file)
    networks = _networks(file)
    count = value.whole("runs", 0, _MOST_RUNS)
    found, run, number = value.optional("run"), None, 0
    if found is not None:
        number = found.whole("number", 1, count)
        run = _run(found, _under(file.arrays, "run/"), _split_for(found, datasets, session))
    work = Work(
        name=name,
        settings=run_state.settings_unpacked(value.inner("settings")),
        speed=value.choice("speed", SPEEDS) if value.has("speed") else EASE_IN,
        chosen_network=value.optional_text("chosen_network", _LONGEST_NAME) or SHIPPED,
        run=run,
        number=number,
        count=count,
        records={each.number: each for each in _records(value, file.arrays, count) if each.number != number},
        networks=networks,
        datasets=datasets,
        digits=_corrections(value, file.arrays, canvas),
        paper=_drawing(value, file.arrays),
        collection=file.collection or Collection(),
        left_out=_texts(value, "left_out", 2 * (KEPT_NETWORKS + KEPT_DATASETS)),
        unknown=(),
    )
    if SHIPPED in networks or (run is not None and run_name(number) in networks):
        value.refuse("networks", _("a list of other names"))
    session.check_room(session_memory.held_bytes([work]))
    return replace(work, unknown=tuple(dict.fromkeys([*file.left_out, *value.unknown()])))


def _datasets(file: WorkFile) -> dict[str, tuple[Dataset, Sequence[int]]]:
    datasets: dict[str, tuple[Dataset, Sequence[int]]] = {}
    for number, each in enumerate(file.fields.each("datasets", KEPT_DATASETS)):
        key, label = each.text("key", _LONGEST_NAME), each.text("name", _LONGEST_NAME)
        if key in DATASETS or key in datasets:
            each.refuse("key", _("a name of its own"))
        arrays = _under(file.arrays, f"datasets/{number}/")
        if not {"images", "labels"} <= set(arrays):
            each.refuse("key", _("that of images and labels in the file"))
        made = each.several("adjustments", len(ADJUSTMENTS)) if each.has("adjustments") else []
        undone = each.several("undone", len(ADJUSTMENTS)) if each.has("undone") else []
        if not all(type(one) is int and 0 <= one < len(ADJUSTMENTS) for one in made) or set(undone) - set(made):
            each.refuse("adjustments", _("known"))
        dataset = Dataset(
            label,
            arrays["images"],
            arrays["labels"],
            arrays.get("test_images"),
            arrays.get("test_labels"),
            class_names(_texts(each, "classes", MOST_CLASSES, LONGEST_CLASS_NAME)),
            tuple(ADJUSTMENTS[one] for one in made),
            tuple(_texts(each, "notes", _MOST_NOTES, 1000)),
        )
        if len(dataset) > FULL_BATCH:
            each.refuse("key", _("that of at most {most} images", most=whole(FULL_BATCH)))
        datasets[key] = (dataset, undone)
    return datasets


def _networks(file: WorkFile) -> dict[str, SavedNetwork]:
    names = _texts(file.fields, "networks", KEPT_NETWORKS)
    members = [f"{work_archive.NETWORKS}{number}.npz" for number in range(len(names))]
    if len(set(names)) < len(names) or set(members) != set(file.networks):
        file.fields.refuse("networks", _("a list of different names, one for each network"))
    return {name: file.networks[member] for name, member in zip(names, members, strict=True)}


def _split_for(
    found: Fields, datasets: Mapping[str, tuple[Dataset, Sequence[int]]], session: Session
) -> tuple[str, Split]:
    """Return the key of a run's dataset and the run's examples, from the file's datasets or those of the session."""
    settings = run_state.settings_unpacked(found.inner("settings"))
    key = settings.dataset
    if key in datasets:
        dataset, undone = datasets[key]
        dataset = dataset.without({ADJUSTMENTS[each] for each in undone})
    elif key in DATASETS or key in session.datasets.uploads:
        dataset = session.datasets.get(key)
    else:
        raise DataError(
            _(
                "{name} is too large to be in the file: upload it on the Dataset page, and open the file again.",
                name=key,
            )
        )
    return key, settings.split(dataset)


def _run(found: Fields, arrays: Mapping[str, NDArray[Any]], of: tuple[str, Split]) -> Run:
    key, split = of
    if found.text("digits", 64) != checksum(split):
        raise DataError(_("The run needs the {name} that it was trained on, but the one here is different.", name=key))
    classes = len(split.train.classes)
    return Run.restored(run_state.unpacked(found, arrays, split.train.images.shape[1], classes), split, classes)


def _records(value: Fields, arrays: Mapping[str, NDArray[Any]], count: int) -> list[Record]:
    records = []
    for each in value.each("records", KEPT_RECORDS):
        number, position = each.whole("number", 1, count), run_state.position_unpacked(each)
        records.append(
            Record(
                number=number,
                state=State[each.choice("state", State.__members__)],
                settings=run_state.settings_unpacked(each.inner("settings")),
                position=position,
                seconds=each.number("seconds", 0, 10**12),
                measurements=run_state.measurements_unpacked(arrays, f"records/{number}", MEASUREMENTS),
                changes=run_state.changes_unpacked(each, position.step),
                dev=_dev_readings(each.optional("dev")),
                by_seed=_by_seed(arrays, number, each.whole("seeds", 0, MOST_SEEDS)),
            )
        )
    return records


def _by_seed(arrays: Mapping[str, NDArray[Any]], number: int, seeds: int) -> tuple[Any, ...]:
    found = tuple(
        run_state.measurements_unpacked(arrays, f"records/{number}/{seed}", MEASUREMENTS) for seed in range(seeds)
    )
    if seeds == 1 or len({tuple(each.step for each in one) for one in found}) > 1:
        raise UnusableFileError(
            _("the seeds of {run} were not measured at the same steps", run=shown_name(run_name(number)))
        )
    return found


def _dev_readings(found: Fields | None) -> DevReadings | None:
    if found is None:
        return None
    count = found.whole("count", 1, measured_examples(10**9))
    try:
        examples, bits = bytes.fromhex(found.text("examples", 64)), bytes.fromhex(found.text("bits", 2 * count))
    except ValueError:
        found.refuse("bits", _("hexadecimal"))
    if len(bits) != -(-count // 8):
        found.refuse("bits", _("as long as there are examples"))
    return DevReadings(examples, count, bits)


def _corrections(value: Fields, arrays: Mapping[str, NDArray[Any]], canvas: Canvas) -> list[CorrectedDigit]:
    said = value.each("corrections", CORRECTIONS.limit)
    lengths = [_lengths(each, "strokes") for each in said]
    strokes = iter(_strokes(arrays, "corrections", [length for one in lengths for length in one]))
    images = iter(_images(arrays, "corrections/images", sum(not one for one in lengths)))
    return [
        CorrectedDigit(
            each.whole("label", 0, 9),
            StrokeSource([next(strokes) for _length in one], canvas) if one else ImageSource(next(images)),
        )
        for each, one in zip(said, lengths, strict=True)
    ]


def _drawing(value: Fields, arrays: Mapping[str, NDArray[Any]]) -> Paper:
    said = value.each("paper", STROKES.limit)
    strokes = _strokes(arrays, "paper", [each.whole("points", 1, POINTS.limit) for each in said])
    edits = [EditStroke(stroke, each.truth("erases")) for each, stroke in zip(said, strokes, strict=True)]
    digit = _images(arrays, "paper/digit", None) if "paper/digit" in arrays else None
    return Paper(edits, digit)


def _lengths(value: Fields, name: str) -> list[int]:
    lengths = value.several(name, STROKES.limit)
    if not all(type(each) is int and 0 < each <= POINTS.limit for each in lengths):
        value.refuse(name, _("a list of lengths"))
    return lengths


def _strokes(arrays: Mapping[str, NDArray[Any]], folder: str, lengths: Sequence[int]) -> list[NDArray[np.float64]]:
    points = arrays.get(f"{folder}/points", np.empty((0, 2)))
    if points.dtype != np.float64 or points.shape != (sum(lengths), 2) or not (np.abs(points) <= _FARTHEST).all():
        raise UnusableFileError(_("{name}/points does not hold the points of the strokes", name=folder))
    return np.split(points, list(accumulate(lengths)))[:-1]


def _images(arrays: Mapping[str, NDArray[Any]], name: str, count: int | None) -> NDArray[np.uint8]:
    images = arrays.get(name, np.empty((0, IMAGE_SIDE, IMAGE_SIDE), np.uint8))
    if images.dtype != np.uint8 or images.shape != (*([] if count is None else [count]), IMAGE_SIDE, IMAGE_SIDE):
        raise UnusableFileError(_("{name} does not hold images of {side}×{side} pixels", name=name, side=IMAGE_SIDE))
    return images


def _texts(value: Fields, name: str, most: int, longest: int = _LONGEST_NAME) -> list[str]:
    texts = value.several(name, most) if value.has(name) else []
    if not all(is_text(each, longest) for each in texts):
        value.refuse(name, _("a list of names"))
    return texts


def _under(arrays: Mapping[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def take_up(session: Session, work: Work) -> None:
    """Replace a session's work with that of a file, except for the drawing; call this from a callback."""
    session.runs.replace(work.run, work.number, work.count, work.records)
    session.lost_run = session.inspection = None
    session.datasets.replace(
        {key: (each, frozenset(ADJUSTMENTS[one] for one in undone)) for key, (each, undone) in work.datasets.items()}
    )
    session.networks.saved.clear()
    for name, network in work.networks.items():
        session.networks.saved[name] = network
    known = session.networks.names()
    session.networks.choose(work.chosen_network if work.chosen_network in known else SHIPPED)
    session.corrections.digits[:], session.corrections.made[:] = work.digits, []
    session.collection = work.collection
    session.replace_settings(work.settings)
    session.speed = work.speed
    streamlit_state.forget_widget("speed")
