"""The list of modules in docs/architecture.md, as `python -m testing.module_list` writes it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "architecture.md"
ROOMS = ("nn", "data", "ink", "models", "recipe", "training", "ui", "benchmarks", "testing")

_BEGIN, _END = "<!-- modules -->\n", "<!-- end of modules -->"


def lines() -> Iterator[str]:
    """Yield one line of Markdown for each Python module: its path, and the first line of its docstring."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    for room in ROOMS:
        inside = [path for path in paths if path.parts[0] == room]
        for path in sorted(inside, key=lambda path: (path.parent, path.name != "__init__.py", path.name)):
            name = f"**{path.parent}/**" if path.name == "__init__.py" else f"`{path}`"
            yield f"- {name}: {_summary(path)}"


def _summary(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


def updated(document: str) -> str:
    """Return a document with the list between its two markers replaced by what the modules say now."""
    made = "\n".join(lines())
    return re.sub(f"{_BEGIN}.*{_END}", lambda _: f"{_BEGIN}\n{made}\n\n{_END}", document, flags=re.DOTALL)


if __name__ == "__main__":
    DOCUMENT.write_text(updated(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
