"""Keep Streamlit from asking a host on the internet for this machine's address.

Streamlit 1.67.0 compares the Origin of each WebSocket that another site opens with this machine's external address. It
looks that up at checkip.amazonaws.com (`is_url_from_allowed_origins` in server_util.py), up to 2 s each time, on the
event loop: a stranger can stall the server for everyone. Without the address, other sites are refused just the same.

Delete this once tests/unit/ui/test_security.py passes without it.
"""

from streamlit import net_util


def _unknown() -> None:
    """Return no external address."""


def never_look_up_own_address() -> None:
    """Tell Streamlit that this machine's external address is unknown."""
    net_util.get_external_ip = _unknown
