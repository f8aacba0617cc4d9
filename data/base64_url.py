"""Encode bytes in characters that a URL can hold: base64 with - and _, without padding (RFC 4648, section 5)."""

import base64


def packed(content: bytes) -> str:
    """Return bytes as text, four characters for every three bytes."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """Return the bytes that a text encodes.

    Raises:
        ValueError: The text is not valid base64.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
