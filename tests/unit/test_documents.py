"""Everything the documents refer to exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
import pytest

from data import built_in
from nn import activations
from testing import module_list
from training.settings import SETTINGS
from ui.routes import ROUTES
from ui.state.address import value_of

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).parents[2]
CURRENT = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/benchmarks.md",
    "docs/formats.md",
    "docs/operating.md",
    "docs/teaching.md",
    "data/README.md",
    "models/README.md",
)
DOCUMENTS = (*CURRENT, "CHANGELOG.md")


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_every_file_of_a_public_report_is_in_a_test(reports: Path) -> None:
    tests = "\n".join(each.read_text(encoding="utf-8") for each in Path(__file__).parent.rglob("test_*.py"))
    files = {each.name for each in reports.iterdir()} - {"README.md"}
    assert {name for name in files if f'"{name}"' not in tests} == set()


def test_the_module_list_is_up_to_date() -> None:
    document = module_list.DOCUMENT.read_text(encoding="utf-8")
    assert module_list.updated(document) == document, "run python -m testing.module_list"


def test_every_module_says_what_it_is() -> None:
    assert [line for line in module_list.lines() if line.rstrip().endswith(":")] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("name", CURRENT)
def test_each_python_command_exists(name: str) -> None:
    """`python -m …` names an installed tool, or a runnable module of ours with options it accepts."""
    document = (ROOT / name).read_text(encoding="utf-8")
    for module, rest in re.findall(r"python3? -m ([\w.]+)([^\n`|#]*)", document):
        place = ROOT / module.replace(".", "/")
        file = place / "__main__.py" if place.is_dir() else place.with_suffix(".py")
        if module.partition(".")[0] not in (*module_list.ROOMS, "tests"):
            assert importlib.util.find_spec(module.partition(".")[0]), f"python -m {module}: no such module."
            continue
        assert file.exists(), f"python -m {module}: there is no {file.relative_to(ROOT)}."
        assert '__name__ == "__main__"' in file.read_text(encoding="utf-8"), f"python -m {module} does nothing."
        source = "".join(each.read_text(encoding="utf-8") for each in file.parent.glob("*.py"))
        for option in re.findall(r"--[\w-]+", rest):
            assert f'"{option}"' in source, f"python -m {module} has no {option}."


@pytest.mark.parametrize("name", CURRENT)
def test_each_make_command_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    document = (ROOT / name).read_text(encoding="utf-8")
    for target, settings in re.findall(r"(?:^|`)make ([a-z]+)((?: [A-Z_]+=\S+)*)", document, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}: no such target."
        for name in re.findall(r"([A-Z_]+)=", settings):
            assert re.search(rf"^{name} \?=", makefile, re.MULTILINE), f"make {target} {name}=…: no such setting."


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_link_has_a_target(name: str) -> None:
    document = (ROOT / name).read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", prose) + re.findall(r"(?:src|href)=\"([^\"]+)\"", prose)
    anchors = {slug(heading) for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        assert not path or ((ROOT / name).parent / path).exists(), f"{name}: {target} leads nowhere."
        assert path or anchor in anchors, f"{name}: there is no heading for #{anchor}."


def test_the_examples_for_contributors_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outdated example would mislead new contributors."""
    monkeypatch.setattr(activations, "ACTIVATIONS", dict(activations.ACTIVATIONS))
    monkeypatch.setattr(built_in, "DATASETS", dict(built_in.DATASETS))
    before = len(activations.ACTIVATIONS), len(built_in.DATASETS)
    for example in re.findall(
        r"^```python\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        exec(example, {})
    assert (len(activations.ACTIVATIONS), len(built_in.DATASETS)) == (before[0] + 1, before[1] + 1)
    added = activations.ACTIVATIONS["softplus"]
    Z = np.array([-2.0, 3.0])
    np.testing.assert_allclose(added.function(Z), np.log1p(np.exp(Z)))
    np.testing.assert_allclose(added.derivative(Z, added.function(Z)), 1 / (1 + np.exp(-Z)))


def test_the_walks_name_existing_code() -> None:
    """A walk-through that names a renamed function would lose its reader."""
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    steps = re.findall(r"`([\w.]+)`\s+\(`([\w/]+\.py)`\)", document)
    assert len(steps) > 15
    lost = [
        (name, path)
        for name, path in steps
        for part in name.split(".")
        if not re.search(rf"(def|class) {part}\b", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert lost == []


def test_the_links_of_the_lessons_open_a_page_with_the_settings_that_they_name() -> None:
    names = {setting.address or name: name for name, setting in SETTINGS.items()}
    text = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    links = {urlsplit(each) for each in re.findall(r"`(/[^` ]*)`", text)}
    assert len(links) >= 6
    for link in links:
        assert link.path in {f"/{route.url_path}" for route in ROUTES}
        for parameter, value in parse_qsl(link.query, strict_parsing=True) if link.query else ():
            assert value_of(names[parameter], value, ["embedded"])[1], f"{parameter}={value}"
