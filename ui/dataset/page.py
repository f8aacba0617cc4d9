"""Dataset: examples by class and part of the split, counts, class means, downloads and uploads."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from data import csv_files
from data.dataset import DIGITS, IMAGE_SIDE, PIXELS, DataError, Dataset, Examples, Split
from language.numbers import whole
from language.translation import N_, _
from ui import routes
from ui.dataset.add_data import add_data
from ui.dataset.inferred_layout import inferred_layout
from ui.state.available_datasets import Datasets
from ui.state.session import Session
from ui.widgets import charts, messages
from ui.widgets.array_images import data_uri, ink_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.next_step import next_step
from ui.widgets.palette import Palette, palette
from ui.workarounds.persistent_download import download_button
from ui.workarounds.streamed_download import StreamedFile

TEMPLATES = Templates("dataset/page.html.j2")

SPLITS = (N_("train"), N_("dev"), N_("test"))
DIGITS_A_PAGE = 120
COLUMNS = 20
ALL = -1


def page() -> None:
    """Show the page."""
    session = Session.attach()
    with st.container(key="dataset_head", horizontal=True, vertical_alignment="bottom"):
        lead = _("What a network learns from and is measured on.")
        st.html(Markup("<h1>{}</h1><p class='lead'>{}</p>").format(_("The digits"), lead), width="stretch")
        names = session.datasets.names()
        key = st.selectbox(
            _("Dataset"),
            list(names),
            format_func=lambda key: names.get(key, key),
            key="shown_dataset",
            help=_("Which dataset this page shows. The Train page has its own choice."),
            width=230,
            persist_state="session",
        )
    try:
        dataset = session.datasets.get(key)
    except DataError as error:
        messages.hint(str(error))
    else:
        _show(session.datasets, key, dataset)
    add_data(session)
    next_step(routes.DATASET)


def _show(datasets: Datasets, key: str, dataset: Dataset) -> None:
    """Show a dataset: how it was read, examples, counts, class means and first rows."""
    split = dataset.split(0, *dataset.default_sizes)
    colours = palette()
    st.html(_size_line(dataset, split))
    inferred_layout(dataset.notes, dataset.adjustments, datasets.undone(key), partial(datasets.toggle, key))
    _browse(split, dataset.classes, colours)
    with st.container(key="dataset_numbers"):
        with st.container(key="counts"):
            st.html(Markup("<h2 class='section'>{}</h2>").format(_("Examples per class")))
            parts = [_(part) for part in SPLITS]
            counts = _counts(split, dataset.classes, parts)
            st.vega_lite_chart(
                counts,
                charts.class_counts(colours, parts, most=int(counts.groupby("class")["count"].sum().max())),
                key="class_counts",
                alt=_("Examples of each class in train, dev and test: {counts}", counts=_in_words(counts)),
            )
        with st.container(key="means"):
            st.html(_mean_digits(split.train, dataset.classes, colours))
    st.html(TEMPLATES.first_rows(*csv_files.table(*dataset.examples.take(limit=5))))
    download_button(
        _("Download as CSV"),
        lambda: StreamedFile(partial(csv_files.pieces, dataset.images, dataset.labels)),
        file_name=f"{_file_stem(dataset.name)}.csv",
        mime="text/csv",
        key="download_csv",
        help=_("All images except a separate test set. You can upload this file again."),
    )


def _size_line(dataset: Dataset, split: Split) -> Markup:
    return TEMPLATES.counts(
        total=len(dataset) + (0 if dataset.test_examples is None else len(dataset.test_examples)),
        is_of_digits=dataset.classes == DIGITS,
        parts={part: len(getattr(split, part)) for part in SPLITS},
        has_own_test=dataset.test_examples is not None,
    )


@st.fragment
def _browse(split: Split, classes: tuple[str, ...], colours: Palette) -> None:
    """Show the examples of one class and part of the split, one page at a time."""
    with st.container(key="browse_controls", horizontal=True, vertical_alignment="bottom", gap="medium"):
        part = st.segmented_control(
            _("Split"),
            SPLITS,
            default="train",
            required=True,
            key="shown_part",
            format_func=lambda part: _(part).capitalize(),
        )
        chosen = st.segmented_control(
            _("Class"),
            [ALL, *range(len(classes))],
            default=ALL,
            required=True,
            key="shown_class",
            format_func=lambda index: _("All") if index == ALL else messages.plain(classes[index]),
        )
        examples: Examples = getattr(split, part or "train")
        rows = examples.rows if chosen == ALL else examples.rows_of(chosen)
        pages = max(1, -(-len(rows) // DIGITS_A_PAGE))
        number = st.number_input(_("Page"), 1, pages, 1, key=f"browse_page_{part}_{chosen}", width=130)
    first = (number - 1) * DIGITS_A_PAGE
    shown = rows[first : first + DIGITS_A_PAGE]
    if not len(shown):
        st.info(_("This split has no examples of this class."))
        return
    images, labels = examples.images[shown], examples.labels[shown]
    picture = ink_picture(tiles(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE) / 255, COLUMNS, gap=4), colours)
    st.html(
        TEMPLATES.digits(
            image=data_uri(picture),
            names=[classes[label] for label in labels],
            is_of_digits=classes == DIGITS,
            first=first + 1,
            last=first + len(shown),
            total=len(rows),
            class_name=None if chosen == ALL else classes[chosen],
        )
    )


def _counts(split: Split, classes: tuple[str, ...], parts: Sequence[str]) -> pd.DataFrame:
    rows = [
        (name, shown, int(count), order)
        for order, (part, shown) in enumerate(zip(SPLITS, parts, strict=True))
        for name, count in zip(classes, getattr(split, part).class_counts(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["class", "part", "count", "order"])


def _in_words(counts: pd.DataFrame) -> str:
    """Return the counts of each class in train, dev and test: 0: 400, 50, 50; 1: …."""
    of_classes = counts.groupby("class", sort=False)["count"]
    return "; ".join(f"{name}: {', '.join(map(whole, parts))}" for name, parts in of_classes)


def _mean_digits(examples: Examples, classes: tuple[str, ...], colours: Palette) -> Markup:
    """Return the mean image of each class."""
    cells = []
    for index, name in enumerate(classes):
        mean = examples.mean_image(index)
        source = data_uri(
            ink_picture((np.zeros(PIXELS) if mean is None else mean).reshape(IMAGE_SIDE, IMAGE_SIDE), colours)
        )
        cells.append((name, source))
    return TEMPLATES.mean_images(classes=cells)


def _file_stem(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.removesuffix(".csv").lower()).strip("-") or "digits"
