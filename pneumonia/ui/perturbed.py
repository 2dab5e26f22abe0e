"""How much changes of the picture move the scores, for the place Model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.card import chart_data
from pneumonia.language.speech import naming, say
from pneumonia.ui import charts
from pneumonia.ui import model_texts as texts
from pneumonia.ui.choices import keep_choice
from pneumonia.ui.shown_chart import show_chart

if TYPE_CHECKING:
    from pneumonia.card.schema import Card


def show_perturbations(cards: Sequence[Card], names: Mapping[str, str]) -> None:
    """Draw the scores or figures after each change of the picture.

    Parameters
    ----------
    cards : sequence of Card
        Without figures nothing is drawn.
    names : mapping of str to str
        What networks are called on the page, by the card's name; else that name.
    """
    rows = [row for card in cards for row in chart_data.perturbation_rows(card)]
    if not rows:
        return
    st.subheader(say(texts.PERTURBATIONS), anchor=False)
    measure = st.radio(
        say(texts.MEASURE),
        list(texts.MEASURES),
        format_func=naming(texts.MEASURES),
        label_visibility="collapsed",
        horizontal=True,
        **keep_choice("model_measure", list(texts.MEASURES)),
    )
    shown = [
        {
            **row,
            "series": names.get(row["network"], row["network"]),
            "perturbation": say(row["perturbation"]),
        }
        for row in rows
    ]
    worst_last = measure in ("specificity", "sensitivity", "auroc")
    ordered = sorted(rows, key=lambda row: float(row[measure]), reverse=not worst_last)
    chart = charts.named_dots(
        shown,
        name="perturbation",
        value=measure,
        series="series",
        title=say(texts.MEASURES[measure]),
        order=list(dict.fromkeys(say(row["perturbation"]) for row in ordered)),
    )
    columns = {
        "perturbation": say(texts.PERTURBATION),
        "series": say(texts.NETWORK),
        measure: say(texts.MEASURES[measure]),
    }
    show_chart(
        chart,
        say(texts.PERTURBATIONS),
        say(texts.PERTURBATIONS_WHAT),
        rows,
        "perturbations",
        drawn=shown,
        columns=columns,
    )
