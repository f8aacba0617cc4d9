"""Serve Streamlit's own scripts and style sheets compressed.

Streamlit 1.67.0 leaves that to a proxy: its gzip middleware skips them, because it would compress every file again for
each visitor. Here each file is compressed once; file names contain a hash of the content, so files never change.

Delete this once `curl --compressed` gets a `content-encoding` for them from Streamlit itself.
"""

import gzip
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

_TYPES = {".js": "text/javascript", ".css": "text/css"}
_ROOT = Path(get_static_dir())

FILES = {
    path.relative_to(_ROOT).as_posix(): path for path in (_ROOT / "static").rglob("*") if path.suffix in {".js", ".css"}
}
"""The compressible files by path relative to the address of the app."""


@cache
def compressed(path: str) -> bytes:
    """Return one of `FILES`, compressed with gzip."""
    return gzip.compress(FILES[path].read_bytes(), mtime=0)


def media_type(path: str) -> str:
    """Return the MIME type of one of `FILES`."""
    return _TYPES[FILES[path].suffix]
