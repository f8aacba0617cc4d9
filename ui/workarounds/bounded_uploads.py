"""Bound the memory of a session's uploaded files, and refuse files where the page has no uploader.

Streamlit 1.67.0 keeps whatever is sent to a session's upload address until the session ends, even files that no
uploader asked for or still shows.

Delete this once Streamlit bounds uploads itself; tests/unit/ui/test_budgets.py covers it.
"""

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from ui.serving.budgets import UPLOADS_MB

_add_file = MemoryUploadedFileManager.add_file


def bound_uploads() -> None:
    """From now on, drop the oldest files of a session to make room for a new one."""
    setattr(MemoryUploadedFileManager, "add_file", _add_bounded)  # noqa: B010 - mypy allows no assignment to a method


def is_asked_for(session_id: str) -> bool:
    """Return whether the page that a session is on has an uploader."""
    info = runtime.get_instance()._session_mgr.get_active_session_info(session_id)  # noqa: SLF001 - there is no public way
    if info is None:
        return False
    state = info.session._session_state  # noqa: SLF001 - read by the server, outside any script
    widgets = state._new_widget_state  # noqa: SLF001
    # Widgets of an earlier page still have metadata, but no value; a running script moves values to the old state.
    return any(
        widget.value_type == "file_uploader_state_value"
        and (widget.id in widgets.states or widget.id in state._old_state)  # noqa: SLF001
        for widget in list(widgets.widget_metadata.values())
    )


def _add_bounded(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    kept = list(manager.file_storage.get(session_id, {}).values())
    held = sum(len(each.data) for each in kept)
    for oldest in kept:
        if held + len(file.data) <= UPLOADS_MB.limit << 20:
            break
        manager.remove_file(session_id, oldest.file_id)
        held -= len(oldest.data)
    _add_file(manager, session_id, file)
