"""Serve a local network, such as a school's: `python -m ui.serving.local_network`, which `make serve` runs.

The addresses of this machine come from the operating system, so no other host is contacted, and no network beyond the
local one is needed. The server answers only at the addresses that it has announced.
"""

import argparse
import io
import os
import socket
import struct
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import segno

ANNOUNCED = "DIGIT_LAB_ANNOUNCED"
"""The environment variable that holds the app's addresses on the network, separated by spaces."""

_UP, _LOOPBACK, _POINT_TO_POINT, _RUNNING = 0x1, 0x8, 0x10, 0x40
_READ_FLAGS, _READ_ADDRESS = (0xC0206911, 0xC0206921) if sys.platform == "darwin" else (0x8913, 0x8915)
"""SIOCGIFFLAGS and SIOCGIFADDR of macOS and Linux."""

_NOBODY = ("203.0.113.1", 9)
"""An address for documentation (RFC 5737). Connecting a UDP socket to it chooses an interface and sends nothing."""

_WHO_MAY_COME = """\
Everyone in this network can open it; there are no accounts. What they draw and upload stays on this computer, and
nothing is asked of the internet. Stop it with Ctrl+C: runs that nobody has downloaded are gone then."""


def announced() -> tuple[str, ...]:
    """Return the addresses announced to the network, such as http://192.168.1.5:8501; empty for any other server."""
    return tuple(os.environ.get(ANNOUNCED, "").split())


def accepted_hosts() -> frozenset[str]:
    """Return the accepted Host headers: the announced hosts and this machine's own; empty if any host is accepted."""
    hosts = {urlsplit(address).netloc for address in announced()}
    ports = {host.partition(":")[1:] for host in hosts}
    return frozenset(hosts | {name + "".join(port) for name in ("127.0.0.1", "localhost") for port in ports})


def local_addresses() -> list[str]:
    """Return this machine's IPv4 addresses in local networks, the one on the default route first."""
    routed = ""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
        unsent.connect(_NOBODY)
        routed = unsent.getsockname()[0]
    if sys.platform == "win32":
        return [routed] if routed else []
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for _, name in socket.if_nameindex():
            question = struct.pack("256s", name.encode()[:15])
            with suppress(OSError):  # an interface without an IPv4 address
                (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, _READ_FLAGS, question), 16)
                address = socket.inet_ntoa(fcntl.ioctl(any_socket, _READ_ADDRESS, question)[20:24])
                if flags & _UP and flags & _RUNNING and not flags & (_LOOPBACK | _POINT_TO_POINT):
                    found.append(address)
    return sorted(found, key=lambda address: address != routed)


def announcement(addresses: list[str]) -> str:
    """Return the text printed when the server starts: its addresses, the first as a QR code, and who may connect."""
    drawn = io.StringIO()
    segno.make(addresses[0], error="m").terminal(drawn, compact=True)
    code = "\n".join(
        f"  \033[97;40m{line}\033[0m" for line in drawn.getvalue().splitlines()
    )  # readable in a light terminal, too
    others = f"  In this computer's other networks: {', '.join(addresses[1:])}\n" if addresses[1:] else ""
    return f"\n  Digit Lab is at {addresses[0]}\n{others}\n{code}\n\n{_WHO_MAY_COME}\n"


def main() -> None:
    """Print where the network finds the app, and serve it there until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m ui.serving.local_network", description=main.__doc__)
    parser.add_argument("--port", type=int, default=os.environ.get("STREAMLIT_SERVER_PORT", "8501"))
    port = parser.parse_args().port
    suffix = "" if port == 80 else f":{port}"  # as browsers write it
    addresses = [f"http://{each}{suffix}" for each in local_addresses()]
    if not addresses:
        sys.exit("This computer is in no network: connect it to one, or serve this computer alone with make app.")
    print(announcement(addresses), flush=True)
    options = {
        "server.address": "0.0.0.0",  # noqa: S104 - Security answers only at what was announced
        "server.port": str(port),
        "server.headless": "true",
        "logger.hideWelcomeMessage": "true",
    }
    served = [sys.executable, "-m", "streamlit", "run", "app.py"]
    served += [word for name, value in options.items() for word in (f"--{name}", value)]
    os.execve(sys.executable, served, os.environ | {ANNOUNCED: " ".join(addresses)})  # noqa: S606 - our own server


if __name__ == "__main__":
    main()
