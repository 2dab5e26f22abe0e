"""The list on the page: a Streamlit component made of the files beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from streamlit.components.v2 import component

from pneumonia.ui.steps import take_step
from pneumonia.ui.viewer.component import join_modules

_HERE: Final = Path(__file__).parent
_STEPS: Final = _HERE.parent / "viewer" / "browser" / "steps.js"

_component = component(
    "case_list",
    html='<ol role="listbox"></ol>',
    css=(_HERE / "list.css").read_text(encoding="utf-8"),
    js=join_modules([_STEPS, _HERE / "list.js"]),
)


_drawer = component(
    "case_drawer",
    html='<button type="button" aria-expanded="false">'
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="m4 13 6-6 6 6" /></svg>'
    "</button>",
    css=(_HERE / "drawer.css").read_text(encoding="utf-8"),
    js=(_HERE / "drawer.js").read_text(encoding="utf-8"),
)


def show_handle(label: str) -> None:
    """Draw what opens and closes the list on a telephone; elsewhere it is not seen.

    Parameters
    ----------
    label : str
        Its name for screen readers.
    """
    _drawer(key="case_drawer", data=label)


def show_cases(
    rows: Sequence[Mapping[str, Any]],
    *,
    label: str,
    cases: Mapping[str, Any],
    key: str,
) -> None:
    """Draw the list; a row that is chosen is open in the next run.

    Parameters
    ----------
    rows : sequence of mapping
        With ``name``, ``state`` (a code), ``words``, ``done`` (words, or empty) and
        ``picture`` (a data URL or None).
    label : str
        The list's name for screen readers.
    cases : mapping
        As `pneumonia.ui.steps.describe_place` gives it for this key.
    key : str
        The list's key on the page.
    """
    _component(
        key=key,
        data={"rows": list(rows), "label": label, "cases": dict(cases)},
        on_asked_change=partial(take_step, key),
    )
