"""What the documents say is there, is there; and what is there, the README says."""

from __future__ import annotations

import importlib.util
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
ROOMS = ("ui", "training", "nn", "data", "models", "benchmarks")
DOCUMENTS = ("README.md", "data/README.md", "models/README.md")
NOT_OURS = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split())]


def ours(path: Path) -> bool:
    """Whether a path is part of the project: not the work of a tool, not ignored by git."""
    relative = path.relative_to(ROOT)
    names = [*relative.parts, *(relative.as_posix() for relative in (relative, *relative.parents))]
    return not any(fnmatch(name, pattern) for name in names for pattern in NOT_OURS)


def tree(document: str) -> Iterator[tuple[str, str]]:
    """Path and phrase of each line of the tree, the code block that has the line of app.py.

    A line is a name, two spaces or more, and a phrase; a name that ends with a slash holds the lines below it that are
    indented by two spaces more.
    """
    blocks = [
        block
        for block in re.findall(r"^```\w*\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
        if re.search(r"^app\.py ", block, re.MULTILINE)
    ]
    assert len(blocks) == 1, "README.md needs one code block that is the tree, with a line for app.py."
    folders: list[str] = []
    for line in blocks[0].splitlines():
        name, _, phrase = line.strip().partition("  ")
        depth = (len(line) - len(line.lstrip())) // 2
        yield "".join(folders[:depth]) + name.rstrip("/"), phrase.strip()
        folders[depth:] = [name] if name.endswith("/") else []


def expected_in_tree() -> set[str]:
    """Every entry of the root, and every file of the rooms but the empty ones that make a package."""
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file())
    entries = [*ROOT.iterdir(), *(path for path in files if path.name != "__init__.py")]
    return {path.relative_to(ROOT).as_posix() for path in entries if ours(path)}


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tree_names_all_that_is_there_and_nothing_else(readme: str) -> None:
    lines = {Path(path) for path, _ in tree(readme)}
    named = {path.as_posix() for line in lines for path in (line, *line.parents) if path != Path()}
    missing = expected_in_tree() - named
    invented = {path for path in named if not (ROOT / path).exists()}
    assert (sorted(missing), sorted(invented)) == ([], []), "(not in the tree, not in the project)"


def test_the_tree_has_a_phrase_for_each_file(readme: str) -> None:
    assert [path for path, phrase in tree(readme) if not phrase and not (ROOT / path).is_dir()] == []


def test_each_python_command_is_there(readme: str) -> None:
    """`python -m …` names a module of ours that can be run, with options that it knows, or an installed tool."""
    commands = re.findall(r"python3? -m ([\w.]+)([^\n`|#]*)", readme)
    assert commands, "README.md shows no command."
    for module, rest in commands:
        file = ROOT / (module.replace(".", "/") + ".py")
        if module.partition(".")[0] not in (*ROOMS, "tests"):
            assert importlib.util.find_spec(module.partition(".")[0]), f"python -m {module}: no such module."
            continue
        assert file.exists(), f"python -m {module}: there is no {file.relative_to(ROOT)}."
        assert '__name__ == "__main__"' in file.read_text(encoding="utf-8"), f"python -m {module} does nothing."
        source = "".join(each.read_text(encoding="utf-8") for each in file.parent.glob("*.py"))
        for option in re.findall(r"--[\w-]+", rest):
            assert f'"{option}"' in source, f"python -m {module} has no {option}."


def test_each_make_command_is_there(readme: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"(?:^|`)make ([a-z]+)((?: [A-Z]+=\S+)*)", readme, re.MULTILINE)
    assert {"app", "test"} <= {target for target, _ in commands}
    for target, settings in commands:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}: no such target."
        for name in re.findall(r"([A-Z]+)=", settings):
            assert re.search(rf"^{name} \?=", makefile, re.MULTILINE), f"make {target} {name}=…: no such setting."


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_link_leads_somewhere(name: str) -> None:
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


def test_a_tree_is_read_by_its_indentation() -> None:
    lines = [
        "```",
        "app.py  the front door",
        "ui/  what is seen",
        "  pages/",
        "    draw.py   draw",
        "  canvas.py  strokes",
    ]
    assert list(tree("\n".join([*lines, "Makefile", "```"]))) == [
        ("app.py", "the front door"),
        ("ui", "what is seen"),
        ("ui/pages", ""),
        ("ui/pages/draw.py", "draw"),
        ("ui/canvas.py", "strokes"),
        ("Makefile", ""),
    ]
