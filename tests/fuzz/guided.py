"""One reader under libFuzzer: `python -m tests.fuzz.guided csv FOLDER`, with libFuzzer's options."""

from __future__ import annotations

import sys

import atheris

# Only Python code that is imported here tells atheris what it does.
with atheris.instrument_imports(include=["data", "ink", "json", "models", "pickletools", "training", "ui", "zipfile"]):
    from tests.fuzz.readers import READERS, open_doors, try_one


def main() -> None:
    """Feed a reader inputs endlessly, or as libFuzzer's options say."""
    reader, *options = sys.argv[1:]
    # -merge=1 calls the program again, by its name.
    atheris.Setup(
        [f"{sys.executable} -m tests.fuzz.guided {reader}", *options], lambda file: try_one(READERS[reader], file)
    )
    with open_doors():
        atheris.Fuzz()


if __name__ == "__main__":
    main()
