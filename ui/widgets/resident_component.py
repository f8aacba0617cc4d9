"""Components whose script is sent once per page instead of with every redraw.

Streamlit sends the JavaScript of a component again with each of its redraws: at four a second, 12 kB of script would
outweigh the data. Here `load` sends the script, once, and each instance carries two lines that call it.
"""

from pathlib import Path
from typing import Any

import streamlit as st

_CALL = """
export default (component) => {
  const script = ((window.residentComponents ??= {}).NAME ??= { early: new Map() });
  return script.show ? script.show(component) : void script.early.set(component.parentElement, component);
};
"""

_LOAD = """
export default () => {
  const script = ((window.residentComponents ??= {}).NAME ??= { early: new Map() });
  script.show ??= show;
  for (const component of script.early.values()) script.show(component);
  script.early.clear();
};
"""


class ResidentComponent:
    """A component with its script in a file that has one `export default function`, as Streamlit's components do.

    Instances drawn before the script has arrived are drawn when it does.
    """

    def __init__(self, name: str, script: Path) -> None:
        """Register the component under a name that is also a JavaScript identifier."""
        source = script.read_text(encoding="utf-8").replace("export default function", "const show = function")
        self._name = name
        self._instance = st.components.v2.component(
            f"digit_lab.{name}", js=_CALL.replace("NAME", name), isolate_styles=False
        )
        self._loader = st.components.v2.component(
            f"digit_lab.{name}_script", js=source + _LOAD.replace("NAME", name), isolate_styles=False
        )

    def load(self) -> None:
        """Send the script. Call it once per page, outside fragments that redraw themselves."""
        self._loader(key=f"resident_{self._name}", data=None)  # takes no room: see style.css

    def __call__(self, key: str, data: Any, **on_change: Any) -> Any:  # noqa: ANN401 - Streamlit's types
        """Show an instance.

        Args:
            key: The key of the widget.
            data: For the script: bytes, or what JSON can hold.
            on_change: Callbacks by `on_<name>_change`, for values that the script reports.
        """
        return self._instance(key=key, data=data, **on_change)
