"""Install what the tests need besides Python packages, if apt-get is available and permitted."""

import os
import shutil
import subprocess


def install_from_debian(*packages: str) -> None:
    """Install Debian packages, or do nothing without apt-get or root privileges; callers must check the result."""
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
