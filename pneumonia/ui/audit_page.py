"""The administrator's place: what the audit record says of use and of drift."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import streamlit as st

from pneumonia.audit.figures import (
    GROUP,
    Group,
    control_charts,
    count_agreement,
    count_refusals,
    last_of_each,
)
from pneumonia.errors import AuditError
from pneumonia.language.speech import say
from pneumonia.ui import access_texts as texts
from pneumonia.ui.chart_layers import layered
from pneumonia.ui.charts import AMBER, BLUE, GREY
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.texts import IMPRESSIONS

if TYPE_CHECKING:
    from pneumonia.audit.recorder import Recorder
    from pneumonia.audit.store import AuditStore, Row

_LATEST: Final = 10_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_FOUND: Final = 500


def show(recorder: Recorder, card: Mapping[str, Any] | None) -> None:
    """Draw the place.

    Parameters
    ----------
    recorder : Recorder
    card : mapping or None
        Of the weights whose scores are set against validation.
    """
    st.header(say(texts.HEADING), anchor=False)
    if recorder.waiting:
        st.warning(say(texts.WAITING, count=recorder.waiting))
    try:
        latest = recorder.store.latest(_LATEST)
        _show_figures(latest, card or {})
        _search(recorder.store)
    except AuditError as error:
        st.warning(str(error))
        return
    store = recorder.store
    offer_download(
        say(texts.EXPORT),
        lambda: "".join(store.to_csv()).encode(),
        "audit.csv",
        "text/csv",
        key="audit_csv",
    )


def _show_figures(latest: Sequence[Row], card: Mapping[str, Any]) -> None:
    if not latest:
        st.info(say(texts.EMPTY))
        return
    st.caption(say(texts.WHAT, count=len(latest)))
    rows = last_of_each(latest)
    left, right = st.columns(2, gap="large")
    with left:
        _show_agreement(count_agreement(rows))
    with right:
        _show_refusals(count_refusals(rows))
    _show_drift(control_charts(rows, card))


def _show_agreement(counts: Mapping[tuple[str, bool], int]) -> None:
    st.subheader(say(texts.AGREEMENT), anchor=False)
    if not counts:
        st.caption(say(texts.NO_IMPRESSION))
        return
    st.table(
        {
            say(texts.IMPRESSION): [say(it) for it in IMPRESSIONS.values()],
            say(texts.FLAGGED): [counts.get((it, True), 0) for it in IMPRESSIONS],
            say(texts.NOT_FLAGGED): [counts.get((it, False), 0) for it in IMPRESSIONS],
        },
        hide_index=True,
    )
    agreed = counts.get(("pneumonia", True), 0) + counts.get(("normal", False), 0)
    decided = sum(count for (it, _), count in counts.items() if it != "unsure")
    st.caption(say(texts.AGREED, agreed=agreed, decided=decided))


def _show_refusals(counts: Sequence[tuple[str, int]]) -> None:
    st.subheader(say(texts.REFUSALS), anchor=False)
    if not counts:
        st.caption(say(texts.NO_REFUSAL))
        return
    st.table(
        {
            say(texts.REASON): [code.replace("_", " ") for code, _ in counts],
            say(texts.COUNT): [count for _, count in counts],
        },
        hide_index=True,
    )


def _show_drift(charts: Mapping[str, Sequence[Group]]) -> None:
    st.subheader(say(texts.DRIFT), anchor=False)
    drawn = {name: groups for name, groups in charts.items() if groups}
    if not drawn:
        st.caption(say(texts.TOO_FEW, size=GROUP))
        return
    st.caption(say(texts.DRIFT_WHAT, size=GROUP))
    for place, (name, groups) in enumerate(drawn.items()):
        if place % 2 == 0:
            columns = st.columns(2, gap="large")
        title = say(texts.CHARTS[name])
        outside = say(
            texts.OUTSIDE,
            outside=sum(it.drifted for it in groups),
            total=len(groups),
        )
        with columns[place % 2]:
            st.markdown(f"**{title}**")
            st.altair_chart(_chart(groups), width="stretch", alt=title)
            st.caption(outside)


def _chart(groups: Sequence[Group]) -> alt.LayerChart:
    rows = [{**vars(it), "drifted": it.drifted} for it in groups]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("number:Q", title=say(texts.GROUP), axis=alt.Axis(tickMinStep=1))
    )
    scale = alt.Scale(zero=False)
    limits = base.mark_area(color=GREY, opacity=0.25, interpolate="step").encode(
        y=alt.Y("low:Q", title=None, scale=scale), y2="high:Q"
    )
    expected = base.mark_line(color=GREY, interpolate="step").encode(y="expected:Q")
    # Told by the shape as well as by the colour.
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        y="mean:Q",
        color=alt.condition("datum.drifted", alt.value(AMBER), alt.value(BLUE)),
        shape=alt.condition("datum.drifted", alt.value("diamond"), alt.value("circle")),
        tooltip=[
            alt.Tooltip("until:N", title=" "),
            alt.Tooltip("mean:Q", title=" ", format=".4~g"),
        ],
    )
    return layered([limits, expected, points], 200)


def _search(store: AuditStore) -> None:
    wanted = st.text_input(
        say(texts.SEARCH), help=say(texts.SEARCH_HELP), key="audit_search"
    )
    wanted = wanted.strip().lower()
    if not _SHA256.fullmatch(wanted):
        if wanted:
            st.caption(say(texts.SEARCH_HELP))
        return
    found = list(store.rows(input_sha256=wanted))[-_MOST_FOUND:]
    if not found:
        st.caption(say(texts.NOTHING_FOUND))
        return
    names = [name for name in found[0] if any(it[name] is not None for it in found)]
    st.dataframe({name: [it[name] for it in found] for name in names}, hide_index=True)
