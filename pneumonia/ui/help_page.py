"""The place Help: keys, what each number means, limits, citation, privacy."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import streamlit as st

from pneumonia.card.citation import citation
from pneumonia.export.rounding import write_percent
from pneumonia.language.speech import say
from pneumonia.statistics.calibration import of_100_patients
from pneumonia.ui import access_texts, charts, explanation_texts
from pneumonia.ui import help_texts as texts
from pneumonia.ui.limits import LIMITS
from pneumonia.ui.map_drawing import draw_map
from pneumonia.ui.recording import records
from pneumonia.ui.time_left import write_duration
from pneumonia.ui.viewer.texts import VIEWER

if TYPE_CHECKING:
    from pneumonia.card.schema import Card

_DRAWING_WIDTH: Final = 560


def show(card: Card | None, *, prevalence: float) -> None:
    """Draw the place.

    Parameters
    ----------
    card : Card or None
        Of the weights in use; None while they load.
    prevalence : float
        The clinician's, in (0, 1).
    """
    st.header(say(texts.TITLE), anchor=False)
    st.subheader(say(texts.NUMBERS), anchor="numbers")
    drawn, told = st.columns(2, gap="large")
    with drawn:
        _draw_patients(card, prevalence)
    told.markdown(
        "\n".join(
            f"- {say(texts.MEANING, word=say(word), meaning=say(text))}"
            for word, text in texts.MEANINGS.items()
        )
    )
    st.subheader(say(explanation_texts.MAP), anchor="heatmap")
    # Not `st.image`, which gives a screen reader no text.
    drawn_map = base64.b64encode(draw_map().encode()).decode()
    st.html(
        f'<img alt="{say(explanation_texts.MAP_DRAWN)}" width="{_DRAWING_WIDTH}" '
        f'src="data:image/svg+xml;base64,{drawn_map}" style="max-width: 100%">'
    )
    st.caption(say(explanation_texts.MAP_DRAWN))
    st.markdown(say(explanation_texts.MAP_IS))
    st.subheader(say(texts.LIMITS), anchor="limits")
    st.markdown(f"{say(texts.CANNOT)}\n\n{say(texts.MORE)}")
    st.subheader(say(texts.KEYS), anchor="keys")
    st.caption(say(texts.KEYS_WHAT))
    st.table(keys(), hide_index=True)
    st.subheader(say(texts.PRIVACY), anchor="privacy")
    st.markdown(say(texts.KEPT, away=write_duration(LIMITS.resume_seconds)))
    if records():
        st.markdown(say(access_texts.RECORDED))
    st.subheader(say(texts.CITE), anchor=False)
    st.caption(say(texts.CITE_WHAT))
    st.code(citation(card), language="bibtex", wrap_lines=True)


def keys() -> dict[str, list[str]]:
    """List the viewer's keys and gestures, from the viewer's own help.

    Returns
    -------
    dict of str to list of str
        Two columns of one length.
    """
    names = [name for name in VIEWER if f"{name}_does" in VIEWER]
    return {
        say(texts.KEY): [say(VIEWER[name]) for name in names],
        say(texts.DOES): [say(VIEWER[f"{name}_does"]) for name in names],
    }


def _draw_patients(card: Card | None, prevalence: float) -> None:
    """Draw 100 patients, where the card knows how the first point fares."""
    points = card["operating_points"] if card else {}
    for name, point in points.items():
        sensitivity, specificity = point.get("sensitivity"), point.get("specificity")
        if sensitivity is None or specificity is None:
            continue
        counts = of_100_patients(sensitivity, specificity, prevalence)
        groups = {
            say(words, count=counts[kind]): counts[kind]
            for kind, words in texts.GROUPS.items()
        }
        told = "; ".join(groups)
        words = say(
            texts.DRAWING, prevalence=write_percent(prevalence), point=say(name)
        )
        st.altair_chart(charts.patients_chart(groups), width="stretch", alt=f"{told}.")
        st.caption(words)
        return
