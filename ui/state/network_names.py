"""The names of networks: the key of each, and the title that a visitor reads."""

from language.translation import N_, _
from training.run_record import shown_name

SHIPPED = N_("Built-in network")

SMALL = N_("Small network (16 units)")
"""A network trained so briefly that it is unsure of many digits; offered only where that is the point."""

CORRECTED = ", corrected"
"""The end of the name of a network that has learned from corrections."""


def network_title(name: str) -> str:
    """Return the name of a network in the reader's language; an uploaded file's name stays as it is."""
    if name.endswith(CORRECTED):
        return _("{network}, corrected", network=network_title(name.removesuffix(CORRECTED)))
    return _(name) if name in {SHIPPED, SMALL} else shown_name(name)
