"""The share of pneumonia among the clinician's patients: one for the whole page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pneumonia.ui import texts

# In percent. The weights assume the prevalence of their training folder, 74 %, which
# no clinic has. A number that nobody has touched should hold where a chest radiograph
# is asked for because pneumonia is suspected: there 16 % of children had it [1]_. 15 %
# is a round figure near it.
#
# .. [1] M. I. Neuman et al., "Prediction of pneumonia in a pediatric emergency
#    department", Pediatrics 128, 2011.
DEFAULT_PERCENT: Final = 15
_RANGE: Final = (1, 90)
_KEY: Final = "prevalence"


def chosen_prevalence() -> float:
    """Return the prevalence that every number on the page stands at, in (0, 1)."""
    percent: int = st.session_state.get(_KEY, DEFAULT_PERCENT)
    return percent / 100


def choose_prevalence() -> None:
    """Draw the slider; its value is used from the next run of the script on."""
    st.slider(
        texts.PREVALENCE,
        *(*_RANGE, DEFAULT_PERCENT),
        format=texts.PREVALENCE_FORMAT,
        key=_KEY,
        persist_state="session",
        help=texts.PREVALENCE_HELP,
    )
