"""Files made to take much time or memory are answered with a sentence; the process that reads them has limits.

The sentences show that the reader's own bounds refused the file; EXCEEDED shows that only the process's limits did.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from data.label_schemes import DIGIT_LABELS
from data.untrusted.reading_process import Limits
from ui.state import uploaded_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.ui.conftest import NewVisit

pytestmark = pytest.mark.slow

EXCEEDED = "needs more time or memory than a file of its size may take"
MEGABYTE = 2**20


@pytest.mark.parametrize(
    ("name", "page", "uploader", "sentence"),
    [
        (
            "pkl_activation_doubling_24.pkl",
            "train",
            "upload_weights",
            "more lists and dictionaries than a network needs",
        ),
        ("pkl_activation_deep.pkl", "train", "upload_weights", "more lists and dictionaries than a network needs"),
        ("pkl_activation_bigint.pkl", "train", "upload_weights", "its activation is not a name"),
        ("pkl_surrogate_classes.pkl", "train", "upload_weights", "its classes are not a list of different names"),
        ("pkl_held_out_all.pkl", "train", "upload_weights", "is ready"),
        ("xss_weights.pkl", "train", "upload_weights", "is ready"),
        ("npz_head_warn.npz", "train", "upload_weights", "W1 is not an array of plain numbers"),
        ("jpg_prog_7071_scans2000.jpg", "", "picture_0", "is a JPEG of more than 12 scans"),
        ("png_50mp_gray16.png", "", "picture_0", "shows no ink"),
        ("csv_astral_long.csv.gz", "dataset", "upload_csv", "has a line of more than 32,768 characters"),
        ("csv_merged_first.csv", "dataset", "upload_csv", "has a line of more than 32,768 characters"),
    ],
)
def test_a_hostile_file_is_answered_with_a_sentence(
    hostile: Path, new_visit: NewVisit, name: str, page: str, uploader: str, sentence: str
) -> None:
    visit = new_visit(page)
    visit.upload(uploader, name, (hostile / name).read_bytes())
    assert not visit.app.exception
    (said,) = [alert for alert in visit.alerts if alert.startswith(name)]
    assert sentence in said


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def picture(as_format: str) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, as_format, progressive=True)
    return file.getvalue()


def with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    jpeg = picture("JPEG")
    return jpeg[:-2] + jpeg[jpeg.rindex(b"\xff\xda") : -2] * count + jpeg[-2:]


def with_chunks(count: int) -> bytes:
    png = picture("PNG")
    return png[:33] + chunk(b"tIME", bytes(7)) * count + png[33:]


def with_name(length: int) -> bytes:
    """A gzip file whose header gives it a long name."""
    packed = gzip.compress(b"1")
    return packed[:3] + b"\x08" + packed[4:10] + b"n" * length + b"\0" + packed[10:]


def empty_tensors() -> bytes:
    tensor = b'"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'
    header = b"{" + tensor * (63 * MEGABYTE // len(tensor))
    return struct.pack("<Q", len(header)) + header


def large_parquet() -> bytes:
    """A few kilobytes that become 70,000 texts of 10,000 letters."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 70_000, pa.int32()), ["x" * 10_000])
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"text": texts}), file, store_schema=False)
    return file.getvalue()


def grey_images(count: int) -> bytes:
    return gzip.compress((b"0.50," * 784 + b"0\n") * count, 6)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: gzip.compress(b"\n" * (128 * MEGABYTE), 1), "has more than 70,000 rows"),
        (lambda: gzip.compress("\U0001d7d8".encode() * 65_536 + b"\n", 1) * 400, "has a line of more than 32,768"),
        (lambda: gzip.compress(b"") * 1_500_000, "is a gzip file of more than 4,096 parts"),
        (lambda: with_name(60 * MEGABYTE), "is a damaged or incomplete gzip file"),
        (large_parquet, "is a Parquet file that is damaged or too large to read"),
        (lambda: grey_images(32_000), EXCEEDED),
    ],
    ids=["blank lines", "long lines", "empty members", "a long name", "large Parquet", "32,000 grey images"],
)
def test_a_dataset_that_would_cost_much_is_refused(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(ValueError, match=rf"^theirs .*{sentence}"):
        uploaded_files.dataset(make(), "theirs", DIGIT_LABELS)


def test_pictures_and_weights_that_would_cost_much_are_refused() -> None:
    for content, sentence in (
        (with_scans(2_000), "JPEG of more than 100 scans"),
        (with_chunks(900_000), "PNG of more"),
    ):
        with pytest.raises(ValueError, match=rf"^theirs is a {sentence}"):
            uploaded_files.picture(content, "theirs")
    with pytest.raises(ValueError, match="a header longer than 1 MB"):
        uploaded_files.network(empty_tensors(), "theirs")


def test_a_large_progressive_jpeg_may_have_the_scans_of_an_ordinary_one() -> None:
    file = io.BytesIO()
    Image.new("RGB", (8_160, 6_120)).save(file, "JPEG", progressive=True)
    jpeg = file.getvalue()
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    for more, sentence in ((2, "shows no ink"), (3, "is a JPEG of more than 12 scans")):
        with pytest.raises(ValueError, match=f"^theirs {sentence}"):
            uploaded_files.picture(jpeg[:-2] + more * scan + jpeg[-2:], "theirs")


def test_pictures_and_strokes_get_less_time_than_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []

    def of(size: int, most_seconds: int) -> Limits:
        given.append(limits(size, most_seconds).seconds)
        return limits(0)

    limits = Limits.of
    monkeypatch.setattr(Limits, "of", of)
    for read in (uploaded_files.picture, uploaded_files.collection, uploaded_files.network):
        with pytest.raises(ValueError, match="theirs"):
            read(bytes(20 * MEGABYTE), "theirs")
    assert given == [4, 4, 20]


def test_a_picture_within_all_bounds_has_its_limits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    Image.new("RGB", (7_000, 7_000)).save(file, "PNG", compress_level=1)
    with pytest.raises(ValueError, match="shows no ink"):
        uploaded_files.picture(file.getvalue(), "large.png")
    monkeypatch.setattr(Limits, "of", lambda *_: Limits(seconds=2, memory=100 * MEGABYTE))
    with pytest.raises(ValueError, match=f"damaged or incomplete|{EXCEEDED}"):
        uploaded_files.picture(file.getvalue(), "large.png")
