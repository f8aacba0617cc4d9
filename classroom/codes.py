"""Room codes, which are read aloud and typed, and the secret tokens of room members."""

import hashlib
import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capitals without 0, O, 1, I and L, which look alike."""

LENGTH = 13
"""Characters in a code: 31^13 possible codes are 64 bits."""

_GROUPS = (slice(0, 4), slice(4, 8), slice(8, LENGTH))
_MOST_TYPED = 64


def new_code() -> str:
    """Return the code of a new room, which nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_groups(code: str) -> str:
    """Return a code as it is shown and read aloud: XXXX-XXXX-XXXXX."""
    return "-".join(code[group] for group in _GROUPS)


def typed_code(text: str) -> str:
    """Return the code in typed text, in any case and any grouping; empty if the text cannot be a code."""
    code = re.sub(r"[\W_]", "", text[:_MOST_TYPED]).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def new_token() -> str:
    """Return a token that identifies one member of a room: 256 bits."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return the hash of a token. The database keeps only this, so that nobody who reads it can act for a member."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
