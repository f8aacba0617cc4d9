"""What deploy/Containerfile copies is enough for the app: its pages need nothing else."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from testing.app_server import ROOT, UNNEEDED
from testing.sample_digits import digit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewApp, NewServer


def copied(folder: Path) -> Path:
    """Copy to a folder what deploy/Containerfile copies."""
    for line in (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8").splitlines():
        if not line.startswith("COPY "):
            continue
        *sources, target = line.split()[1:]
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns(*UNNEEDED))
            else:
                shutil.copy(ROOT / source, folder / target)
    return folder


def test_the_container_holds_all_that_the_app_needs(new_app: NewApp, new_server: NewServer, tmp_path: Path) -> None:
    app = new_app(url=new_server({}, copied(tmp_path)).url)
    app.draw(strokes := digit("3"))
    app.answer(strokes=len(strokes))
    app.go("Train")
    app.click("step")
    app.wait_for_step(1)
    for page in ("Look", "Break it", "Dataset", "Collect"):
        app.go(page)
        expect(app.alert).to_have_count(0)
