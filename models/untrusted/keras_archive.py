"""Read the layers of an untrusted .keras file, a zip archive of their description and their arrays.

Nothing in it is run; of its configuration, only the names of activations are taken.
"""

import json
from collections.abc import Mapping

from data.untrusted.raw_arrays import UnusableFileError
from language.translation import _
from models.untrusted import hdf5_file

MAX_CONFIG_BYTES = 2**20

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"


def is_keras(members: Mapping[str, bytes]) -> bool:
    """Return whether these members of a zip archive are those of a .keras file."""
    return _WEIGHTS in members


def read(members: Mapping[str, bytes]) -> dict[str, object]:
    """Return the arrays of a .keras file, and the activations that it states.

    Raises:
        UnusableFileError: It is damaged, or its configuration is longer than MAX_CONFIG_BYTES.
    """
    config = members.get(_CONFIG, b"{}")
    if len(config) > MAX_CONFIG_BYTES:
        raise UnusableFileError(
            _("its {member} is longer than {megabytes} MB", member=_CONFIG, megabytes=MAX_CONFIG_BYTES >> 20)
        )
    try:
        described = json.loads(config)
    except (ValueError, RecursionError):
        raise UnusableFileError(_("its {member} is damaged", member=_CONFIG)) from None
    return {"activation": _activations(described), "model": hdf5_file.read(members[_WEIGHTS])}


def _activations(described: object) -> list[str]:
    """Return the activations of the layers of a model, without "linear" where other layers apply one."""
    match described:
        case {"config": {"layers": list(layers)}}:
            pass
        case _:
            return []
    names: list[str] = []
    are_apart = False
    for layer in layers:
        match layer:
            case {"class_name": "ReLU"}:
                names.append("relu")
                are_apart = True
            case {"class_name": "ELU", "config": {"alpha": 1}} | {
                "class_name": "LeakyReLU",
                "config": {"negative_slope": 0.01},
            }:
                names.append("elu" if layer["class_name"] == "ELU" else "leaky_relu")
                are_apart = True
            case {"class_name": "ELU" | "LeakyReLU"} | {"config": {"activation": "leaky_relu"}}:  # whose slope is 0.2
                raise UnusableFileError(
                    _("its ELU or leaky ReLU has another slope for negative values than this app's")
                )
            case {"class_name": str(kind), "config": {"activation": str(name)}}:
                names.append(name)
                are_apart |= kind == "Activation"
    if names[-1:] == ["linear"]:
        names.pop()
    return [name for name in names if name != "linear" or not are_apart]
