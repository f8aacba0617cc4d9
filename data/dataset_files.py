"""Read a dataset from one file in any format that the app reads, detected from its content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data import array_files, csv_files, parquet_files
from data.dataset import DataError
from data.file_io import ZIP_MAGIC, read_start
from data.label_schemes import DIGIT_LABELS, LabelScheme
from language.translation import _

if TYPE_CHECKING:
    from pathlib import Path

    from data.dataset import ColumnRoles, Dataset

LIMIT_BYTES = csv_files.LIMIT_BYTES

_NPY = re.compile(rb"\.npy")
# Protocols 2 to 5 begin with their number; 0 and 1 are recognized by the first name that they ask for.
_PICKLE = re.compile(rb"\x80[\2-\5]|[(\]}c].{0,40}c?(numpy|_codecs)", re.DOTALL)


def read(
    file: bytes | Path, name: str, scheme: LabelScheme = DIGIT_LABELS, columns: ColumnRoles | None = None
) -> Dataset:
    """Read a file of images and labels: CSV, ARFF, .npz, a pickle or Parquet.

    Args:
        file: the bytes or path of the file.
        name: the name of the dataset, and of the file in error messages.
        scheme: the meaning of the labels; digits by default.
        columns: what the columns of a table hold; see csv_files.read.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: it is none of these, or cannot be used; the message says why and what to do.
    """
    start = read_start(file, 512, name)
    if _PICKLE.match(start):
        return array_files.read_pickle(file, name, scheme)
    if start.startswith(parquet_files.MAGIC):
        return parquet_files.read(read_start(file, LIMIT_BYTES + 1, name), name, scheme, columns)
    if start.startswith(ZIP_MAGIC):
        content = read_start(file, LIMIT_BYTES + 1, name)
        if _NPY.search(content):
            if len(content) > LIMIT_BYTES:
                raise DataError(
                    _(
                        "{name} is larger than {megabytes} MB: save its arrays with {code} and choose that file.",
                        name=name,
                        megabytes=LIMIT_BYTES >> 20,
                        code='numpy.savez_compressed("smaller.npz", x_train=images.astype("float32"), y_train=labels)',
                    )
                )
            return array_files.read_npz(content, name, scheme)
    return csv_files.read(file, name, scheme, columns)
