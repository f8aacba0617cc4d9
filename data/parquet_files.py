"""Read images from a Parquet file, by way of a CSV.

A page of a Parquet file may claim to decompress to 2 GB, and pyarrow is written in C++: a stranger's file is read in
the process of data/untrusted/reading_process.py.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from data import csv_files
from data.dataset import IMAGE_SIDE, PIXELS, DataError
from data.label_schemes import DIGIT_LABELS, LabelScheme

if TYPE_CHECKING:
    from data.dataset import ColumnRoles, Dataset

MAGIC = b"PAR1"

_ROWS = 2_000
"""Rows that are turned into text at a time."""

_BROKEN = (
    ArithmeticError, AttributeError, LookupError, MemoryError, OSError, SyntaxError, TypeError, ValueError, Warning,
    struct.error, zlib.error,
)  # fmt: skip
"""What pyarrow, Pillow and NumPy raise for damaged tables and images, besides errors of their own."""


def read(file: bytes, name: str, scheme: LabelScheme = DIGIT_LABELS, columns: ColumnRoles | None = None) -> Dataset:
    """Read a Parquet file with a row for each image.

    The pixels are 784 columns of numbers, as in a CSV, or one column of PNG files (as on Hugging Face) or lists.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: it is damaged, or is no such table.
    """
    import pyarrow as pa

    try:
        table = _as_csv(file)
    except DataError as error:
        raise DataError(f"{name} {error}") from None
    except (pa.ArrowException, Image.DecompressionBombError, *_BROKEN):
        raise DataError(
            f"{name} is a Parquet file that is damaged or too large to read: "
            "save the table as CSV and choose that file."
        ) from None
    return csv_files.read(table, name, scheme, columns)


def _as_csv(file: bytes) -> bytes:
    """Return the table as CSV.

    Raises:
        DataError: the message follows the name of the file.
    """
    import pyarrow.csv
    import pyarrow.parquet

    source = pyarrow.parquet.ParquetFile(io.BytesIO(file))
    if source.metadata.num_rows > csv_files.LIMIT_ROWS:
        raise DataError(f"has more than {csv_files.LIMIT_ROWS:,} rows: choose a smaller file.")
    out = io.BytesIO()
    for rows in source.iter_batches(_ROWS):  # a whole table of 64-bit numbers would take 440 MB
        pyarrow.csv.write_csv(_columns(rows), out, pyarrow.csv.WriteOptions(include_header=out.tell() == 0))
    return out.getvalue()


def _columns(rows: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return rows of a table with a column for each pixel.

    Raises:
        DataError: the message follows the name of the file.
    """
    import pyarrow as pa

    pixels = [i for i, field in enumerate(rows.schema) if not _is_number(field.type)]
    if len(pixels) > 1:
        names = ", ".join(rows.schema.field(i).name[:40] for i in pixels[:4])
        raise DataError(f"has columns that hold no numbers ({names}): keep the images and one column of labels.")
    if not pixels:
        return rows
    images = np.stack([_pixels(value) for value in rows.column(pixels[0]).to_pylist()])  # (n, 784)
    columns = {f"pixel{i}": images[:, i] for i in range(PIXELS)}
    labels = {field.name: rows.column(i) for i, field in enumerate(rows.schema) if i != pixels[0]}
    return pa.table({**labels, **columns})


def _is_number(kind: Any) -> bool:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _pixels(value: object) -> Any:  # noqa: ANN401 - uint8, or floats where a list holds them
    """Return the 784 pixels of one image: a PNG, alone or as Hugging Face keeps it, or a list of numbers."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if isinstance(value, bytes):
        with Image.open(io.BytesIO(value)) as picture:
            if picture.size != (IMAGE_SIDE, IMAGE_SIDE):
                raise DataError(
                    f"has images of {picture.size[0]}×{picture.size[1]} pixels: "
                    f"only {IMAGE_SIDE}×{IMAGE_SIDE} can be used."
                )
            return np.asarray(picture.convert("L")).reshape(-1)
    pixels = np.array(value, dtype=np.float64).reshape(-1)
    if len(pixels) != PIXELS:
        raise DataError(f"has images of {len(pixels):,} values: only {IMAGE_SIDE}×{IMAGE_SIDE} pixels can be used.")
    return pixels
