"""How many errors are left once the least sure are set aside, for the place Model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.card.chart_data import coverage_rows
from pneumonia.card.sources import name_source
from pneumonia.language.speech import say
from pneumonia.ui import charts
from pneumonia.ui import model_texts as texts
from pneumonia.ui.shown_chart import show_chart

if TYPE_CHECKING:
    from pneumonia.card.schema import Card


def show_sureness(card: Card) -> None:
    """Draw the share of errors among the surest radiographs, inside and elsewhere.

    Parameters
    ----------
    card : Card
        Without figures nothing is drawn.
    """
    found = coverage_rows(card)
    rows = [
        {
            "surest": say(texts.SUREST, share=100 * row["answered"]),
            "wrong": row["wrong"],
            "series": say(
                texts.SURENESS_OF,
                name=say(name_source(row["radiographs_of"])),
                count=row["radiographs"],
            ),
        }
        for row in found
    ]
    if not rows:
        return
    st.subheader(say(texts.SURENESS), anchor=False)
    chart = charts.named_dots(
        rows,
        name="surest",
        value="wrong",
        series="series",
        title=say(texts.WRONG),
        order=list(dict.fromkeys(row["surest"] for row in rows)),
        domain=(0, max(0.1, *(row["wrong"] for row in rows))),
    )
    columns = {
        "series": say(texts.RADIOGRAPHS_OF),
        "surest": say(texts.COUNTED),
        "wrong": say(texts.WRONG),
    }
    show_chart(
        chart,
        say(texts.SURENESS),
        say(texts.SURENESS_WHAT),
        found,
        "sureness",
        drawn=rows,
        columns=columns,
    )
