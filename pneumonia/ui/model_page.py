"""The place Model: what the card knows, as charts and tables to download."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.card import chart_data
from pneumonia.card.citation import citation
from pneumonia.card.limitations import limitations
from pneumonia.card.markdown import INTENDED_USE, LICENCE
from pneumonia.export.records import to_csv
from pneumonia.export.rounding import write_percent, write_probability
from pneumonia.statistics.calibration import of_100_patients
from pneumonia.ui import charts
from pneumonia.ui import model_texts as texts
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.elsewhere import show_elsewhere

if TYPE_CHECKING:
    from altair import LayerChart

    from pneumonia.card.schema import Card

Row = dict[str, Any]

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


def show(
    card: Card,
    *,
    prevalence: float,
    others: Sequence[Card] = (),
    names: Mapping[str, str] = NO_NAMES,
) -> None:
    """Draw the place.

    Parameters
    ----------
    card : Card
        Of the weights in use. What it lacks is left out.
    prevalence : float
        The clinician's, in (0, 1).
    others : sequence of Card
        Of networks to stand beside it.
    names : mapping of str to str
        What networks are called on the page, by the card's name; else that name.
    """
    cards = [card, *others]
    st.header(texts.TITLE, anchor=False)
    st.markdown(" ".join(INTENDED_USE.split()))
    _show_identity(card)
    _show_points(card, prevalence)
    left, right = st.columns(2, gap="large")
    with left:
        _show_roc(card, prevalence, names)
    with right:
        _show_reliability(card)
    _show_groups(card)
    _show_perturbations(cards, names)
    if others:
        _show_beside(cards, names)
    show_elsewhere(card)
    if found := limitations(card):
        st.subheader(texts.LIMITATIONS, anchor="limitations")
        st.markdown("\n".join(f"- {line}" for line in found))
    _show_data(card)
    st.subheader(texts.LICENCE_TITLE, anchor=False)
    st.markdown(" ".join(LICENCE.split()))
    st.subheader(texts.CITATION_TITLE, anchor=False)
    st.code(citation(card), language="bibtex", wrap_lines=True)


def _show_identity(card: Card) -> None:
    st.caption(
        texts.IDENTITY.format(
            name=card["name"],
            parameters=card.get("parameters", 0),
            shape=" × ".join(map(str, card["input_shape"])),
            sha256=card["sha256"][:12],
        )
    )
    offer_download(
        texts.CARD,
        lambda: json.dumps(card, indent=2).encode(),
        f"{card['name']}.json",
        "application/json",
        key="model_card",
    )


def _show_points(card: Card, prevalence: float) -> None:
    rows = chart_data.point_rows(card, prevalence)
    if not rows:
        return
    st.subheader(
        texts.POINTS.format(prevalence=write_percent(prevalence)), anchor=False
    )
    first = rows[0]
    counts = of_100_patients(first["sensitivity"], first["specificity"], prevalence)
    ill = counts["found"] + counts["missed"]
    st.markdown(
        texts.POINTS_WHAT.format(
            **counts,
            ill=ill,
            well=100 - ill,
            point=first["operating_point"],
            measured_on=first["measured_on"],
        )
    )
    table: dict[str, list[str]] = {
        texts.FIGURE: [*texts.FIGURES.values(), texts.THRESHOLD]
    }
    for row in rows:
        cells = [
            _with_interval(row[key], row[f"{key}_low"], row[f"{key}_high"])
            for key in texts.FIGURES
        ]
        threshold = write_probability(row["threshold"])
        table[str(row["operating_point"]).capitalize()] = [*cells, threshold]
    st.table(table, hide_index=True)
    _download_rows(rows, "operating_points")


def _show_roc(card: Card, prevalence: float, names: Mapping[str, str]) -> None:
    curve = chart_data.roc_rows(card)
    points = [
        {
            "series": row["operating_point"],
            "false_alarms": 1 - row["specificity"],
            "false_alarms_low": 1 - (row["specificity_high"] or 1),
            "false_alarms_high": 1 - (row["specificity_low"] or 0),
            "sensitivity": row["sensitivity"],
            "sensitivity_low": row["sensitivity_low"] or 0,
            "sensitivity_high": row["sensitivity_high"] or 1,
            "measured_on": row["measured_on"],
        }
        for row in chart_data.point_rows(card, prevalence)
    ]
    if not curve:
        return
    st.subheader(texts.ROC, anchor=False)
    part = st.radio(
        texts.ROC_PART,
        list(texts.ROC_PARTS),
        format_func=texts.ROC_PARTS.__getitem__,
        label_visibility="collapsed",
        horizontal=True,
        key="model-roc-part",
    )
    words = texts.ROC_WHAT.format(curve=curve[0]["measured_on"])
    if points:
        words += f" {texts.ROC_POINTS.format(points=points[0]['measured_on'])}"
    chart = charts.roc_chart(
        [{**row, "series": _called(card["name"], names)} for row in curve],
        points,
        x=texts.FALSE_ALARMS,
        y=texts.SENSITIVITY,
        corner=part == "corner",
    )
    _show_chart(chart, words, curve + points, "roc")


def _show_reliability(card: Card) -> None:
    rows = chart_data.reliability_rows(card)
    if not rows:
        return
    st.subheader(texts.RELIABILITY, anchor=False)
    words = texts.RELIABILITY_WHAT.format(
        prevalence=write_percent(card["prevalence"]),
        measured_on=rows[0]["measured_on"],
    )
    chart = charts.calibration_chart(rows, x=texts.MEAN_SCORE, y=texts.OBSERVED)
    _show_chart(chart, words, rows, "calibration")


def _show_groups(card: Card) -> None:
    rows = chart_data.group_rows(card)
    if not rows:
        return
    st.subheader(texts.GROUPS, anchor=False)
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["group"]] += row["radiographs"]
    labelled = [
        {
            **row,
            "name": texts.GROUP_LABEL.format(group=name, count=counts[name]),
            "series": texts.FIGURES[row["figure"]],
        }
        for row in rows
        for name in [row["group"]]
    ]
    chart = charts.named_dots(
        labelled,
        name="name",
        value="value",
        series="series",
        title=texts.GROUP_FIGURE,
        order=list(dict.fromkeys(row["name"] for row in labelled)),
        ends=True,
        domain=(0, 1),
    )
    _show_chart(chart, texts.GROUPS_WHAT, rows, "groups")


def _show_perturbations(cards: Sequence[Card], names: Mapping[str, str]) -> None:
    rows = [row for card in cards for row in chart_data.perturbation_rows(card)]
    if not rows:
        return
    st.subheader(texts.PERTURBATIONS, anchor=False)
    measure = st.radio(
        texts.MEASURE,
        list(texts.MEASURES),
        format_func=texts.MEASURES.__getitem__,
        label_visibility="collapsed",
        horizontal=True,
        key="model-measure",
    )
    shown = [{**row, "series": _called(row["network"], names)} for row in rows]
    worst_last = measure in ("specificity", "sensitivity", "auroc")
    ordered = sorted(rows, key=lambda row: float(row[measure]), reverse=not worst_last)
    chart = charts.named_dots(
        shown,
        name="perturbation",
        value=measure,
        series="series",
        title=texts.MEASURES[measure],
        order=list(dict.fromkeys(row["perturbation"] for row in ordered)),
    )
    _show_chart(chart, texts.PERTURBATIONS_WHAT, rows, "perturbations")


def _show_beside(cards: Sequence[Card], names: Mapping[str, str]) -> None:
    columns = {
        _called(card["name"], names): {
            **card.get("metrics", {}).get("internal_test", {}),
            "worst": card.get("corruptions", {}).get("worst", {}).get("specificity"),
            "adults": card.get("external_sets", {}).get("adults", {}).get("flagged"),
        }
        for card in cards
    }
    known = [
        key
        for key in texts.COMPARED
        if any(column.get(key) is not None for column in columns.values())
    ]
    if not known:
        return
    st.subheader(texts.BESIDE, anchor=False)
    table: dict[str, list[str]] = {texts.FIGURE: [texts.COMPARED[key] for key in known]}
    for name, column in columns.items():
        cells = []
        for key in known:
            value = column.get(key)
            cells.append(texts.UNDEFINED if value is None else f"{value:.3f}")
        table[name] = cells
    st.table(table, hide_index=True)


def _show_data(card: Card) -> None:
    parts = card.get("partitions")
    if not parts:
        return
    st.subheader(texts.LEARNED_FROM, anchor=False)
    first, *rest = texts.PARTITION_COLUMNS
    table = {first: [chart_data.partition_name(key) for key in parts]}
    for title, key in zip(rest, ("normal", "pneumonia", "patients"), strict=True):
        table[title] = [f"{part[key]:,}" for part in parts.values()]  # type: ignore[literal-required]
    st.table(table, hide_index=True)


def _called(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, name)


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return texts.UNDEFINED
    text = f"{100 * value:.1f} %"
    if low is None or high is None:
        return text
    return f"{text} ({100 * low:.1f} to {100 * high:.1f} %)"


def _show_chart(chart: LayerChart, words: str, rows: Sequence[Row], name: str) -> None:
    st.altair_chart(chart, width="stretch", alt=words)
    st.caption(words)
    _download_rows(rows, name)


def rows_as_csv(rows: Sequence[Row]) -> bytes:
    """Write rows that differ in their columns; what one lacks is left empty.

    Parameters
    ----------
    rows : sequence of dict

    Returns
    -------
    bytes
    """
    columns = dict.fromkeys(key for row in rows for key in row)
    return to_csv([{key: row.get(key) for key in columns} for row in rows]).encode()


def _download_rows(rows: Sequence[Row], name: str) -> None:
    offer_download(
        texts.DATA,
        lambda: rows_as_csv(rows),
        f"{name}.csv",
        "text/csv",
        key=f"model_{name}",
    )
