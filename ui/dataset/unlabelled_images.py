"""Images without labels: a network reads them, and its answers can be saved as a CSV file in Kaggle's format."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, Adjustment, UnlabelledError, without
from language.translation import _
from models.reader import Reader
from ui.dataset.inferred_layout import inferred_layout
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates
from ui.widgets.network_choice import choose_network
from ui.widgets.palette import palette
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("dataset/page.html.j2")

BATCH = 1_000
SHOWN = 10


@dataclass
class _Unlabelled:
    """The last file, if it holds images but no labels, and the changes to its images that are undone."""

    found: UnlabelledError | None = None
    undone: frozenset[Adjustment] = frozenset()

    def toggle(self, adjustment: Adjustment) -> None:
        """Undo a change to the images, or redo it."""
        self.undone ^= {adjustment}


def keep(found: UnlabelledError | None) -> None:
    """Keep the images of a file without labels, replacing earlier ones; None drops them."""
    state = page_state(_Unlabelled)
    state.found, state.undone = found, frozenset()


def offer_answers(session: Session) -> UnlabelledError | None:
    """If the last file holds no labels, say so, offer to read its images with a network, and return what was found."""
    state = page_state(_Unlabelled)
    found = state.found
    if found is None:
        return None
    messages.hint(str(found))
    inferred_layout(found.notes, found.adjustments, state.undone, state.toggle, "unlabelled")
    images = without(found.images, [each for each in found.adjustments if each in state.undone])
    with st.container(key="answers", horizontal=True, vertical_alignment="bottom", gap="small"):
        name = choose_network(session.networks.names(), session.networks.chosen, "answers_network")
        reader = session.networks.reader(name)
        download_button(
            _("Download answers"),
            partial(answers, reader, images),
            file_name="answers.csv",
            mime="text/csv",
            key="download_answers",
            help=_("A CSV with ImageId and Label, as Kaggle takes it."),
        )
    colours = palette()
    first = images[:SHOWN]
    pictures = [data_uri(ink_picture(image.reshape(IMAGE_SIDE, IMAGE_SIDE) / 255, colours)) for image in first]
    st.html(TEMPLATES.answered(images=zip(_names(reader, first), pictures, strict=True)))
    return found


def answers(reader: Reader, images: NDArray[np.uint8]) -> bytes:
    """Return the CSV of a network's answers: ImageId from 1 and Label, one line per image (n, 784)."""
    lines = ["ImageId,Label"]
    for start in range(0, len(images), BATCH):
        names = _names(reader, images[start : start + BATCH])
        lines += [f"{start + number},{_quoted(name)}" for number, name in enumerate(names, start=1)]
    return ("\n".join(lines) + "\n").encode()


def _names(reader: Reader, images: NDArray[np.uint8]) -> list[str]:
    return [reader.classes[index] for index in reader.probabilities(images).argmax(axis=1)]


def _quoted(name: str) -> str:
    """Quote the name of a class if CSV requires it."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name
