"""Whatever a file of saved work holds, it either opens as something that works or is refused with one sentence."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import work_archive
from data.dataset import DataError
from tests.fuzz import corpora
from tests.fuzz.readers import READERS, open_doors, try_one
from ui.state import opened_work, uploaded_files
from ui.state.session import Session
from ui.widgets import canvas

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = max(corpora.kept("work"), key=len)

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    10**30,
    2.5,
    float("inf"),
    float("nan"),
    "",
    "x",
    "<b>\n",
    "\ud800",
    [],
    [1],
    [[]] * 3,
    {},
    {"a": {}},
)


@pytest.fixture(autouse=True, scope="module")
def _waiting_process() -> None:
    """Read files in forks of one process, which takes a tenth of the time."""
    uploaded_files.prepare()


def members(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != work_archive.MANIFEST}


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in JSON, except for the later items of long lists."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from places(inner, (*path, index))


def changed(value: Any, path: tuple[Any, ...], to: object) -> Any:  # noqa: ANN401 - any JSON
    if not path:
        return to
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], to)
    return copy


MEMBERS = members(FULL)
FIELDS = json.loads(MEMBERS[work_archive.WORK])
PLACES = list(places(FIELDS))
ARRAYS = [name for name in MEMBERS if name.endswith(".npy")]


def with_fields(value: object) -> bytes:
    text = json.dumps(value).encode()
    return work_archive.write(MEMBERS | {work_archive.WORK: text})


def opened_or_refused(file: bytes) -> None:
    """Open or refuse a file in this process, so that thousands can be tried."""
    with open_doors():
        try_one(READERS["work"], file)


def refusal(file: bytes) -> str:
    """Return the sentence with which a file is refused when read in its own process."""
    with pytest.raises(DataError) as refused:
        opened_work.checked(uploaded_files.work(file, "theirs"), "theirs", Session(), canvas.CANVAS)
    return str(refused.value)


def test_the_unchanged_file_is_opened_in_a_process_of_its_own() -> None:
    found = opened_work.checked(uploaded_files.work(FULL, "mine"), "mine", Session(), canvas.CANVAS)
    assert (found.unknown, found.left_out) == ((), [])


def test_each_field_may_be_null() -> None:
    for path in PLACES:
        opened_or_refused(with_fields(changed(FIELDS, path, None)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(PLACES), value=st.sampled_from(VALUES) | st.integers() | st.floats() | st.text(max_size=5))
def test_each_field_may_be_anything(path: tuple[Any, ...], value: object) -> None:
    opened_or_refused(with_fields(changed(FIELDS, path, value)))


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(ARRAYS),
    dtype=st.sampled_from(work_archive.TYPES),
    shape=st.lists(st.integers(0, 40), max_size=4),
    fill=st.sampled_from([0.0, 1.0, -1.0, 7.0, np.nan, np.inf]),
)
def test_each_array_may_be_any_other(name: str, dtype: str, shape: list[int], fill: float) -> None:
    with np.errstate(invalid="ignore"):
        array = np.full(shape, fill).astype(dtype)
    opened_or_refused(work_archive.write(MEMBERS | {name: work_archive.as_npy(array)}))


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("fill", [np.nan, -1, 10**6])
def test_each_array_may_hold_any_numbers(name: str, fill: float) -> None:
    array = work_archive.from_npy(MEMBERS[name], name)
    with np.errstate(invalid="ignore"):
        array = np.full(array.shape, fill).astype(array.dtype)
    opened_or_refused(work_archive.write(MEMBERS | {name: work_archive.as_npy(array)}))


@pytest.mark.parametrize("name", MEMBERS)
def test_each_member_may_be_missing(name: str) -> None:
    opened_or_refused(work_archive.write({each: data for each, data in MEMBERS.items() if each != name}))


MANIFEST = {"format": work_archive.FORMAT, "version": 1, "readable_from": 1}


def raw(manifest: object, given: dict[str, bytes] | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(work_archive.MANIFEST, json.dumps(manifest))
        for name, data in (given or {}).items():
            archive.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize("field", ["format", "version", "readable_from", "members"])
@pytest.mark.parametrize("value", VALUES)
def test_each_field_of_the_manifest_may_be_anything(field: str, value: object) -> None:
    manifest = MANIFEST | {"members": {"work.json": {"bytes": 2, "sha256": "0"}}} | {field: value}
    opened_or_refused(raw(manifest, {"work.json": b"{}"}))


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


HUGE = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999, 999999999999)}\n")
PICKLE = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}\n", b"cos\nsystem\n(S'true'\ntR.")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "it is not a file of work saved here"),
        (b"PK\x03\x04 and no more", "it is damaged, or not a complete archive"),
        (FULL[: len(FULL) // 2], "it is damaged, or not a complete archive"),
        (FULL.replace(b"own.csv", b"owm.csv"), "damaged"),
        (raw({"format": "another"}), "it is not a file of work saved here"),
        (raw(MANIFEST | {"version": 3, "readable_from": 2, "members": {}}), "needs a later version"),
        (work_archive.write({"work.json": b"[" * 100_000}), "work.json in it is not JSON"),
        (work_archive.write({"work.json": b" " * (2**20 + 1)}), "work.json in it is larger than 1 MB"),
        (work_archive.write({"work.json": b"{}", "run/vector.npy": HUGE}), "holds more or fewer numbers"),
        (work_archive.write({"work.json": b"{}", "run/vector.npy": PICKLE}), "is not a plain array"),
        (work_archive.write({f"{each}.npy": b"" for each in range(300)}), "more than 256"),
        (work_archive.write({"work.json": b"{}", "bomb": bytes(130 * 2**20)}), "would decompress to more than 128 MB"),
        (work_archive.write({"work.json": b"{}", "networks/0.npz": raw({})}), "cannot be used"),
    ],
    ids=[
        "empty", "header", "truncated", "altered", "foreign", "later", "deep", "long", "shape", "pickle", "many",
        "bomb", "network",
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_within_limits(file: bytes, sentence: str) -> None:
    begun = time.monotonic()
    said = refusal(file)
    assert said.startswith("theirs cannot be opened: ")
    assert sentence in said
    assert said.endswith(".")
    assert said.count(". ") == 0
    assert time.monotonic() - begun < 20


def test_what_a_later_version_adds_is_left_out_and_told() -> None:
    later = changed(FIELDS, ("settings",), FIELDS["settings"] | {"lookahead": 5}) | {"melody": [1]}
    file = work_archive.write(MEMBERS | {"work.json": json.dumps(later).encode(), "song.mid": b"la"})
    found = opened_work.checked(uploaded_files.work(file, "later"), "later", Session(), canvas.CANVAS)
    assert set(found.unknown) == {"lookahead", "melody", "song.mid"}
    assert found.run is not None


def test_a_file_without_its_dataset_needs_the_very_one() -> None:
    without = changed(FIELDS, ("datasets",), [])
    kept = {name: data for name, data in MEMBERS.items() if not name.startswith("datasets/")}
    file = work_archive.write(kept | {"work.json": json.dumps(without).encode()})
    with pytest.raises(DataError, match=r"own\.csv is too large to be in the file: upload it"):
        opened_work.checked(uploaded_files.work(file, "f"), "f", Session(), canvas.CANVAS)
    session = Session()
    found = opened_work.checked(uploaded_files.work(FULL, "f"), "f", session, canvas.CANVAS)
    session.datasets.replace({key: (each, frozenset()) for key, (each, _) in found.datasets.items()})
    assert opened_work.checked(uploaded_files.work(file, "f"), "f", session, canvas.CANVAS).run is not None
    images = session.datasets.uploads["own.csv"].images.copy()
    images[:, 0] ^= 1
    other = replace(session.datasets.uploads["own.csv"], images=images)
    session.datasets.replace({"own.csv": (other, frozenset())})
    with pytest.raises(DataError, match=r"needs the own\.csv that it was trained on"):
        opened_work.checked(uploaded_files.work(file, "f"), "f", session, canvas.CANVAS)
