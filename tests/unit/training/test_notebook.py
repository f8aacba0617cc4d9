"""A run's notebook runs from top to bottom in plain Jupyter to the same weights; in PyTorch, to nearly the same."""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from testing.pytorch import NONE, interpreter
from tests.unit.training.archived_runs import RUNS, continued, made_up, stopped_early, trained, unpacked
from training.run import Run

pytestmark = pytest.mark.slow

AVAILABLE = {"numpy", "pandas", "matplotlib"}
WITH_EVERYTHING = "AdamW, dropout, distortion and the rest"
ALL_IN_ONE_PROCESS = """
import runpy, sys
for folder in sys.argv[1:]:
    sys.modules.pop("run-7", None)
    sys.path[0] = folder
    runpy.run_path(f"{folder}/run-7_pytorch.py")
"""
OTHERS = {"stopped early": stopped_early, "continued": continued}
KINDS = ("plain", WITH_EVERYTHING, "changed during training", "stopped early")


@cache
def run_of(kind: str) -> Run:
    return OTHERS[kind](made_up()) if kind in OTHERS else trained(RUNS[kind], made_up())


@pytest.fixture
def plain_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep Jupyter and IPython out of the home folder of the user, and this project out of the kernel."""
    for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "home").mkdir()


def executed(notebook: Path) -> str:
    """Run all cells in a kernel of this Python, and return all that they print."""
    content = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        content, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(notebook.parent)}}
    )
    client.execute()
    outputs = [output for cell in content.cells for output in cell.get("outputs", ())]
    assert not [each for each in outputs if each.get("name") == "stderr"], "no cell warns"
    return "".join(each["text"] for each in outputs if each.output_type == "stream")


@pytest.mark.usefixtures("plain_jupyter")
@pytest.mark.parametrize("kind", KINDS)
def test_the_notebook_runs_and_comes_to_the_same_weights(kind: str, tmp_path: Path) -> None:
    printed = executed(unpacked(run_of(kind), tmp_path) / "run-7.ipynb")
    assert "the same weights to the last bit" in printed
    assert "weights differ by" in printed, "with another α"


@pytest.mark.parametrize("kind", [*RUNS, *OTHERS])
def test_the_notebook_is_valid_and_the_same_each_time(kind: str, tmp_path: Path) -> None:
    run = run_of(kind)
    first, second = (unpacked(run, tmp_path / name) / "run-7.ipynb" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    content = nbformat.read(first, as_version=nbformat.NO_CONVERT)
    assert (content.nbformat, content.nbformat_minor) == (4, 5)
    nbformat.validate(content)


def cells(run: Run, folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((unpacked(run, folder) / "run-7.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    return found


def test_it_needs_numpy_pandas_and_matplotlib_alone(tmp_path: Path) -> None:
    code = "\n".join(each["source"] for each in cells(run_of(WITH_EVERYTHING), tmp_path) if each["cell_type"] == "code")
    imported = [
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert {each for each in imported if each not in sys.stdlib_module_names} == AVAILABLE


def test_every_function_stands_below_what_it_does_with_its_equations(tmp_path: Path) -> None:
    found = cells(run_of(WITH_EVERYTHING), tmp_path)
    for text, code in pairwise(found):
        if code["cell_type"] == "code" and text["cell_type"] == "code":
            assert code["id"].endswith("-shown"), "only a cell that shows a result follows another code cell"
    by_id = {each["id"]: each["source"] for each in found}
    assert r"dW^l = (A^{l-1})^T dZ^l" in by_id["backward-text"]
    assert "def backward(" in by_id["backward"]
    assert r"W \leftarrow W - \alpha \tfrac{\lambda}{m} W" in by_id["rules-text"]
    assert all(text.count("$") % 2 == 0 for each, text in by_id.items() if each.endswith("-text"))


def test_the_script_holds_the_very_code_of_the_notebook(tmp_path: Path) -> None:
    run = run_of(WITH_EVERYTHING)
    by_id = {each["id"]: each["source"] for each in cells(run, tmp_path)}
    script = (tmp_path / "run-7" / "run-7.py").read_text(encoding="utf-8")
    for about in (
        "initial-weights",
        "activations",
        "forward",
        "backward",
        "dropout",
        "distortion",
        "order",
        "training",
    ):
        assert by_id[about] in script


def test_pytorch_takes_twenty_lines_for_a_plain_run(tmp_path: Path) -> None:
    script = (unpacked(run_of("plain"), tmp_path) / "run-7_pytorch.py").read_text(encoding="utf-8")
    code = script.split('"""')[2]
    assert len([line for line in code.splitlines() if line]) <= 20


def test_pytorch_reaches_the_same_weights_up_to_rounding(tmp_path: Path) -> None:
    """After up to 240 steps of float32. A rule with another ε, order or bias would move them by 1e-3 and more.

    All kinds in one process, which takes seconds to import PyTorch.
    """
    python = interpreter()
    if python is None:
        pytest.skip(NONE)
    kinds = [*RUNS, *OTHERS]
    folders = [unpacked(run_of(kind), tmp_path / str(number)) for number, kind in enumerate(kinds)]
    command = [python, "-c", ALL_IN_ONE_PROCESS, *map(str, folders)]
    printed = subprocess.run(command, cwd="/", check=True, capture_output=True, text=True).stdout
    found = re.findall(r"(\d+) of (\d+) dev .*\n(?:weights differ by (\S+) at most|the same)", printed)
    for kind, (right, count, apart) in zip(kinds, found, strict=True):
        assert float(apart or 0) < 2e-4, kind
        accuracy = run_of(kind).snapshot().measurements[-1].dev_accuracy
        assert int(right) / int(count) == pytest.approx(accuracy, abs=1e-9), kind
