"""The table DATASETS: every dataset that Digit Lab includes or can download."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data import csv_files, download, idx_files
from data.dataset import DataError, Dataset
from language.translation import N_, _


class MissingDatasetError(DataError):
    """A dataset is missing from this machine or session; the message says how to get it."""


@dataclass(frozen=True)
class BuiltInDataset:
    """A dataset available in every session.

    Attributes:
        label: Its name in the app.
        find: Returns the path of its file or folder, or None if it is not on this machine.
        read: Reads it from that path; raises DataError if it cannot.
        how_to_get: A sentence to show if it is missing.
    """

    label: str
    find: Callable[[], Path | None]
    read: Callable[[Path], Dataset]
    how_to_get: str = ""

    def path(self) -> Path:
        """Return the path of the dataset.

        Raises:
            MissingDatasetError: If it is not on this machine.
        """
        path = self.find()
        if path is None:
            raise MissingDatasetError(
                _(
                    "{label} is not on this machine yet: {how_to_get}",
                    label=_(self.label),
                    how_to_get=_(self.how_to_get),
                )
            )
        return path

    def load(self) -> Dataset:
        """Read the dataset.

        Raises:
            DataError: If it is missing or cannot be read.
        """
        return self.read(self.path())


DATASETS: dict[str, BuiltInDataset] = {
    "embedded": BuiltInDataset(
        N_("Embedded 5,000"), find=lambda: csv_files.EMBEDDED, read=lambda _: csv_files.embedded()
    ),
    "mnist": BuiltInDataset(
        N_("Full MNIST"),
        download.mnist_folder,
        idx_files.read_folder,
        how_to_get=N_("download it on the Dataset page or with python -m data.download."),
    ),
}
