"""Three drawn radiographs that show how the page works; they show nobody."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pneumonia.language.speech import say
from pneumonia.phantom import draw_phantom
from pneumonia.phantom.drawings import draw_lateral
from pneumonia.ui import texts
from pneumonia.ui.texts import Example
from pneumonia.ui.uploads import Case

_SHAPE: Final = (900, 1080)
# Chosen so that the recommended weights and the gate say what the examples are to show;
# a test tells when other weights do not.
_CLEAR_SEED, _CONSOLIDATION_SEED, _LATERAL_SEED = 5, 4, 1


def _draw_clear() -> NDArray[Any]:
    return draw_phantom(_SHAPE, seed=_CLEAR_SEED)


def _draw_consolidation() -> NDArray[Any]:
    return draw_phantom(_SHAPE, seed=_CONSOLIDATION_SEED, consolidation="both")


def _draw_lateral() -> NDArray[Any]:
    return draw_lateral(np.random.default_rng(_LATERAL_SEED), _SHAPE[0])


_DRAWINGS: Final[dict[Example, Callable[[], NDArray[Any]]]] = {
    "clear": _draw_clear,
    "consolidation": _draw_consolidation,
    "lateral": _draw_lateral,
}


@st.cache_data(show_spinner=False)
def draw_example(example: Example) -> bytes:
    """Draw an example as a PNG file.

    Parameters
    ----------
    example : {"clear", "consolidation", "lateral"}

    Returns
    -------
    bytes
    """
    file = io.BytesIO()
    Image.fromarray(_DRAWINGS[example]()).save(file, "PNG")
    return file.getvalue()


def chosen_examples() -> list[Case]:
    """Return the examples that the clinician opened, as cases."""
    chosen: list[Example] = st.session_state.get("examples", [])
    return [
        Case(
            _name(example),
            say(texts.EXAMPLES[example]),
            partial(draw_example, example),
            synthetic=True,
        )
        for example in chosen
    ]


def close_example(identity: str) -> None:
    """Take an example off the list; others stay.

    Parameters
    ----------
    identity : str
        Of its case.
    """
    chosen: list[Example] = st.session_state.get("examples", [])
    st.session_state["examples"] = [it for it in chosen if _name(it) != identity]


def _name(example: Example) -> str:
    return f"example-{example}"


def offer_examples() -> None:
    """Draw a button for each example; a press lists all three and opens its own."""
    with st.container(horizontal=True):
        for example, words in texts.EXAMPLES.items():
            st.button(say(words), key=_name(example), on_click=_open, args=(example,))


def _open(example: Example) -> None:
    st.session_state["examples"] = list(_DRAWINGS)
    st.session_state["open_case"] = _name(example)
