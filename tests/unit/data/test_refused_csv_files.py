"""Files that are not CSV files of digits, or cost too much to read, are refused with a way out."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

import pytest

from data import csv_files, csv_text
from data.dataset import DataError
from tests.unit.data.csv_layouts import IMAGES, LABELS, ROWS, zipped

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"5 153:3 154:18 155:18\n0 128:51\n", "is a LIBSVM file: load it with"),
        (b"@relation mnist\n@attribute a real\n@data\n{0 1}\n", "is a sparse ARFF file"),
        (b"MATLAB 5.0 MAT-file" + b"\0" * 100, "is a MATLAB file: run from scipy.io import loadmat;"),
        (b"MATLAB 7.3 MAT-file" + b"\0" * 100, "is a MATLAB file: run import h5py;"),
        (zlib.compress(b"joblib"), "compressed by joblib: run import joblib;"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file: save its arrays with numpy.savez"),
        (b"\x93NUMPY\1\0", "is a single NumPy array: save its arrays"),
        (b"ARROW1\0\0", "is an Arrow file: save the table as CSV"),
        (b"BZh91AY", "is a bzip2 file: unpack it"),
        (b"\0" * 257 + b"ustar\0" + b"\0" * 300, "is a tar archive: unpack it"),
        (b"\0\0\x08\x03\0\0\0\x01", "is an IDX file of images: choose it together with its labels"),
        (b'[{"label": 1}]', "is a JSON file: save the table as CSV"),
        (b"RIFF\0\0\0\0WEBP", "is a picture: upload it on the Draw page"),
    ],
)
def test_another_format_is_named_with_a_way_out(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        csv_files.read(content, "theirs")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["train.csv", "test.csv"], "holds 2 files (train.csv, test.csv), but one is needed: unzip it and choose one"),
        ([], "holds 0 files (none)"),
        ([f"{i}.png" for i in range(300)], "holds more than 256 files"),
        (["xl/workbook.xml", "[Content_Types].xml"], "is an Excel workbook: save the table as CSV"),
        (["digits/data.pkl", "digits/version"], "is a PyTorch file"),
    ],
)
def test_an_archive_without_its_one_file_is_refused(names: list[str], sentence: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    with pytest.raises(DataError) as refused:
        csv_files.read(file.getvalue(), "archive.zip")
    assert sentence in str(refused.value)


class TestBounds:
    """Costly content is refused before it costs time or memory."""

    @pytest.mark.parametrize("content", [b"\n" * csv_text.LIMIT_BYTES, b"\r\n" * (csv_text.LIMIT_BYTES // 2)])
    def test_blank_lines_are_counted(self, content: bytes) -> None:
        with pytest.raises(DataError, match="more than 70,000 rows"):
            csv_files.read(gzip.compress(content, 1), "blank.csv.gz")

    def test_members_of_a_gzip_file_are_counted(self) -> None:
        with pytest.raises(DataError, match="a gzip file of more than 4,096 parts"):
            csv_files.read(gzip.compress(b"") * 1_500_000, "empty.csv.gz")

    @pytest.mark.parametrize(
        "nothing", [b"n" * 2**22 + b"\0", b"\0" + b"\0\0\0\xff\xff" * 2**20], ids=["a long name", "empty blocks"]
    )
    def test_what_holds_nothing_in_a_gzip_file_is_bounded(self, nothing: bytes) -> None:
        header, deflated = gzip.compress(csv_files.write(IMAGES, LABELS))[:10], gzip.compress(b"1")[10:]
        with pytest.raises(DataError, match="damaged or incomplete gzip file"):
            csv_files.read(header[:3] + b"\x08" + header[4:] + nothing + deflated, "named.csv.gz")

    def test_a_gzip_file_of_several_members_is_read(self) -> None:
        content = csv_files.write(IMAGES, LABELS)
        parts = [gzip.compress(content[i : i + 5_000]) for i in range(0, len(content), 5_000)]
        assert len(csv_files.read(b"".join(parts) + b"\0" * 512, "parts.csv.gz")) == len(ROWS)

    def test_a_zip_bomb_is_refused(self) -> None:
        with pytest.raises(DataError, match="larger than 128 MB"):
            csv_files.read(zipped(bytes(csv_text.LIMIT_BYTES + 2)), "bomb.zip")

    def test_long_cells_are_refused(self) -> None:
        line = b"a" * (csv_text.LIMIT_LINE - 800) + b"," * 784 + b"\n"
        with pytest.raises(DataError, match="neither its first nor its last column"):
            csv_files.read(b"0," * 784 + b"0\n" + line * 500, "long.csv")
