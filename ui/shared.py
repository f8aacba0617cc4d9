"""What all sessions share: the shipped network, the datasets, the scheduler. Each is loaded once, and only read."""

from pathlib import Path

import streamlit as st

from data import csv_files, download, idx_files
from data.dataset import Dataset
from models.reader import Reader
from training.scheduler import Scheduler

WEIGHTS = Path(__file__).parent.parent / "models" / "digits.npz"


@st.cache_resource(show_spinner=False)
def scheduler() -> Scheduler:
    """Return the scheduler that trains the runs of all sessions."""
    return Scheduler()


@st.cache_resource(show_spinner=False)
def shipped_reader() -> Reader:
    """Return the reader with the saved weights that come with the app."""
    reader = Reader.load(WEIGHTS)
    reader.network.freeze()
    return reader


@st.cache_resource(show_spinner=False)
def embedded() -> Dataset:
    """Return the digits that come with the app."""
    return csv_files.embedded()


def mnist() -> Dataset | None:
    """Return the full MNIST, or None while it is not on this machine.

    Raises:
        DataError: When its folder is there but cannot be read.
    """
    folder = download.mnist_folder()
    return None if folder is None else _read_mnist(folder)


@st.cache_resource(show_spinner="Reading MNIST", max_entries=1)
def _read_mnist(folder: Path) -> Dataset:
    return idx_files.read_folder(folder)
