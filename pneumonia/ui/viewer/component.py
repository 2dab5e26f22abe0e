"""The viewer on the page: a Streamlit component made of the files in ``browser/``."""

import html
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2 import component

from pneumonia.language.speech import LANGUAGES, say, speaking, spoken
from pneumonia.ui.downloads import PIXELS, Downloads
from pneumonia.ui.telling import tell
from pneumonia.ui.viewer.content import ViewerContent
from pneumonia.ui.viewer.payload import describe, pack_extras, pack_grey
from pneumonia.ui.viewer.texts import VIEWER

__all__ = ["Corners", "join_modules", "show_viewer"]

# Left, top, right and bottom edge in pixels of the radiograph, as
# `pneumonia.export.impression.Region` takes them.
Corners = tuple[float, float, float, float]

_BROWSER = Path(__file__).parent / "browser"


def join_modules(paths: Iterable[Path]) -> str:
    """Join ES modules into the single script that a component can have.

    Imports and the word ``export`` are left out, for all modules then share one scope.
    Therefore no two may declare the same name, and none may rename what it imports.

    Parameters
    ----------
    paths : iterable of Path
        Of the modules, in this order.

    Returns
    -------
    str
        One module with the only ``export default`` among them.
    """
    modules = [path.read_text(encoding="utf-8") for path in paths]
    return re.sub(
        r"^import [^;]*;\n|^export (?!default)", "", "\n".join(modules), flags=re.M
    )


def _in_words() -> str:
    """Fill the template with the words of the spoken language."""
    template = Template((_BROWSER / "viewer.html").read_text(encoding="utf-8"))
    return template.substitute(
        {name: html.escape(say(words)) for name, words in VIEWER.items()}
    )


def _make(language: str) -> Any:
    with speaking(language):
        return component(
            f"radiograph_viewer_{language}",
            html=_in_words(),
            css=(_BROWSER / "viewer.css").read_text(encoding="utf-8"),
            js=join_modules(sorted(_BROWSER.glob("*.js"))),
        )


# Streamlit takes a component's words once, for all visitors: one for each language.
_components = {language: _make(language) for language in LANGUAGES}


def show_viewer(
    content: ViewerContent,
    *,
    key: str,
    on_mark: Callable[[Corners | None], None] | None = None,
    on_step: Callable[[], None] | None = None,
) -> None:
    """Show a radiograph with window, zoom, inversion and saliency overlay.

    The reader's window, zoom and overlay survive reruns of the script with the same
    pixels; other pixels are another case and open afresh, with the overlay as it was.

    Parameters
    ----------
    content : ViewerContent
        The radiograph and what is laid over it.
    key : str
        The viewer's key on the page. Keep one key for all cases: the viewer then
        keeps the keyboard focus from case to case.
    on_mark : callable, optional
        Called before the rerun with the rectangle that the reader drew on these
        pixels, in pixels of the radiograph, or with None when it was removed. Without
        it, read ``st.session_state[key]["mark"]``: ``corners`` on the picture whose id
        is ``case``.
    on_step : callable, optional
        Called before the rerun when the reader asks for another case: `asked` in
        ``st.session_state[key]``, as `pneumonia.ui.steps.take_step` reads it.
    """
    described, lend = describe(content, key=key), Downloads.of_session().lend
    picture, extras = described["id"], described["content"]
    described["at"] = [
        lend("grey", picture, partial(pack_grey, content), PIXELS),
        lend("extras", extras, partial(pack_extras, content), PIXELS),
    ]

    def pass_mark() -> None:
        drawn = st.session_state[key]["mark"]
        # The browser may have sent it just before it was given another case.
        if content.marking and on_mark and drawn["case"] == picture:
            on_mark(_corners(drawn["corners"], content.pixels.shape))

    tell(key, described)
    _components[spoken()](
        key=key,
        data={"key": key},
        on_asked_change=on_step or (lambda: None),
        on_mark_change=pass_mark,
    )


def _corners(drawn: Any, shape: tuple[int, ...]) -> Corners | None:
    """Keep what comes from the browser within the picture; no area is no mark."""
    if drawn is None:
        return None
    left, top, right, bottom = np.clip(
        np.asarray(drawn, float), 0, [shape[1], shape[0]] * 2
    ).tolist()
    return (left, top, right, bottom) if left < right and top < bottom else None
