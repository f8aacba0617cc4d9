"""The names of datasets made in the app: the English name that identifies each, and the one that a visitor reads."""

import re

from language.translation import N_, _

HANDWRITING = N_("Your handwriting")

_ROOM, _WITH_EMBEDDED = N_("Room {name}"), N_("{dataset} and the embedded digits")


def of_room(name: str) -> str:
    """Return the name that identifies the drawings of a room, which may itself have no name."""
    return _ROOM.format(name=name).strip()


def with_embedded(name: str) -> str:
    """Return the name that identifies a dataset once the embedded digits have joined it."""
    return _WITH_EMBEDDED.format(dataset=name)


def dataset_title(name: str) -> str:
    """Return the name of a dataset in the reader's language; that of a file is unchanged."""
    if joined := re.fullmatch(with_embedded("(.+)"), name):
        return _(_WITH_EMBEDDED, dataset=dataset_title(joined[1]))
    if room := re.fullmatch(of_room("(.*)"), f"{name} "):
        return _(_ROOM, name=room[1].strip()).strip()
    return _(name) if name == HANDWRITING else name
