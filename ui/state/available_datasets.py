"""The datasets that a person has: those of the app, and those uploaded in this session."""

from dataclasses import dataclass, field

from data.dataset import DataError, Dataset, Split
from training.settings import SETTINGS, Settings
from ui.state import bounded_dict, shared_resources

EMBEDDED = "embedded"
MNIST = "mnist"

KEPT_DATASETS = 3
"""Uploaded datasets that a session keeps; the oldest gives way."""


class NotHereError(DataError):
    """A dataset that this machine or this session does not have."""


@dataclass
class Datasets:
    """What a person can choose from.

    Attributes:
        uploads: Uploaded datasets, by name, oldest first.
        problem: Why the files uploaded last cannot be used; empty when they can.
    """

    uploads: dict[str, Dataset] = field(default_factory=dict)
    problem: str = ""

    def names(self) -> dict[str, str]:
        """Return what each is called, by key."""
        return {key: SETTINGS["dataset"].format(key) for key in (EMBEDDED, MNIST, *self.uploads)}

    def get(self, key: str) -> Dataset:
        """Return a dataset.

        Raises:
            DataError: When it is not there, with what to do.
        """
        if key == EMBEDDED:
            return shared_resources.embedded()
        if key == MNIST:
            found = shared_resources.mnist()
            if found is None:
                raise NotHereError("The full MNIST is not on this machine yet. Download it on the Dataset page.")
            return found
        if key not in self.uploads:
            raise NotHereError(f"{key} is not loaded in this session: upload it on the Dataset page.")
        return self.uploads[key]

    def bring(self, name: str, dataset: Dataset) -> None:
        """Keep an uploaded dataset under the name of its file."""
        bounded_dict.put(self.uploads, name, dataset, KEPT_DATASETS)

    def split(self, settings: Settings) -> Split:
        """Return the train, dev and test digits of these settings.

        Raises:
            DataError: When the dataset is not there or too small for the sizes.
        """
        return self.get(settings.dataset).split(settings.seed, settings.dev_size, settings.test_size)
