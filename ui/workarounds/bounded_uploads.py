"""Bound the memory of a session's uploaded files.

Streamlit 1.67.0 keeps whatever is sent to a session's upload address until the session ends, also files that no
uploader asked for or shows any more.

Delete this once Streamlit bounds them by itself; tests/unit/ui/test_budgets.py covers it.
"""

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ui.serving.budgets import UPLOADS_MB

_add_file = MemoryUploadedFileManager.add_file


def bound_uploads() -> None:
    """From now on, drop the oldest files of a session to make room for a new one."""
    setattr(MemoryUploadedFileManager, "add_file", _add_bounded)  # noqa: B010 - mypy allows no assignment to a method


def _add_bounded(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    kept = list(manager.file_storage.get(session_id, {}).values())
    held = sum(len(each.data) for each in kept)
    for oldest in kept:
        if held + len(file.data) <= UPLOADS_MB.limit << 20:
            break
        manager.remove_file(session_id, oldest.file_id)
        held -= len(oldest.data)
    _add_file(manager, session_id, file)
