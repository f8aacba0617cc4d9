"""Many visitors at once for a long time: `python -m benchmarks.soak` has them draw, train, upload, search and vanish.

Each visitor acts at random, as people do, and checks that every response is theirs: the sizes of the network they
train, and the answers to the digits they draw. Afterwards the server must be as it was before.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import requests

from data import csv_files
from testing.app_server import Server
from testing.health_watch import watched
from testing.sample_digits import WRITTEN, digit
from testing.websocket_visitor import Visitor, new_tab

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORGOTTEN_AFTER = 130.0
"""Seconds after which a server has released the sessions of everybody who left."""

WARM_UP = 60.0
"""Seconds of a first crowd, which creates what is kept for all visitors: waiting threads, caches, heaps."""

STEPS_SHOWN = 4
"""How many times a digit is reported as it is drawn."""


@dataclass
class Found:
    """What the visitors found.

    Attributes:
        answers: Seconds from a finished drawing to its answer.
        health: Seconds until the server reported that it was healthy.
        wrong: What was not theirs, one sentence each.
        done: How often each thing was done.
        failed: How often each thing failed, by the kind of failure.
    """

    answers: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Footprint:
    """What a server holds: threads, open files, child processes, files in its home and megabytes of memory."""

    threads: int
    descriptors: int
    children: int
    files: int
    megabytes: float

    @classmethod
    def of(cls, server: Server) -> Footprint:
        """Measure a server (Linux)."""
        process = Path(f"/proc/{server.pid}")
        lines = (process / "status").read_text(encoding="ascii").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        return cls(
            int(status["Threads"]),
            len(list((process / "fd").iterdir())),
            sum(len(task.read_text(encoding="ascii").split()) for task in process.glob("task/*/children")),
            sum(len(files) for _, _, files in os.walk(server.log.parent)),
            int(status["VmRSS"].split()[0]) / 1024,
        )


class Guest:
    """One of the visitors, who acts at random, as people do.

    Attributes:
        units: The hidden size of the networks that this visitor, and nobody else, trains.
    """

    def __init__(self, url: str, number: int, found: Found) -> None:
        """Plan a visit.

        Args:
            url: The address of the server.
            number: The number of this visitor, from 0.
            found: Collects what they find.
        """
        self.units = 11 + number
        self._url, self._found = url, found
        self._rng = np.random.default_rng(number)
        self._tab = new_tab()
        self._under_way = ""

    def stay(self, end: threading.Event) -> None:
        """Come and go until the end."""
        while not end.is_set():
            try:
                self._visit(end)
            except (OSError, TimeoutError, requests.RequestException) as error:
                self._found.failed[f"{self._under_way}: {error!r}"] += 1
            if self._rng.random() < 0.5:
                self._tab = new_tab()
            end.wait(self._rng.exponential(2.0))

    def _visit(self, end: threading.Event) -> None:
        page, doing = self._choose()
        self._under_way = f"open /{page}"
        query = f"hidden_size={self.units}&batch_size=64&epochs=100000"  # a finished run has no button
        with Visitor(self._url, query, page=page, tab=self._tab) as visitor:
            self._found.done["visit"] += 1
            while not end.is_set():
                self._under_way = doing.__name__.strip("_")
                doing(visitor)
                self._found.done[self._under_way] += 1
                self._check_networks(visitor)
                end.wait(self._rng.exponential(2.0))
                if self._rng.random() < 0.3:
                    break
                page, doing = self._choose()
                self._under_way = f"go to /{page}"
                visitor.go(page)
            if self._rng.random() < 0.3:
                self._found.done["vanish"] += 1
                visitor.vanish()

    def _choose(self) -> tuple[str, Callable[[Visitor], None]]:
        """Return a page and something to do on it."""
        things = [("", self._draw), ("train", self._train), ("dataset", self._upload), ("compare", self._search)]
        return things[self._rng.integers(len(things))]

    def _draw(self, visitor: Visitor) -> None:
        name = list(WRITTEN)[self._rng.integers(len(WRITTEN))]
        strokes = digit(name)
        for part in range(1, STEPS_SHOWN):
            shown = max(1, len(strokes[0]) * part // STEPS_SHOWN)
            visitor.draw([strokes[0][:shown]], is_moving=True)
            time.sleep(0.1)
        began = time.monotonic()
        answer = visitor.draw(strokes)
        self._found.answers.append(time.monotonic() - began)
        if answer["numeral"] != name[0]:
            self._found.wrong.append(f"A {name} was answered by {answer['numeral']}: {answer['sentence']}")

    def _train(self, visitor: Visitor) -> None:
        visitor.wait_for_step(0)
        step = visitor.seen[-1][1]
        if visitor.label("train") != "Pause":
            visitor.press("train")
        visitor.wait_for_step(step + 1)
        time.sleep(self._rng.exponential(3.0))
        if self._rng.random() < 0.5:
            visitor.press("train")  # it pauses

    def _upload(self, visitor: Visitor) -> None:
        digits = csv_files.embedded()
        rows = self._rng.choice(len(digits), 200, replace=False)
        content = csv_files.write(digits.images[rows], digits.labels[rows])
        visitor.upload("upload_csv", f"{self.units}.csv", content)

    def _search(self, visitor: Visitor) -> None:
        visitor.press("search" if visitor.label("search") else "cancel_search")
        time.sleep(self._rng.exponential(3.0))

    def _check_networks(self, visitor: Visitor) -> None:
        theirs = f"784-{self.units}-10"
        self._found.wrong += [f"{theirs} was trained, and {other} shown" for other in {*visitor.networks} - {theirs}]


def crowd(server: Server, visitors: int, seconds: float) -> Found:
    """Have visitors come and go for this long; return what they found once all have left."""
    found, end = Found(), threading.Event()
    with watched(server.url) as health, ThreadPoolExecutor(visitors) as pool:
        staying = [pool.submit(Guest(server.url, number, found).stay, end) for number in range(visitors)]
        end.wait(seconds)
        end.set()
        for each in staying:
            each.result()
    found.health = health.waits
    found.failed.update(f"health: {failure}" for failure in health.failures)
    return found


def report(found: Found, before: Footprint, after: Footprint) -> list[tuple[str, str, str]]:
    """Return rows of a table: what was measured, the result, and what was asked for."""

    def ms(times: Sequence[float], share: float) -> str:
        return f"{1000 * float(np.quantile(times, share)):.0f} ms" if times else "none"

    done = ", ".join(f"{count:,} × {name}" for name, count in sorted(found.done.items()))
    failed = ", ".join(f"{count:,} × {name}" for name, count in sorted(found.failed.items()))
    return [
        ("What was done", done, ""),
        ("What failed", failed or "nothing", "nothing"),
        ("Answers in the wrong session", f"{len(found.wrong)}", "0"),
        ("Drawing to answer, 95%", ms(found.answers, 0.95), "≤ 500 ms"),
        ("Health, 99%", ms(found.health, 0.99), "≤ 100 ms"),
        ("Health, worst", ms(found.health, 1), "≤ 500 ms"),
        ("Threads before, after", f"{before.threads}, {after.threads}", "the same"),
        ("Open files", f"{before.descriptors}, {after.descriptors}", "the same"),
        ("Child processes", f"{before.children}, {after.children}", "the same"),
        ("Files", f"{before.files}, {after.files}", "the same"),
        ("Memory", f"{before.megabytes:.0f} MB, {after.megabytes:.0f} MB", "within 10%"),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak-test a server, print a table and what was wrong; return the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.soak", description="Serve the app to many visitors for long, and see what is left."
    )
    options.add_argument("--visitors", type=int, default=50, help="at once (default: 50)")
    options.add_argument("--minutes", type=float, default=30.0, help="(default: 30)")
    chosen = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home, Server(Path(home), {"TMPDIR": home}) as server:
        crowd(server, chosen.visitors, WARM_UP)
        time.sleep(FORGOTTEN_AFTER)
        before = Footprint.of(server)
        found = crowd(server, chosen.visitors, 60 * chosen.minutes)
        time.sleep(FORGOTTEN_AFTER)
        rows = report(found, before, Footprint.of(server))
        tracebacks = server.tracebacks()
    print("| What | Measured | Asked |\n| --- | --- | --- |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    for sentence in [*found.wrong, tracebacks]:
        print(sentence, file=sys.stderr)
    return 1 if found.wrong or tracebacks else 0


if __name__ == "__main__":
    sys.exit(main())
