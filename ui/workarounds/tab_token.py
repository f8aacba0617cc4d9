"""Know which tab a session belongs to, so that a reloaded page continues where it was.

Streamlit 1.67.0 resumes a session only when the same page reconnects: a reload starts over, although the server keeps
the old session for two minutes. So each tab keeps a random token (tab_token.js, which first_paint.py puts into the
page), and sends it as one more subprotocol of its WebSocket, together with the settings to restore if the server no
longer has its run. Anyone who holds a token gets its visit, so it is never shown, logged, or put into an address.

Delete this once Streamlit resumes its session after a reload (streamlit/streamlit#10229 asks for it).
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

_PROTOCOL = re.compile(r"digit-lab\.([0-9a-f]{64})\.(alone|)\.([\w-]{0,4000})", re.ASCII)

_keep = st.components.v2.component(
    "digit_lab.tab_token",
    js="export default ({ data }) => { try { sessionStorage.setItem('digit-lab-lost', data.lost); } catch {} }",
    isolate_styles=False,
)


@dataclass(frozen=True)
class Tab:
    """A browser tab, as it describes itself.

    Attributes:
        token: Its secret token.
        alone: Whether the browser has made sure that no other open page has this token.
        lost: What it last kept with `keep_in_tab`, unchecked; None if nothing.
    """

    token: str
    alone: bool
    lost: Any


def this_tab() -> Tab | None:
    """Return the tab that shows the page; None if it sent no token, like a program that talks to the server."""
    for protocol in st.context.headers.get("Sec-WebSocket-Protocol", "").split(","):
        if found := _PROTOCOL.fullmatch(protocol.strip()):
            token, alone, lost = found.groups()
            return Tab(token, bool(alone), _decoded(lost))
    return None


def keep_in_tab(lost: object) -> None:
    """Have the tab keep a JSON value and send it at its next connection; None clears it."""
    text = "" if lost is None else base64.urlsafe_b64encode(json.dumps(lost).encode()).decode().rstrip("=")
    _keep(key="tab_token", data={"lost": text})


def _decoded(text: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
    except (binascii.Error, ValueError, RecursionError):
        return None
