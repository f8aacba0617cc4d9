"""What all sessions share, read-only: the built-in network, the datasets, the scheduler. Each is loaded once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data import csv_files, download, idx_files
from data.dataset import IMAGE_SIDE, Dataset
from models.reader import Reader
from nn.batches import as_inputs
from training.scheduler import Scheduler

WEIGHTS = Path(__file__).parents[2] / "models" / "digits.npz"


@st.cache_resource(show_spinner=False)
def scheduler() -> Scheduler:
    """Return the scheduler that trains the runs of all sessions."""
    return Scheduler()


@st.cache_resource(show_spinner=False)
def shipped_reader() -> Reader:
    """Return a reader with the built-in network."""
    reader = Reader.load(WEIGHTS)
    reader.network.freeze()
    return reader


@st.cache_resource(show_spinner=False)
def embedded() -> Dataset:
    """Return the embedded digits."""
    return csv_files.embedded()


@dataclass(frozen=True, eq=False)
class EmbeddedInputs:
    """The embedded digits as inputs of networks.

    Attributes:
        plain: (n, 784) float32 in [0, 1], as in MNIST.
        upright: The same, deslanted.
        labels: (n,) uint8, indices into `classes`.
        classes: Their names.
    """

    plain: NDArray[np.floating[Any]]
    upright: NDArray[np.floating[Any]]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...]

    def for_reader(self, reader: Reader) -> NDArray[np.floating[Any]]:
        """Return the images as a reader's network takes them."""
        return self.upright if reader.normalization.upright else self.plain


@st.cache_resource(show_spinner=False)
def embedded_inputs() -> EmbeddedInputs:
    """Return the embedded digits as inputs of networks."""
    from ink.slant import upright

    digits = embedded()
    deslanted = upright(digits.images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE)).reshape(len(digits), -1)
    plain = as_inputs(digits.images)
    for images in (plain, deslanted):
        images.flags.writeable = False
    return EmbeddedInputs(plain, deslanted, digits.labels, digits.classes)


def mnist() -> Dataset | None:
    """Return the full MNIST, or None if it is not on this machine.

    Raises:
        DataError: When its folder exists but cannot be read.
    """
    folder = download.mnist_folder()
    return None if folder is None else _read_mnist(folder)


@st.cache_resource(show_spinner="Reading MNIST", max_entries=1)
def _read_mnist(folder: Path) -> Dataset:
    return idx_files.read_folder(folder)
