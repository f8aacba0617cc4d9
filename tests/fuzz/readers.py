"""All readers of what a stranger sends, each of which can be called with any bytes.

A reader returns, or raises a DataError with one plain sentence. Anything else is our fault: another exception, a
warning in the server's log, a value that the server cannot use, more than two seconds.
"""

from __future__ import annotations

import contextlib
import functools
import json
import time
import warnings
import zipfile
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qsl

import numpy as np
from PIL import PngImagePlugin

from data import work_archive
from data.built_in import DATASETS
from data.dataset import DataError, UnlabelledError
from data.idx_files import IdxFile, read_files
from data.label_schemes import DIGIT_LABELS, custom_scheme
from data.untrusted import reading_process
from data.untrusted.raw_arrays import UnusableFileError
from models.reader import Reader
from models.weights import SavedNetwork, load, save
from nn.network import Network
from training.history import to_csv
from training.run_record import Record, names
from training.scheduler import Scheduler
from training.settings import SETTINGS, Settings
from ui.break_it.break_state import Setup
from ui.look.digit_map import SHOWN
from ui.look.link_choices import Subsets
from ui.state import lost_run, opened_work, shared_resources, uploaded_files
from ui.state.address import value_of
from ui.state.canvas_content import CanvasContent, Drawing
from ui.state.session import Session
from ui.state.task import Task
from ui.widgets import canvas, linked_drawing
from ui.widgets.live_reading import LiveReader
from ui.workarounds import component_reports, tab_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.untrusted.reading_process import Plain

NAME = "theirs"
BETWEEN_FILES = b"\n--\n"
SECONDS = 2.0
"""Seconds of a core that a small file may take."""

_LONGEST_SENTENCE = 600
_READER = Reader(SavedNetwork(Network.initialize((784, 4, 10), rng=np.random.default_rng(1))))


class Fault(Exception):  # noqa: N818 - not an error of the reader
    """A reader behaved as it must not."""


def _dataset(file: bytes) -> None:
    with contextlib.suppress(UnlabelledError):
        uploaded_files.dataset(file, NAME, DIGIT_LABELS)


def _idx(files: bytes) -> None:
    images, _, labels = files.partition(BETWEEN_FILES)
    read_files([IdxFile("images", images), IdxFile("labels", labels)], DIGIT_LABELS)


def _weights(file: bytes) -> None:
    saved = uploaded_files.network(file, NAME)
    network = saved.network
    images = np.stack([np.zeros(network.sizes[0]), np.ones(network.sizes[0])]).astype(np.float32)
    if not np.isfinite(network.probabilities(images)).all():
        raise Fault("its probabilities are not finite")
    if not np.array_equal(load(save(saved)).network.vector, network.vector):
        raise Fault("it is another network once saved")


def _picture(file: bytes) -> None:
    uploaded_files.picture(file, NAME)


def _strokes(file: bytes) -> None:
    uploaded_files.collection(file, NAME)


def _canvas(objects: bytes) -> None:
    text = objects.decode("utf-8", "replace")
    drawing = Drawing([])
    drawing.report(canvas.objects_in(component_reports.parsed(f'{{"drawing":{{"raw":{{"objects":{text}}}}}}}')))
    source = canvas.digit_source(CanvasContent(drawing))
    if source is not None and not np.isfinite(source.read(_READER).probabilities).all():
        raise Fault("its probabilities are not finite")


def _pen_report(report: bytes) -> None:
    LiveReader(reader=_READER).answer(_json(report))


def _address(query: bytes) -> None:
    for name, text in parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True):
        if name in SETTINGS:
            Settings(**{name: value_of(name, text, list(DATASETS))[0]})


def _link(query: bytes) -> None:
    parameters = dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        task = Task.read(parameters)
    except ValueError:
        return
    digit = linked_drawing.shown_digit(task)
    if digit is not None and not np.isfinite(digit.source.read(_READER).probabilities).all():
        raise Fault("its probabilities are not finite")
    Setup.read(task.state)
    chosen, _ = Subsets(SHOWN).read(task.state.get("map_digits", ""))
    if not chosen <= {*range(SHOWN)}:
        raise Fault("digits are chosen that are not on the map")


