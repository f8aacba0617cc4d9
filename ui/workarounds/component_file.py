"""Have the browser load a component's JavaScript from its file, once, instead of with every rerun.

Streamlit 1.67.0 sends a component's inline JavaScript again with each rerun that shows it. It serves files only to
components that an installed package declares in its pyproject.toml (streamlit/components/v2/manifest_scanner.py), and
this app is not installed. This declares them by hand. Delete it once `st.components.v2.component` takes a path.
"""

import posixpath
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

APP = "digit_lab"

SERVED_AT = "_stcore/bidi-components/"
"""Where Streamlit serves the folders of components."""

OUR_FOLDERS = f"{SERVED_AT}{APP}."
"""How the addresses of our components begin; ui/serving/server.py serves nothing but the scripts."""


def component_from_file(script: Path) -> Callable[[], Any]:
    """Return a function that returns the component whose JavaScript is in `script`; call it while a page is shown.

    Streamlit alone would serve the whole folder of the script.
    """
    name, folder = f"{APP}.{script.stem}", script.parent
    mounts: dict[str, Any] = {}
    declaring = Lock()

    def component() -> Any:  # noqa: ANN401 - Streamlit's type is not public
        manager = get_bidi_component_manager()
        with declaring:  # the first visitors of a server may arrive at the same time
            if manager.get_component_asset_root(name) is None:  # also in each new AppTest
                declared = ComponentConfig(name=script.stem, asset_dir=folder.name)
                manager.register_from_manifest(ComponentManifest(APP, "1", [declared]), folder.parent)
                mounts[name] = st.components.v2.component(name, js=script.name, isolate_styles=False)
            return mounts[name]

    return component


@cache
def with_imports(address: str, script: Path) -> dict[str, Path]:
    """Return a script and all that it imports, directly or not, each by its address relative to that of the app.

    A script in another folder, such as "../widgets/words.js", has one address for all scripts that import it.
    """
    found = {address: script}
    unread = [address]
    while unread:
        at = unread.pop(0)
        for name in re.findall(r'\b(?:from|import) ?"(\.\.?/[^"]+)"', found[at].read_text(encoding="utf-8")):
            imported = posixpath.normpath(f"{posixpath.dirname(at)}/{name}")
            if imported not in found:
                found[imported] = (found[at].parent / name).resolve()
                unread.append(imported)
    return found


def address_of(script: Path) -> str:
    """Return the address of a component's script, relative to that of the app."""
    return f"{OUR_FOLDERS}{script.stem}/{script.name}"


@cache
def served_scripts() -> dict[str, Path]:
    """Return the scripts in ui/ and all that they import, by the addresses at which Streamlit would serve them.

    The server serves them itself: the very first page asks for them before the components are declared.
    """
    roots = sorted(Path(__file__).parents[1].rglob("*.js"))
    return {address: script for root in roots for address, script in with_imports(address_of(root), root).items()}
