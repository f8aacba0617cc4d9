"""The codes of rooms, which are read aloud and typed, and the secret tokens of those in them."""

import hashlib
import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capitals without 0, O, 1, I and L, which look alike."""

LENGTH = 13
"""Characters of a code: 31^13 are 64 bits."""

_GROUPS = (slice(0, 4), slice(4, 8), slice(8, LENGTH))
_MOST_TYPED = 64


def new_code() -> str:
    """Return the code of a new room, which nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_groups(code: str) -> str:
    """Return a code as it is shown and said: XXXX-XXXX-XXXXX."""
    return "-".join(code[group] for group in _GROUPS)


def typed_code(text: str) -> str:
    """Return the code that somebody typed, in any case and grouped in any way; empty if it cannot be one."""
    code = re.sub(r"[\W_]", "", text[:_MOST_TYPED]).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def new_token() -> str:
    """Return the token by which one member of a room is known: 256 bits."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return what the database keeps of a token, so that whoever reads the database cannot act for anyone."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
