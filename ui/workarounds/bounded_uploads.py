"""Bound the memory of a session's uploaded files, and refuse files that no page asked for.

Streamlit 1.67.0 takes a file under any id that is sent to a session's upload address, and keeps it until the session
ends, even if no uploader shows it. Here the ids that it issues are signed, so that there are none to remember.

Delete this once Streamlit bounds uploads itself; tests/unit/ui/test_budgets.py covers it.
"""

import hmac
import secrets
from collections.abc import Sequence

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec, UploadFileUrlInfo

from ui.serving.budgets import UPLOADS_MB

_add_file = MemoryUploadedFileManager.add_file
_get_upload_urls = MemoryUploadedFileManager.get_upload_urls

_KEY = secrets.token_bytes()


def bound_uploads() -> None:
    """From now on, drop the oldest files of a session to make room for a new one, and sign the ids that are issued."""
    for name, method in {"add_file": _add_bounded, "get_upload_urls": _signed_urls}.items():
        setattr(MemoryUploadedFileManager, name, method)


def is_asked_for(session_id: str, file_id: str) -> bool:
    """Return whether a page of the session has asked where to send a file, and was told this id."""
    number, _, signature = file_id.rpartition("-")
    return hmac.compare_digest(signature.encode(), _signature(session_id, number).encode())


def _signature(session_id: str, number: str) -> str:
    return hmac.digest(_KEY, f"{session_id} {number}".encode(), "sha256").hex()


def _signed_urls(manager: MemoryUploadedFileManager, session_id: str, names: Sequence[str]) -> list[UploadFileUrlInfo]:
    return [
        UploadFileUrlInfo(*(f"{each}-{_signature(session_id, urls.file_id)}" for each in urls))
        for urls in _get_upload_urls(manager, session_id, names)
    ]


def _add_bounded(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    kept = list(manager.file_storage.get(session_id, {}).values())
    held = sum(len(each.data) for each in kept)
    for oldest in kept:
        if held + len(file.data) <= UPLOADS_MB.limit << 20:
            break
        manager.remove_file(session_id, oldest.file_id)
        held -= len(oldest.data)
    _add_file(manager, session_id, file)
