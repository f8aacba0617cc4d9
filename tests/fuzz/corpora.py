"""The files from which fuzzing starts: small ones of our own, in a zip archive for each reader."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent / "corpus"

_UNDATED = (1980, 1, 1, 0, 0, 0)


def kept(reader: str) -> list[bytes]:
    """Return the files kept for a reader."""
    with zipfile.ZipFile(FOLDER / f"{reader}.zip") as archive:
        return [archive.read(name) for name in archive.namelist()]


def keep(reader: str, files: Iterable[bytes]) -> None:
    """Keep these files for a reader, shortest first, in place of those kept so far."""
    with zipfile.ZipFile(FOLDER / f"{reader}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for content in sorted(set(files), key=lambda each: (len(each), each)):
            entry = zipfile.ZipInfo(name_of(content), _UNDATED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def name_of(content: bytes) -> str:
    """Return the name of a file by its content, as libFuzzer does."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
