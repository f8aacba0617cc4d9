"""What the process that waits for uploaded files imports and computes, so that each file is read without delay."""

import contextlib
import os

# pyarrow's own allocator would reserve a gigabyte, which a limit set later does not count.
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"

import pyarrow.csv
import pyarrow.parquet  # noqa: F401
from PIL import Image

import ui.state.uploaded_files  # noqa: F401
from data import adjustments
from data.dataset import DataError

Image.init()
with contextlib.suppress(DataError):  # no file needs them where they are damaged
    adjustments.embedded_means()
