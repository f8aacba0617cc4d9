"""The datasets that a session can learn from: the app's, and uploaded ones."""

from data.built_in import DATASETS, MissingDatasetError
from data.dataset import Dataset, Split
from training.settings import SETTINGS, Settings
from ui.state import shared_resources
from ui.state.bounded_dict import BoundedDict

KEPT_DATASETS = 3
"""Uploaded datasets that a session keeps."""


class Datasets:
    """The datasets of one session.

    Attributes:
        uploads: Uploaded datasets by name, oldest first.
    """

    def __init__(self) -> None:
        """Offer the datasets that all sessions share."""
        self.uploads: BoundedDict[str, Dataset] = BoundedDict(KEPT_DATASETS)

    def names(self) -> dict[str, str]:
        """Return the names of all, by key."""
        return {key: SETTINGS["dataset"].format(key) for key in (*DATASETS, *self.uploads)}

    def get(self, key: str) -> Dataset:
        """Return a dataset.

        Raises:
            DataError: When it is missing, with what to do.
        """
        if key in DATASETS:
            return shared_resources.built_in(key)
        if key not in self.uploads:
            raise MissingDatasetError(f"{key} is not loaded in this session: upload it on the Dataset page.")
        return self.uploads[key]

    def split(self, settings: Settings) -> Split:
        """Return the train, dev and test digits of these settings.

        Raises:
            DataError: When the dataset is missing or too small for the sizes.
        """
        return self.get(settings.dataset).split(settings.seed, settings.dev_size, settings.test_size)
