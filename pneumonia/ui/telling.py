"""What changes from run to run, told to a component apart from the component itself.

Streamlit sends a component with all of its script in one message, and again whenever
anything in it changes. Told apart, the large message stays the same, which the browser
has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

_told = component(
    "told", js=Path(__file__).with_name("telling.js").read_text(encoding="utf-8")
)


def tell(key: str, what: Mapping[str, Any]) -> None:
    """Tell a component something; draw it just before the component.

    Parameters
    ----------
    key : str
        The component's key on the page, which is all of its ``data``.
    what : mapping
        In JSON's types.
    """
    _told(key=f"{key}_told", data=[{"to": key, "what": dict(what)}])
