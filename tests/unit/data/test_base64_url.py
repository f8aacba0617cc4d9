"""Bytes survive a round trip through the characters that an address can hold."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base64_url import packed, unpacked


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foobar", "Zm9vYmFy"), (b"\xfb\xff\xfe", "-__-")],
)
def test_the_vectors_of_rfc_4648(content: bytes, text: str) -> None:
    assert (packed(content), unpacked(text)) == (text, content)


@given(st.binary(max_size=60))
def test_all_bytes_come_back_and_need_no_escape(content: bytes) -> None:
    assert unpacked(packed(content)) == content
    assert quote(packed(content), safe="") == packed(content)


@pytest.mark.parametrize("text", ["A", "AA=A", "AA AA", "ÄÄÄÄ", "٣٣٣٣", "\x00"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)
