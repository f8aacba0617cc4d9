"""The architecture, checked in the source: which room imports which, and which modules may import Streamlit."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]

# For each room, the other rooms it may import.
ROOMS = {
    "nn": set(),
    "language": set(),
    "data": {"language"},
    "ink": {"data", "language"},
    "models": {"ink", "data", "nn", "language"},
    "recipe": {"models", "ink", "data", "nn"},
    "training": {"data", "nn", "language"},
    "classroom": {"ink", "data", "language"},
    "ui": {"classroom", "training", "models", "ink", "data", "nn", "language"},
    "app": {"ui", "classroom", "training", "models", "ink", "data", "nn"},
    "benchmarks": {"testing", "recipe", "classroom", "training", "models", "ink", "data", "nn"},
    "testing": {"recipe", "data"},
    "tests": {
        *("testing", "app", "ui", "benchmarks", "recipe", "classroom", "training", "models", "ink", "data", "nn"),
        "language",
    },
}

# For rooms that must stay light, the only packages they may import besides the standard library.
PACKAGES = {
    "nn": {"numpy"},
    "language": {"babel"},
    "data": {"PIL", "numpy", "pandas", "platformdirs", "pyarrow", "requests", "threadpoolctl", "tqdm"},
    "ink": {"PIL", "numpy"},
    "classroom": {"numpy", "sqlalchemy"},
}

SCREEN = {"streamlit", "streamlit_drawable_canvas"}
MAY_KNOW_THE_SCREEN = {"app", "ui", "testing", "tests"}

SESSION = {"session_state", "query_params"}
MAY_TOUCH_THE_SESSION = ROOT / "ui" / "state"

PAGES = {path.parent.name for path in (ROOT / "ui").glob("*/page.py")}
SHELL = Path("ui/shell.py")

SOURCES = sorted(
    path.relative_to(ROOT)
    for path in [ROOT / "app.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
)


def room_of(path: Path) -> str:
    """The room of a file whose path is relative to the root."""
    return path.parts[0].removesuffix(".py")


def imported(tree: ast.Module, path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, at the top or inside a function, by statement or by importlib."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, level=0) if module:
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
            case ast.ImportFrom(module=module, level=level):
                above = ".".join(path.parts[:-level])
                yield node.lineno, f"{above}.{module}" if module else above
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def violations(source: str, path: Path) -> list[str]:
    """One line for each forbidden import in a file; its path is relative to the root."""
    room = room_of(path)
    found = []
    for line, name in imported(ast.parse(source), path):
        top = name.partition(".")[0]
        if top == room or top in sys.stdlib_module_names:
            continue
        forbidden = (
            top not in ROOMS[room]
            if top in ROOMS
            else top not in PACKAGES.get(room, {top}) or (top in SCREEN and room not in MAY_KNOW_THE_SCREEN)
        )
        if forbidden:
            found.append(f"{path}:{line} imports {name}, which {room} must not know.")
    return found


def session_uses(source: str, path: Path) -> list[str]:
    """One line for each use of Streamlit's session state or query parameters in a file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name, lineno=line) if name in SESSION:
                found.append(f"{path}:{line} touches {name}; ask ui/state/ instead.")
            case ast.ImportFrom(names=names, lineno=line) if SESSION & {alias.name for alias in names}:
                found.append(f"{path}:{line} imports the session; ask ui/state/ instead.")
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=name), *_], lineno=line) if (
                name in SESSION
            ):
                found.append(f"{path}:{line} touches {name}; ask ui/state/ instead.")
    return found


def wrong_floors(source: str, path: Path) -> list[str]:
    """One line for each import that a file of ui makes of the shell, or of another page's package."""
    found = []
    for line, name in imported(ast.parse(source), path):
        room, _, rest = name.partition(".")
        package = rest.partition(".")[0]
        if room != "ui" or path == SHELL:
            continue
        if package == "shell" or (package in PAGES and package != path.parent.name):
            found.append(f"{path}:{line} imports {name}; only the shell imports pages, and nothing imports the shell.")
    return found


def circles(imports: dict[str, set[str]]) -> list[str]:
    """The modules that import themselves, directly or through others."""

    def reached(module: str) -> set[str]:
        found: set[str] = set()
        waiting = [module]
        while waiting:
            new = imports.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    return [module for module in imports if module in reached(module)]


def found_in(check: Callable[[str, Path], list[str]], paths: Iterable[Path]) -> list[str]:
    """What a check finds in the files, given the source and path of each."""
    return [found for path in paths for found in check((ROOT / path).read_text(encoding="utf-8"), path)]


def test_imports_run_as_designed() -> None:
    assert found_in(violations, SOURCES) == []


def test_no_page_imports_another() -> None:
    assert found_in(wrong_floors, [path for path in SOURCES if room_of(path) == "ui"]) == []


def test_there_is_no_circle() -> None:
    modules = {".".join(path.with_suffix("").parts): path for path in SOURCES if room_of(path) != "tests"}
    imports = {
        module: {
            name if name in modules else name.rpartition(".")[0]
            for _, name in imported(ast.parse((ROOT / path).read_text(encoding="utf-8")), path)
        }
        & set(modules)
        for module, path in modules.items()
    }
    assert circles(imports) == []


