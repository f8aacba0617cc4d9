"""The cost of `import nn`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


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
