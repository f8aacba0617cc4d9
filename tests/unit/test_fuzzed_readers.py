"""Whatever a stranger sends is read or refused in a sentence: the files of tests/fuzz/corpus, and mutations of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import corpora
from tests.fuzz.readers import READERS, open_doors, try_one

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "flip", "insert", "remove", "truncate"]),
        st.floats(0, 1),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=4,
)


def changed(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    """Flip, insert, remove or truncate bytes, each at a relative position between 0 and 1."""
    content = bytearray(data)
    for kind, place, byte in changes:
        at = int(place * len(content))
        match kind:
            case "flip" if content:
                content[min(at, len(content) - 1)] ^= byte or 1
            case "insert":
                content[at:at] = bytes([byte]) * (byte % 9)
            case "remove":
                del content[at : at + byte % 9]
            case "truncate":
                del content[at:]
    return bytes(content)


@pytest.mark.parametrize("name", READERS)
def test_the_kept_files_are_read_or_refused(name: str) -> None:
    with open_doors():
        for content in corpora.kept(name):
            try_one(READERS[name], content)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    content = changed(data.draw(st.sampled_from(corpora.kept(name))), data.draw(CHANGES))
    with open_doors():
        try_one(READERS[name], content)