def test_a_circle_is_detected() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == ["a", "b", "c"]


def test_the_session_is_touched_in_one_place_only() -> None:
    on_screen = [path for path in SOURCES if room_of(path) in {"app", "ui"}]
    elsewhere = [path for path in on_screen if MAY_TOUCH_THE_SESSION not in (ROOT / path).parents]
    assert found_in(session_uses, elsewhere) == []


def test_every_room_is_read() -> None:
    """Otherwise a moved or renamed room would escape the checks."""
    assert {room_of(path) for path in SOURCES} == set(ROOMS)


def test_every_python_file_is_in_a_room() -> None:
    """A new room must declare here what it may import."""
    hidden = {path for path in ROOT.iterdir() if path.name.startswith(".")}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path not in hidden and any(path.rglob("*.py"))}
    files = {path.stem for path in ROOT.glob("*.py")}
    assert folders | files == set(ROOMS)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("nn/network.py", "import pandas"),
        ("nn/network.py", "from data.dataset import Examples"),
        ("nn/network.py", "def step():\n    import scipy.special"),
        ("nn/network.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from data.dataset import Dataset"),
        ("nn/network.py", "from importlib import import_module\nimport_module('pandas')"),
        ("nn/network.py", "import importlib\nimportlib.import_module('models.reader')"),
        ("nn/network.py", "from ..data import dataset"),
        ("data/dataset.py", "import nn.network"),
        ("data/dataset.py", "import matplotlib.pyplot as plt"),
        ("models/reader.py", "from training.run import Run"),
        ("models/reader.py", "import streamlit as st"),
        ("training/run.py", "from models.reader import Reader"),
        ("training/run.py", "from classroom.rooms import Rooms"),
        ("classroom/rooms.py", "from ui.serving import budgets"),
        ("training/run.py", "from streamlit import session_state"),
        ("training/run.py", "def draw():\n    from streamlit_drawable_canvas import st_canvas"),
        ("ui/widgets/charts.py", "import app"),
        ("ui/widgets/charts.py", "from benchmarks import speed"),
        ("ui/draw/page.py", "from tests.browser import digits"),
        ("benchmarks/speed.py", "from ui.widgets.charts import line"),
        ("benchmarks/speed.py", "import streamlit"),
        ("benchmarks/app.py", "from tests.browser.conftest import SCREENS"),
    ],
)
def test_an_import_the_wrong_way_is_detected(path: str, source: str) -> None:
    assert len(violations(source, Path(path))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("nn/network.py", "import numpy as np\nfrom nn.losses import cross_entropy\nfrom . import losses\nimport math"),
        (
            "data/download.py",
            "import platformdirs\nfrom data.dataset import DataError\nfrom .idx_files import read_folder",
        ),
        ("models/weights.py", "import safetensors.numpy\nfrom nn.network import Network\nfrom ink import mnist_format"),
        ("training/run.py", "import threadpoolctl\nfrom nn.trainer import Trainer\nfrom data.dataset import Split"),
        (
            "ui/train/page.py",
            "import streamlit as st\nfrom training.run import Run\nfrom ui.state.session import Session",
        ),
        ("app.py", "import streamlit as st\nfrom ui.pages import draw"),
        ("benchmarks/app.py", "from testing.browser_driver import App\nfrom training.run import Run"),
    ],
)
def test_an_import_the_right_way_passes(path: str, source: str) -> None:
    assert violations(source, Path(path)) == []


@pytest.mark.parametrize("path", ["ui/draw/page.py", "ui/look/tour.py", "ui/widgets/charts.py"])
@pytest.mark.parametrize(
    "source",
    [
        "from ui.train import problems",
        "from ui.train.problems import problem_line",
        "import ui.train",
        "from ui import shell",
    ],
)
def test_an_import_of_another_page_is_detected(path: str, source: str) -> None:
    assert len(wrong_floors(source, Path(path))) == 1


def test_a_page_imports_its_own_parts() -> None:
    assert wrong_floors("from ui.train import problems", Path("ui/train/page.py")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import streamlit as st\nst.session_state['a'] = 1",
        "import streamlit\nprint(streamlit.query_params)",
        "from streamlit import session_state as state",
        "import streamlit as st\ngetattr(st, 'session_state')",
    ],
)
def test_a_use_of_the_session_is_detected(source: str) -> None:
    assert len(session_uses(source, Path("ui/draw/page.py"))) == 1


def test_nn_loads_only_numpy_and_the_standard_library() -> None:
    """Keeps the import cheap beyond NumPy's own cost. Unlike a timing, a count of modules is reproducible."""
    modules = [f"nn.{path.stem}" for path in sorted((ROOT / "nn").glob("[!_]*.py"))]
    code = (
        "import sys, numpy.random, numpy.typing; before = set(sys.modules); "
        f"import {', '.join(modules)}; print(*(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert {name for name in loaded if name.startswith("nn.")} == set(modules)
    assert {name.partition(".")[0] for name in loaded} - {"nn"} <= set(sys.stdlib_module_names)
    assert len(loaded) - len(modules) < 20
