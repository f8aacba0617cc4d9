"""Write the model card of a saved network from the metadata in its file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recipe import reading_accuracy
from recipe.cross_validation import MAX_REJECTED
from recipe.negatives import catalogue
from recipe.sources import INK_FILES

if TYPE_CHECKING:
    from models.weights import SavedNetwork


def text(saved: SavedNetwork, path: Path) -> str:
    """Return the card of a saved network in Markdown, with the name, size and checksum of its file."""
    content, about = path.read_bytes(), saved.about
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, from our own file
    )
    return templates.get_template("model_card.md.j2").render(
        about,
        drawn_digits=about["drawn"],
        network=saved.network,
        file=path.name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sizes=reading_accuracy.SIZES,
        canvas=reading_accuracy.CANVAS,
        per_kind=reading_accuracy.PER_KIND,
        max_rejected=MAX_REJECTED,
        trained_kinds=catalogue.TRAINED,
        unseen_kinds=catalogue.UNSEEN,
        ink_files=INK_FILES,
    )
