"""Fuzz the readers of strangers' files, guided by coverage: `python -m tests.fuzz csv idx --seconds 600`.

Needs atheris: `make fuzz` installs it. Each reader gets its own process. Inputs that reach new code are kept in
.fuzz/corpus, where the next run continues; an input that exposes a fault is left in .fuzz/faults.
"""

from __future__ import annotations

import argparse
import math
import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from tests.fuzz import corpora
from tests.fuzz.readers import READERS, SECONDS

WORK = Path(".fuzz")
FAULTS = WORK / "faults"

MEGABYTES = 300
"""What an input may use beyond the empty process, as in data/untrusted/reading_process.py."""
_AT_START = 300
_BEFORE_RESTART = defaultdict(lambda: 200_000, picture=10_000)
"""Inputs for one process of a reader: atheris keeps up to a kilobyte of each, and 20 kB of a picture."""
_MOST_KEPT = 2**16

_COUNT = re.compile(r"stat::number_of_executed_units: (\d+)")


def main() -> None:
    """Fuzz each reader, say how many inputs it was given, and fail if one of them showed a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", choices=[[], *READERS], help="all, if none is named")
    parser.add_argument("--seconds", type=int, default=600, help="in all, in equal shares (%(default)s)")
    parser.add_argument("--inputs", type=int, help="at most so many for each reader")
    parser.add_argument("--keep", action="store_true", help="add what reaches new code to tests/fuzz/corpus")
    chosen = parser.parse_args()
    readers = chosen.readers or list(READERS)
    FAULTS.mkdir(parents=True, exist_ok=True)
    counts = {}
    for reader in readers:
        counts[reader] = fuzz(reader, max(chosen.seconds // len(readers), 1), chosen.inputs)
        print(f"{reader:20} {counts[reader]:>12,} inputs", flush=True)
        if chosen.keep:
            keep(reader)
    if faults := sorted(FAULTS.iterdir()):
        sys.exit(f"Inputs that show a fault: {', '.join(map(str, faults))}")
    if untried := [reader for reader, count in counts.items() if not count]:
        sys.exit(f"Given no input: {', '.join(untried)}")


def fuzz(reader: str, seconds: int, most: int | None) -> int:
    """Fuzz one reader until it shows a fault, and return the number of inputs it was given."""
    folder = corpus(reader)
    for content in corpora.kept(reader):
        (folder / corpora.name_of(content)).write_bytes(content)
    tried, is_sound, end = 0, True, time.monotonic() + seconds
    while is_sound and tried != most and (left := math.ceil(end - time.monotonic())) > 0:
        count, is_sound = _fuzz_in_one_process(reader, left, min((most or math.inf) - tried, _BEFORE_RESTART[reader]))
        tried += count
    return tried


def _fuzz_in_one_process(reader: str, seconds: int, inputs: float) -> tuple[int, bool]:
    """Fuzz one reader in one process; return the number of inputs it was given, and whether none showed a fault."""
    limits = [
        f"-max_total_time={seconds}",
        f"-runs={inputs:.0f}",
        f"-rss_limit_mb={_AT_START + MEGABYTES}",
        f"-timeout={10 * SECONDS:.0f}",
        f"-artifact_prefix={FAULTS / reader}-",
        "-print_final_stats=1",
    ]
    run = subprocess.run(
        [*_command(reader), corpus(reader), *limits],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if run.returncode:
        print(run.stdout[-4000:])
    count = _COUNT.search(run.stdout)
    return int(count[1]) if count else 0, run.returncode == 0


def keep(reader: str) -> None:
    """Add to the kept files the shortest that reach code these do not, as long as all fit into 64 kB."""
    folder, fewest = corpus(reader), corpus(f"{reader}.fewest")
    subprocess.run([*_command(reader), "-merge=1", fewest, folder], check=True, capture_output=True)
    found = corpora.kept(reader)
    for content in sorted((path.read_bytes() for path in fewest.iterdir()), key=len):
        if sum(map(len, found)) + len(content) <= _MOST_KEPT:
            found.append(content)
        (fewest / corpora.name_of(content)).unlink()
    corpora.keep(reader, found)


def corpus(reader: str) -> Path:
    """Return the folder of the files found for a reader."""
    folder = WORK / "corpus" / reader
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _command(reader: str) -> list[str]:
    return [sys.executable, "-m", "tests.fuzz.guided", reader]


if __name__ == "__main__":
    main()
