"""Uploaded files, each read in a separate process: datasets, networks, pictures and drawn digits.

For each kind, one function runs in that process and returns plain values, and another builds the app's objects from
them. Nothing here imports Streamlit, which that process does not need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from data import dataset_files, idx_files, work_archive
from data.dataset import ColumnRoles, DataError, Dataset, UnlabelledError
from data.idx_files import IdxFile
from data.image_adjustments import ADJUSTMENTS
from data.label_schemes import LabelScheme
from data.untrusted import reading_process
from data.untrusted.json_fields import Fields
from data.untrusted.raw_arrays import UnusableFileError, printable
from data.untrusted.reading_process import Plain, answer
from ink import picture_files
from ink.collection import Collection
from ink.picture_files import Picture
from ink.stroke_files import DrawnDigit
from language.translation import _
from models import weights
from models.weights import SavedNetwork
from nn.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from streamlit.runtime.uploaded_file_manager import UploadedFile


PICTURE_SECONDS = 4
"""The maximum processor time for pictures and strokes: twice what progressive JPEGs of 50 megapixels take."""


@cache
def prepare() -> None:
    """Start the process that waits for files, once per server."""
    reading_process.prepare(["ui.state.waiting_process"])


def dataset(file: bytes, name: str, scheme: LabelScheme, columns: ColumnRoles | None = None) -> Dataset:
    """Read a dataset from one file.

    Raises:
        UnlabelledError: It holds images but no labels.
        DataError: See data.dataset_files.read; also if it exceeds the limits of data.untrusted.reading_process.
    """
    reader = partial(_dataset, name=name, scheme=scheme, columns=columns)
    return _as_dataset(scheme, *answer(reader, file, name=name))


def _dataset(file: bytes, name: str, scheme: LabelScheme, columns: ColumnRoles | None) -> Plain:
    try:
        return _plain(dataset_files.read(file, name, scheme, columns))
    except UnlabelledError as found:
        return _described(found) | {"unlabelled": str(found)}, [found.images]


def idx_dataset(files: Sequence[UploadedFile], scheme: LabelScheme) -> Dataset:
    """Read a dataset from IDX files.

    Raises:
        DataError: See data.idx_files.read_files; also if they exceed the limits of data.untrusted.reading_process.
    """
    names = [file.name for file in files]
    reader = partial(_idx_dataset, names=names, scheme=scheme)
    return _as_dataset(scheme, *answer(reader, *(file.getvalue() for file in files), name=", ".join(names)[:80]))


def _idx_dataset(*files: bytes, names: Sequence[str], scheme: LabelScheme) -> Plain:
    return _plain(idx_files.read_files(list(map(IdxFile, names, files)), scheme))


def _plain(read: Dataset) -> Plain:
    test = () if read.test_images is None or read.test_labels is None else (read.test_images, read.test_labels)
    return _described(read) | {"name": read.name}, [read.images, read.labels, *test]


def _described(read: Dataset | UnlabelledError) -> dict[str, Any]:
    return {
        "adjustments": [ADJUSTMENTS.index(adjustment) for adjustment in read.adjustments],
        "notes": read.notes,
        "columns": [(roles.label, roles.left_out) for roles in read.columns],
    }


def _as_dataset(scheme: LabelScheme, value: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> Dataset:
    adjustments = tuple(ADJUSTMENTS[index] for index in value["adjustments"])
    notes = tuple(value["notes"])
    columns = tuple(ColumnRoles(label, tuple(left_out)) for label, left_out in value["columns"])
    if "unlabelled" in value:
        raise UnlabelledError(value["unlabelled"], arrays[0], adjustments, notes, columns)
    images, labels, *test = arrays
    test_images, test_labels = test or (None, None)
    return Dataset(value["name"], images, labels, test_images, test_labels, scheme.classes, adjustments, notes, columns)


def network(file: bytes, name: str) -> SavedNetwork:
    """Read a network from a file of weights.

    Raises:
        DataError: See models.weights.load; also if it exceeds the limits of data.untrusted.reading_process.
    """
    return _as_network(*answer(partial(_network, name=name), file, name=name))


def _as_network(value: dict[str, Any], parameters: Sequence[NDArray[Any]]) -> SavedNetwork:
    return SavedNetwork(Network(parameters, value["activations"]), value["about"], tuple(value["unstated"]))


def _network(file: bytes, name: str) -> Plain:
    saved = weights.load(file, name)
    value = {"activations": saved.network.activations, "about": saved.about, "unstated": saved.unstated}
    return value, saved.network.parameters


def picture(file: bytes, name: str) -> Picture:
    """Read a picture of a digit.

    Raises:
        DataError: See ink.picture_files.read; also if it exceeds the limits of data.untrusted.reading_process.
    """
    _value, (view, ink, *other_inks) = answer(
        partial(_picture, name=name), file, name=name, most_seconds=PICTURE_SECONDS
    )
    return Picture(name, view, ink, tuple(other_inks))


def _picture(file: bytes, name: str) -> Plain:
    read = picture_files.read(file, name)
    return None, [read.view, read.ink, *read.other_inks]


def collection(file: bytes, name: str) -> Collection:
    """Read a file of strokes.

    Raises:
        DataError: See ink.stroke_files.read; also if it exceeds the limits of data.untrusted.reading_process.
    """
    return _as_collection(*answer(partial(_collection, name=name), file, name=name, most_seconds=PICTURE_SECONDS))


def _as_collection(value: Any, arrays: Sequence[NDArray[Any]]) -> Collection:  # noqa: ANN401 - of `_collection`
    (classes, digits), (points,) = value, arrays
    strokes = iter(np.split(points, list(accumulate(length for *_, lengths in digits for length in lengths))))
    drawings = [
        DrawnDigit(label, tuple(islice(strokes, len(lengths))), by, struck) for label, by, struck, lengths in digits
    ]
    return Collection(tuple(classes), tuple(drawings))


def _collection(file: bytes, name: str) -> Plain:
    """Return the classes, a description of each drawing with its stroke lengths, and all points (n, 2)."""
    read = Collection.from_strokes(file, name)
    strokes = [stroke for digit in read.drawings for stroke in digit.strokes]
    said = [(each.label, each.by, each.struck, [len(stroke) for stroke in each.strokes]) for each in read.drawings]
    return (read.classes, said), [np.concatenate(strokes)]


@dataclass(frozen=True, eq=False)
class WorkFile:
    """The content of a file of saved work; only networks and collection have been checked.

    Attributes:
        fields: Its JSON.
        arrays: Its arrays, by their names.
        networks: Its networks, by their names.
        collection: Its collected drawings, if any.
        version: The version of the program that wrote it.
        left_out: The names of members that this version does not know.
    """

    fields: Fields
    arrays: dict[str, NDArray[Any]]
    networks: dict[str, SavedNetwork]
    collection: Collection | None
    version: int
    left_out: tuple[str, ...]


def work(file: bytes, name: str) -> WorkFile:
    """Read a file of saved work.

    Raises:
        DataError: See data.work_archive.read; also if it exceeds the limits of data.untrusted.reading_process.
    """
    value, arrays = answer(partial(_work, name=name), file, name=name)
    left = iter(arrays)
    return WorkFile(
        Fields(value["work"]),
        {each: next(left) for each in value["arrays"]},
        {each: _as_network(about, list(islice(left, count))) for each, about, count in value["networks"]},
        None if value["collection"] is None else _as_collection(value["collection"], list(islice(left, 1))),
        value["version"],
        tuple(value["left_out"]),
    )


def _work(file: bytes, name: str) -> Plain:
    try:
        return _plain_work(work_archive.read(file))
    except (UnusableFileError, DataError) as error:
        raise DataError(
            _("{name} cannot be opened: {problem}.", name=name, problem=str(error).removesuffix("."))
        ) from None


def _plain_work(read: work_archive.Contents) -> Plain:
    left_out = list(read.unlisted)
    fields: object = None
    arrays: dict[str, NDArray[Any]] = {}
    networks: list[tuple[str, Any, int]] = []
    parameters: list[NDArray[Any]] = []
    drawn: Plain = (None, [])
    for member, data in read.members.items():
        if member == work_archive.WORK:
            fields = work_archive.from_json(data, member)
        elif member == work_archive.COLLECTION:
            drawn = _collection(data, member)
        elif member.startswith(work_archive.NETWORKS):
            about, found = _network(data, member)
            networks.append((member, about, len(found)))
            parameters += found
        elif member.endswith(".npy"):
            arrays[member.removesuffix(".npy")] = work_archive.from_npy(data, member)
        else:
            left_out.append(member)
    if not isinstance(fields, dict):
        raise UnusableFileError(_("it holds no {member}", member=work_archive.WORK))
    value = {
        "work": fields,
        "arrays": list(arrays),
        "networks": networks,
        "collection": drawn[0],
        "version": read.version,
        "left_out": [printable(each) for each in left_out],
    }
    return value, [*arrays.values(), *parameters, *drawn[1]]
