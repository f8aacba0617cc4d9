"""What the process that waits for uploaded files imports and computes in advance, so that files are read at once."""

import contextlib
import os

# pyarrow's own allocator would reserve a gigabyte before the memory limit is set, which would not count it.
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"

import pyarrow.csv
import pyarrow.parquet  # noqa: F401
from PIL import Image

import ui.state.uploaded_files  # noqa: F401
from data import image_adjustments
from data.dataset import DataError

Image.init()
with contextlib.suppress(DataError):  # if they are damaged, no file needs them
    image_adjustments.embedded_means()
