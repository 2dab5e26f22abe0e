"""The share of pneumonia among the clinician's patients: one for the whole page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pneumonia.export.rounding import write_percent
from pneumonia.language.speech import say
from pneumonia.ui import texts

# In percent. The weights assume the prevalence of their training folder, 74 %, which
# no clinic has. A number that nobody has touched should hold where a chest radiograph
# is asked for because pneumonia is suspected: there 16 % of children had it [1]_. 15 %
# is a round figure near it.
#
# .. [1] M. I. Neuman et al., "Prediction of pneumonia in a pediatric emergency
#    department", Pediatrics 128, 2011.
DEFAULT_PERCENT: Final = 15
# Where a slider leads; beyond it the number is typed.
PLAUSIBLE_PERCENT: Final = 50
_HIGHEST_PERCENT: Final = 90
_KEY: Final = "prevalence"
_SLIDER: Final = "prevalence_slider"


def chosen_prevalence() -> float:
    """Return the prevalence that every number on the page stands at, in (0, 1)."""
    percent: int = st.session_state.get(_KEY, DEFAULT_PERCENT)
    return percent / 100


def choose_prevalence() -> None:
    """Draw slider and field; their value is used from the next run of the script on."""
    percent = round(100 * chosen_prevalence())
    with st.popover(
        say(texts.CHANGE_PREVALENCE, prevalence=write_percent(chosen_prevalence())),
        key="change_prevalence",
        help=say(texts.CHANGE_PREVALENCE_HELP),
    ):
        # What is typed moves the slider, and the other way round.
        st.session_state[_SLIDER] = min(percent, PLAUSIBLE_PERCENT)
        st.slider(
            say(texts.PREVALENCE),
            *(1, PLAUSIBLE_PERCENT),
            format=texts.PREVALENCE_FORMAT,
            key=_SLIDER,
            on_change=_take_slider,
            help=say(texts.PREVALENCE_HELP),
        )
        st.session_state[_KEY] = percent
        st.number_input(
            say(texts.PREVALENCE_TYPED),
            *(1, _HIGHEST_PERCENT),
            step=1,
            key=_KEY,
            persist_state="session",
        )
        if percent > PLAUSIBLE_PERCENT:
            st.caption(say(texts.PREVALENCE_BEYOND, most=PLAUSIBLE_PERCENT))


def _take_slider() -> None:
    st.session_state[_KEY] = st.session_state[_SLIDER]
