"""PyTorch for the tests: `python -m testing.pytorch` finds a Python that has it, or installs Debian's.

PyPI's package takes gigabytes, for graphics cards; Debian's is about 60 MB, belongs to Debian's own Python, and is an
old version. `PYTORCH_PYTHON=/path/to/python` names a Python with another version to try first.
"""

import os
import subprocess
import sys
from functools import cache

from testing.debian import install_from_debian

PYTHONS = (os.environ.get("PYTORCH_PYTHON") or sys.executable, "/usr/bin/python3")
NONE = "No Python here has PyTorch, so the tests that need it are skipped. On Debian: apt-get install python3-torch."


@cache
def interpreter() -> str | None:
    """Return the first Python that imports PyTorch and NumPy, or None."""
    return next(filter(version, PYTHONS), None)


def version(python: str) -> str:
    """Return the version of PyTorch that a Python imports; empty if it has none."""
    command = [python, "-c", "import numpy, torch; print(torch.__version__)"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> None:
    """Ensure, if possible, that some Python has PyTorch; print which one."""
    if interpreter() is None:
        install_from_debian("python3-torch")
        interpreter.cache_clear()
    found = interpreter()
    print(f"PyTorch {version(found)} ({found})" if found else NONE)


if __name__ == "__main__":
    main()