def _lost_run(memory: bytes) -> None:
    lost_run.remembered(tab_token._decoded(memory.decode("latin-1")))
    lost_run.remembered(_json(memory))


def _work(file: bytes) -> None:
    found = opened_work.checked(uploaded_files.work(file, NAME), NAME, Session(), canvas.CANVAS)
    records = [*found.records.values()]
    if found.run is not None:
        found.run.step()
        found.run.advance(0.05)
        records.append(Record.of(found.number, found.run.snapshot()))
    for record in records:
        to_csv(record.measurements, record.changes, record.settings.dev_size, [0.1] * len(record.measurements))
    names(records)
    canvas.strokes_of(canvas.objects_of(found.paper.strokes))


def _class_names(text: bytes) -> None:
    custom_scheme(text.decode("utf-8", "replace"))


READERS: dict[str, Callable[[bytes], None]] = {
    "csv": _dataset,
    "npz": _dataset,
    "pickle": _dataset,
    "parquet": _dataset,
    "idx": _idx,
    "weights_npz": _weights,
    "weights_safetensors": _weights,
    "weights_pickle": _weights,
    "weights_torch": _weights,
    "weights_onnx": _weights,
    "weights_keras": _weights,
    "weights_json": _weights,
    "picture": _picture,
    "strokes": _strokes,
    "canvas": _canvas,
    "pen_report": _pen_report,
    "lost_run": _lost_run,
    "address": _address,
    "link": _link,
    "class_names": _class_names,
    "work": _work,
}
"""Readers by their corpus, the files from which fuzzing starts. A reader of many formats has a corpus for each."""


def try_one(reader: Callable[[bytes], None], content: bytes) -> str:
    """Call a reader in this process, and return its refusal; "" if it took the input.

    Raises:
        Fault: The reader behaved as it must not. Whatever else the reader raises is passed on.
    """
    refusal = ""
    begun = time.process_time()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            reader(content)
        except DataError as error:
            refusal = str(error)
            if not (refusal.isprintable() and refusal.endswith(".") and len(refusal) <= _LONGEST_SENTENCE):
                raise Fault(f"not a sentence: {refusal!r}") from error
    if warned:
        raise Fault(f"a warning: {warned[0].message}")
    if (taken := time.process_time() - begun) > SECONDS:
        raise Fault(f"it took {taken:.1f} s of a core")
    return refusal


@contextlib.contextmanager
def open_doors() -> Iterator[None]:
    """Read files in this process, and accept wrong checksums, which would keep most mutations from the readers."""
    with (
        mock.patch.object(uploaded_files, "answer", _answer_here),
        mock.patch.object(shared_resources, "scheduler", _idle_scheduler),
        mock.patch.object(zipfile.ZipExtFile, "_update_crc", _unchecked),
        mock.patch.object(work_archive, "_checksum", _any_checksum),
        mock.patch.object(Task, "checksum", mock.ANY),
        mock.patch.object(PngImagePlugin.ChunkStream, "crc", PngImagePlugin.ChunkStream.crc_skip),
    ):
        yield


# Functions, because a mock keeps whatever it was called with.


@functools.cache
def _idle_scheduler() -> Scheduler:
    return Scheduler()


def _unchecked(_file: zipfile.ZipExtFile, _content: bytes) -> None:
    pass


def _any_checksum(_content: bytes) -> Any:  # noqa: ANN401 - equal to any other
    return mock.ANY


def _answer_here(reader: Callable[..., Plain], *files: bytes, name: str, most_seconds: int = 0) -> Plain:
    """Stand in for data.untrusted.reading_process.answer."""
    try:
        with reading_process.quietly():
            value, arrays = reader(*files)
    except UnusableFileError as refusal:
        raise DataError(str(refusal)) from None
    return json.loads(json.dumps(value)), arrays


def _json(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
