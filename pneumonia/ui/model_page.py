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
from pneumonia.export.rounding import write_percent, write_probability
from pneumonia.language.speech import naming, say, write_digits
from pneumonia.statistics.calibration import of_100_patients
from pneumonia.ui import charts
from pneumonia.ui import model_texts as texts
from pneumonia.ui.choices import keep_choice
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.elsewhere import show_elsewhere
from pneumonia.ui.perturbed import show_perturbations
from pneumonia.ui.shown_chart import download_rows, show_chart
from pneumonia.ui.sureness import show_sureness

if TYPE_CHECKING:
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
    st.header(say(texts.TITLE), anchor=False)
    st.markdown(" ".join(say(INTENDED_USE).split()))
    _show_identity(card)
    _show_points(card, prevalence)
    left, right = st.columns(2, gap="large")
    with left:
        _show_roc(card, prevalence, names)
    with right:
        _show_reliability(card)
    _show_groups(card)
    show_sureness(card)
    show_perturbations(cards, names)
    if others:
        _show_beside(cards, names)
    show_elsewhere(card)
    if found := limitations(card):
        st.subheader(say(texts.LIMITATIONS), anchor="limitations")
        st.markdown("\n".join(f"- {line}" for line in found))
    _show_data(card)
    st.subheader(say(texts.LICENCE_TITLE), anchor=False)
    st.markdown(" ".join(say(LICENCE).split()))
    st.subheader(say(texts.CITATION_TITLE), anchor=False)
    st.code(citation(card), language="bibtex", wrap_lines=True)


def _show_identity(card: Card) -> None:
    st.caption(
        say(
            texts.IDENTITY,
            name=card["name"],
            parameters=card.get("parameters", 0),
            shape=" × ".join(map(str, card["input_shape"])),
            sha256=card["sha256"][:12],
        )
    )
    offer_download(
        say(texts.CARD),
        lambda: json.dumps(card, indent=2).encode(),
        f"{card['name']}.json",
        "application/json",
        key="model_card",
    )


def _show_points(card: Card, prevalence: float) -> None:
    rows = chart_data.point_rows(card, prevalence)
    if not rows:
        return
    st.subheader(say(texts.POINTS, prevalence=write_percent(prevalence)), anchor=False)
    first = rows[0]
    counts = of_100_patients(first["sensitivity"], first["specificity"], prevalence)
    ill = counts["found"] + counts["missed"]
    st.markdown(
        say(
            texts.POINTS_WHAT,
            **counts,
            ill=ill,
            well=100 - ill,
            point=say(first["operating_point"]),
            measured_on=say(first["measured_on"]),
        )
    )
    table: dict[str, list[str]] = {
        say(texts.FIGURE): [*map(say, texts.FIGURES.values()), say(texts.THRESHOLD)]
    }
    for row in rows:
        cells = [
            _with_interval(row[key], row[f"{key}_low"], row[f"{key}_high"])
            for key in texts.FIGURES
        ]
        threshold = write_probability(row["threshold"])
        table[say(str(row["operating_point"])).capitalize()] = [*cells, threshold]
    st.table(table, hide_index=True)
    download_rows(rows, "operating_points")


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
    st.subheader(say(texts.ROC), anchor=False)
    part = st.radio(
        say(texts.ROC_PART),
        list(texts.ROC_PARTS),
        format_func=naming(texts.ROC_PARTS),
        label_visibility="collapsed",
        horizontal=True,
        **keep_choice("model_roc_part", list(texts.ROC_PARTS)),
    )
    words = say(texts.ROC_WHAT, curve=say(curve[0]["measured_on"]))
    if points:
        words += f" {say(texts.ROC_POINTS, points=say(points[0]['measured_on']))}"
    marked = [{**point, "series": say(point["series"])} for point in points]
    along, up = say(texts.FALSE_ALARMS), say(texts.SENSITIVITY)
    chart = charts.roc_chart(
        [{**row, "series": _called(card["name"], names)} for row in curve],
        marked,
        x=along,
        y=up,
        corner=part == "corner",
    )
    columns = {
        "series": say(texts.POINT),
        "false_alarms": along,
        "sensitivity": up,
    }
    show_chart(
        chart,
        say(texts.ROC),
        words,
        curve + points,
        "roc",
        drawn=marked,
        columns=columns,
    )


def _show_reliability(card: Card) -> None:
    rows = chart_data.reliability_rows(card)
    if not rows:
        return
    st.subheader(say(texts.RELIABILITY), anchor=False)
    words = say(
        texts.RELIABILITY_WHAT,
        prevalence=write_percent(card["prevalence"]),
        measured_on=say(rows[0]["measured_on"]),
    )
    columns = {"mean_score": say(texts.MEAN_SCORE), "observed": say(texts.OBSERVED)}
    chart = charts.calibration_chart(
        rows, x=columns["mean_score"], y=columns["observed"]
    )
    show_chart(
        chart,
        say(texts.RELIABILITY),
        words,
        rows,
        "calibration",
        drawn=rows,
        columns=columns,
    )


def _show_groups(card: Card) -> None:
    rows = chart_data.group_rows(card)
    if not rows:
        return
    st.subheader(say(texts.GROUPS), anchor=False)
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["group"]] += row["radiographs"]
    labelled = [
        {
            **row,
            "name": say(texts.GROUP_LABEL, group=say(name), count=counts[name]),
            "series": say(texts.FIGURES[row["figure"]]),
        }
        for row in rows
        for name in [row["group"]]
    ]
    chart = charts.named_dots(
        labelled,
        name="name",
        value="value",
        series="series",
        title=say(texts.GROUP_FIGURE),
        order=list(dict.fromkeys(row["name"] for row in labelled)),
        ends=True,
        domain=(0, 1),
    )
    columns = {
        "name": say(texts.RADIOGRAPHS_OF),
        "series": say(texts.FIGURE),
        "value": say(texts.GROUP_FIGURE),
    }
    show_chart(
        chart,
        say(texts.GROUPS),
        say(texts.GROUPS_WHAT),
        rows,
        "groups",
        drawn=labelled,
        columns=columns,
    )


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
    st.subheader(say(texts.BESIDE), anchor=False)
    table: dict[str, list[str]] = {
        say(texts.FIGURE): [say(texts.COMPARED[key]) for key in known]
    }
    for name, column in columns.items():
        cells = []
        for key in known:
            value = column.get(key)
            cells.append(
                texts.UNDEFINED if value is None else write_digits(f"{value:.3f}")
            )
        table[name] = cells
    st.table(table, hide_index=True)


def _show_data(card: Card) -> None:
    parts = card.get("partitions")
    if not parts:
        return
    st.subheader(say(texts.LEARNED_FROM), anchor=False)
    first, *rest = map(say, texts.PARTITION_COLUMNS)
    table = {first: [say(chart_data.partition_name(key)) for key in parts]}
    for title, key in zip(rest, ("normal", "pneumonia", "patients"), strict=True):
        table[title] = [write_digits(f"{part[key]:,}") for part in parts.values()]  # type: ignore[literal-required]
    st.table(table, hide_index=True)


def _called(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, name)


def _with_interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return texts.UNDEFINED
    if low is None or high is None:
        return say("{value:.1f} %", value=100 * value)
    return say(
        "{value:.1f} % ({low:.1f} to {high:.1f} %)",
        value=100 * value,
        low=100 * low,
        high=100 * high,
    )
