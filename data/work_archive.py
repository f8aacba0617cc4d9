"""The file of saved work: a zip of JSON, arrays and other files, and a manifest with the checksum of each.

    manifest.json   {"format": "Digit Lab work", "version": 1, "readable_from": 1,
                     "members": {"work.json": {"bytes": 812, "sha256": "…"}, …}}
    *.json, *.npy   JSON in UTF-8, and plain arrays as numpy.save writes them

`version` is that of the program that wrote the file, and `readable_from` the earliest version that can use it. A later
version may add members and fields, which an earlier one ignores and reports. docs/formats.md says what the members
mean.
"""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.untrusted import npz_archive, zip_members
from data.untrusted.json_fields import Fields
from data.untrusted.raw_arrays import UnusableFileError, printable
from language.translation import N_, _

FORMAT = "Digit Lab work"
VERSION = 1
MANIFEST, WORK, COLLECTION = "manifest.json", "work.json", "collection.json"
NETWORKS = "networks/"
"""The prefix of the names of members that are networks, as models/weights.py saves them."""

MAX_BYTES = 128 * 2**20
"""The maximum size of a file, and of all its members together."""
MAX_JSON_BYTES = 2**20
"""The maximum size of a JSON member: parsing takes up to twenty times as much memory."""

TYPES = ("|u1", "<i8", "<f4", "<f8")
"""The types that arrays may have."""

_OTHER = N_("it is not a file of work saved here")
_MOST_VERSIONS = 10**6


@dataclass(frozen=True)
class Contents:
    """What a file of saved work holds.

    Attributes:
        version: The version of the program that wrote it.
        members: The bytes of each member, by its name, without the manifest.
        unlisted: The names of members that the manifest does not list; they were ignored.
    """

    version: int
    members: Mapping[str, bytes]
    unlisted: tuple[str, ...]


def write(members: Mapping[str, bytes]) -> bytes:
    """Return the file of these members."""
    listed = {name: {"bytes": len(data), "sha256": _checksum(data)} for name, data in members.items()}
    manifest = {"format": FORMAT, "version": VERSION, "readable_from": 1, "members": listed}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in {MANIFEST: as_json(manifest), **members}.items():
            member = zipfile.ZipInfo(name)  # no time: ZIP cannot store one before 1980
            member.external_attr = 0o600 << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def read(data: bytes) -> Contents:
    """Return what a file holds, after verifying the checksum of each member.

    Raises:
        UnusableFileError: It is not such a file, is damaged, too large, or of a version that cannot be read here.
    """
    if len(data) > MAX_BYTES:
        raise UnusableFileError(_("it is larger than {megabytes} MB", megabytes=MAX_BYTES >> 20))
    if not data.startswith(b"PK"):
        raise UnusableFileError(_(_OTHER))
    too_large = _("it would decompress to more than {megabytes} MB", megabytes=MAX_BYTES >> 20)
    found = zip_members.read_each(data, lambda name, file, size: file.read(size), MAX_BYTES, too_large)  # noqa: ARG005
    if MANIFEST not in found:
        raise UnusableFileError(_(_OTHER))
    manifest = Fields(from_json(found.pop(MANIFEST), MANIFEST))
    if manifest.plain("format") != FORMAT:
        raise UnusableFileError(_(_OTHER))
    version = manifest.whole("version", 1, _MOST_VERSIONS)
    if manifest.whole("readable_from", 1, _MOST_VERSIONS) > VERSION:
        raise UnusableFileError(_("it needs a later version of Digit Lab than this one"))
    listed = manifest.inner("members")
    for name in listed.names():
        about = listed.inner(name)
        member = found.get(name)
        if member is None or about.plain("bytes") != len(member) or about.plain("sha256") != _checksum(member):
            raise UnusableFileError(_("{member} in it is missing or damaged", member=printable(name)))
    members = {name: found[name] for name in listed.names()}
    return Contents(version, members, tuple(name for name in found if name not in members))


def as_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return a value as a member."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def from_json(data: bytes, name: str) -> object:
    """Return the value of a member of JSON.

    Raises:
        UnusableFileError: It is too large, or not JSON.
    """
    if len(data) > MAX_JSON_BYTES:
        raise UnusableFileError(
            _("{member} in it is larger than {megabytes} MB", member=printable(name), megabytes=MAX_JSON_BYTES >> 20)
        )
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise UnusableFileError(_("{member} in it is not JSON", member=printable(name))) from None


def as_npy(array: NDArray[Any]) -> bytes:
    """Return an array of one of TYPES as a member."""
    if array.dtype.str not in TYPES:
        raise ValueError(f"the type of an array must be one of {', '.join(TYPES)}; got {array.dtype.str}")
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return file.getvalue()


def from_npy(data: bytes, name: str) -> NDArray[Any]:
    """Return the array of a member, read-only and without a copy.

    Raises:
        UnusableFileError: It is not a plain array of one of TYPES, in C order, with as many elements as its shape says.
    """
    label = printable(name)
    array, start = npz_archive.described(data, label)
    shape = array.shape
    if array.dtype not in TYPES or not isinstance(shape, tuple) or (array.fortran and len(shape) > 1) or len(shape) > 4:
        raise UnusableFileError(_("{name} is not a plain array", name=label))
    if math.prod(shape) * np.dtype(array.dtype).itemsize != len(data) - start:
        raise UnusableFileError(_("{name} holds more or fewer numbers than its shape says", name=label))
    return np.frombuffer(data, array.dtype, offset=start).reshape(shape)


def _checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
