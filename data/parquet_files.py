"""Read images from a Parquet file by converting it to CSV.

A page of a Parquet file may claim to decompress to 2 GB, and pyarrow is written in C++, so an untrusted file is read in
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
from language.numbers import whole
from language.translation import _

if TYPE_CHECKING:
    from data.dataset import ColumnRoles, Dataset

MAGIC = b"PAR1"

_ROWS = 2_000
"""The number of rows converted to text at a time."""

_BROKEN = (
    ArithmeticError, AttributeError, LookupError, MemoryError, OSError, SyntaxError, TypeError, ValueError, Warning,
    struct.error, zlib.error,
)  # fmt: skip
"""What pyarrow, Pillow and NumPy raise for damaged tables and images, besides their own errors."""


def read(file: bytes, name: str, scheme: LabelScheme = DIGIT_LABELS, columns: ColumnRoles | None = None) -> Dataset:
    """Read a Parquet file with one image per row.

    The pixels are 784 columns of numbers, as in a CSV, or one column of PNG files (as on Hugging Face) or lists.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: it is damaged, or is not such a table.
    """
    import pyarrow as pa

    try:
        table = _as_csv(file, name)
    except DataError:
        raise
    except (pa.ArrowException, Image.DecompressionBombError, *_BROKEN):
        raise DataError(
            _(
                "{name} is a Parquet file that is damaged or too large to read: save the table as CSV "
                "and choose that file.",
                name=name,
            )
        ) from None
    return csv_files.read(table, name, scheme, columns)


def _as_csv(file: bytes, name: str) -> bytes:
    """Return the table as CSV; DataError if it has too many rows, or `_columns` finds no images."""
    import pyarrow.csv
    import pyarrow.parquet

    source = pyarrow.parquet.ParquetFile(io.BytesIO(file))
    if source.metadata.num_rows > csv_files.LIMIT_ROWS:
        raise DataError(
            _("{name} has more than {most} rows: choose a smaller file.", name=name, most=whole(csv_files.LIMIT_ROWS))
        )
    out = io.BytesIO()
    for rows in source.iter_batches(_ROWS):  # a whole table of 64-bit numbers would take 440 MB
        pyarrow.csv.write_csv(_columns(rows, name), out, pyarrow.csv.WriteOptions(include_header=out.tell() == 0))
    return out.getvalue()


def _columns(rows: Any, name: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return rows of a table with one column per pixel; DataError if it has other columns or images."""
    import pyarrow as pa

    pixels = [i for i, field in enumerate(rows.schema) if not _is_number(field.type)]
    if len(pixels) > 1:
        listed = ", ".join(rows.schema.field(i).name[:40] for i in pixels[:4])
        raise DataError(
            _(
                "{name} has columns that hold no numbers ({columns}): keep the images and one column of labels.",
                name=name,
                columns=listed,
            )
        )
    if not pixels:
        return rows
    images = np.stack([_pixels(value, name) for value in rows.column(pixels[0]).to_pylist()])  # (n, 784)
    columns = {f"pixel{i}": images[:, i] for i in range(PIXELS)}
    labels = {field.name: rows.column(i) for i, field in enumerate(rows.schema) if i != pixels[0]}
    return pa.table({**labels, **columns})


def _is_number(kind: Any) -> bool:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _pixels(value: object, name: str) -> Any:  # noqa: ANN401 - uint8, or floats if a list holds them
    """Return the 784 pixels of one image: a PNG or JPEG, plain or as Hugging Face stores it, or a list of numbers."""
    if isinstance(value, dict):
        value = value.get("bytes")
    if isinstance(value, bytes):
        with Image.open(io.BytesIO(value), formats=("PNG", "JPEG")) as picture:
            if picture.size != (IMAGE_SIDE, IMAGE_SIDE):
                raise DataError(
                    _(
                        "{name} has images of {width}×{height} pixels: only {side}×{side} can be used.",
                        name=name,
                        width=picture.size[0],
                        height=picture.size[1],
                        side=IMAGE_SIDE,
                    )
                )
            return np.asarray(picture.convert("L")).reshape(-1)
    pixels = np.array(value, dtype=np.float64).reshape(-1)
    if len(pixels) != PIXELS:
        raise DataError(
            _(
                "{name} has images of {count} values: only {side}×{side} pixels can be used.",
                name=name,
                count=whole(len(pixels)),
                side=IMAGE_SIDE,
            )
        )
    return pixels
