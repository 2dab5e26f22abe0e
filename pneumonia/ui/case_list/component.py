"""The list on the page: a Streamlit component made of the files beside this one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from streamlit.components.v2 import component

from pneumonia.language.speech import say
from pneumonia.ui import texts
from pneumonia.ui.steps import take_removals, take_step
from pneumonia.ui.turns import run_reading
from pneumonia.ui.viewer.component import join_modules

# Its key on the page.
LIST: Final = "case_list"

_HERE: Final = Path(__file__).parent
_STEPS: Final = _HERE.parent / "viewer" / "browser" / "steps.js"

_component = component(
    "case_list",
    # Not within a row: what stands in an option is no button to a screen reader.
    html='<ol role="listbox"></ol><button type="button" hidden>'
    '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="m5 5 10 10M15 5 5 15" />'
    "</svg><span></span></button>",
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
    _drawer(key="case_drawer", data=[label])


def show_cases(*, key: str, on_remove: Callable[[str], None]) -> None:
    """Draw the list; a row that is chosen is open in the next run.

    What it shows it is told (`pneumonia.ui.listing.tell_list`).

    Parameters
    ----------
    key : str
        The list's key on the page.
    on_remove : callable
        Takes a case off the list, by its identity.
    """

    def take() -> None:
        take_step(key)
        run_reading()

    _component(
        key=key,
        data=[key, say(texts.WORKLIST)],
        on_asked_change=take,
        on_removed_change=partial(take_removals, key, on_remove),
    )
