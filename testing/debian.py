"""Install what the tests need besides Python's packages, where apt-get is there and permitted."""

import os
import shutil
import subprocess


def install_from_debian(*packages: str) -> None:
    """Install packages of Debian; do nothing without apt-get, or without root and sudo. Whether it worked, look."""
    privilege = _privilege()
    if not shutil.which("apt-get") or privilege is None:
        return
    print(f"Installing Debian's {packages[0]} for the tests.", flush=True)
    apt = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def _privilege() -> list[str] | None:
    """Return the prefix for a command that needs root (empty, or sudo), or None without the privilege."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None
