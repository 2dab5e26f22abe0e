"""Rows to draw and to download from a card. A section that it lacks gives no row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pneumonia.card.schema import Card
from pneumonia.card.tables import PARTITIONS
from pneumonia.statistics.calibration import at_prevalence, predictive_figures
from pneumonia.statistics.roc import corners_of_counts
from pneumonia.statistics.selective import COVERAGES

Row = dict[str, Any]

# Radiographs that had no part in fitting, calibration or the choice of thresholds.
_UNSEEN = ("internal_test", "official_val", "official_test")
# Sources of other hospitals that are drawn: these many, each with so many radiographs.
_SOURCES, _FEWEST = 3, 100
# All sources together, which have nothing in common.
_ALL = "all"
_NOT_FITTED_ON = ("training", "validation", "train_folder")


def partition_name(key: str) -> str:
    """Name the radiographs that a figure was measured on, without Markdown."""
    return PARTITIONS.get(key, key.replace("_", " ")).replace("`", "")


def roc_rows(card: Card) -> list[Row]:
    """Return the corners of the curve that the card's counts of scores give.

    Parameters
    ----------
    card : Card

    Returns
    -------
    list of dict
        ``network``, ``measured_on``, ``false_alarms`` and ``sensitivity``, from (0, 0)
        to (1, 1); as coarse as the bins of the counts.
    """
    counts = card.get("score_distribution")
    if counts is None:
        return []
    return [
        {
            "network": card["name"],
            "measured_on": partition_name(counts["measured_on"]),
            "false_alarms": false_alarms,
            "sensitivity": sensitivity,
        }
        for false_alarms, sensitivity in corners_of_counts(
            counts["normal"], counts["pneumonia"]
        )
    ]


def point_rows(card: Card, prevalence: float) -> list[Row]:
    """Return the operating points at one prevalence.

    Parameters
    ----------
    card : Card
    prevalence : float
        In (0, 1).

    Returns
    -------
    list of dict
        Of each point that was measured: ``network``, ``operating_point``,
        ``measured_on``, ``prevalence``, ``threshold`` (at that prevalence; of a score
        where the card is not calibrated), and for ``sensitivity``, ``specificity``,
        ``ppv`` and ``npv`` the value and its ``_low`` and ``_high``, which can be None.
    """
    rows = []
    for name, point in card["operating_points"].items():
        if point.get("sensitivity") is None or point.get("specificity") is None:
            continue
        threshold = point["threshold"]
        if card["calibrated"]:
            threshold = float(
                at_prevalence(threshold, assumed=card["prevalence"], wanted=prevalence)
            )
        figures = {
            **_with_ends(point, "sensitivity"),
            **_with_ends(point, "specificity"),
        }
        values = list(figures.values())
        ppv, npv = predictive_figures(values[:3], values[3:], prevalence)
        rows.append(
            {
                "network": card["name"],
                "operating_point": name,
                "measured_on": partition_name(point.get("measured_on", "")),
                "prevalence": prevalence,
                "threshold": threshold,
                **figures,
                **dict(zip(("ppv", "ppv_low", "ppv_high"), ppv, strict=True)),
                **dict(zip(("npv", "npv_low", "npv_high"), npv, strict=True)),
            }
        )
    return rows


def reliability_rows(card: Card) -> list[Row]:
    """Return the bins of the calibration plot.

    Parameters
    ----------
    card : Card

    Returns
    -------
    list of dict
        ``network``, ``measured_on``, ``radiographs``, ``mean_score`` and ``observed``
        with ``observed_low`` and ``observed_high``.
    """
    measured = card.get("reliability")
    if measured is None:
        return []
    return [
        {
            "network": card["name"],
            "measured_on": partition_name(measured["measured_on"]),
            "radiographs": found["n"],
            "mean_score": found["mean_score"],
            **_with_ends(found, "observed"),
        }
        for found in measured["bins"]
    ]


def coverage_rows(card: Card) -> list[Row]:
    """Return the share of errors among the surest radiographs, inside and elsewhere.

    Parameters
    ----------
    card : Card

    Returns
    -------
    list of dict
        ``radiographs_of``, ``radiographs``, ``answered`` (share of the surest, from 1
        downwards) and ``wrong``: of the radiographs of the same hospital first, then
        of the largest sources with at least 100.
    """
    inside = card.get("selective")
    sets: list[tuple[str, Mapping[str, Any]]] = []
    if inside:
        sets.append((partition_name(inside["measured_on"]), inside))
    others = card.get("other_hospitals", {}).get("selective", [])
    large = [it for it in others if it["n"] >= _FEWEST and it["source"] != _ALL]
    large.sort(key=lambda it: -it["n"])
    sets += [(it["source"], it) for it in large[:_SOURCES]]
    return [
        {
            "radiographs_of": name,
            "radiographs": found["n"],
            "answered": answered,
            "wrong": wrong,
        }
        for name, found in sets
        for answered, wrong in zip(COVERAGES, found["wrong_at_coverage"], strict=True)
    ]


def perturbation_rows(card: Card) -> list[Row]:
    """Return the figures under every perturbation and every drawn line or tube.

    Parameters
    ----------
    card : Card

    Returns
    -------
    list of dict
        ``network``, ``perturbation``, ``measured_on``, ``auroc``, ``sensitivity``,
        ``specificity``, ``normal_change`` and ``pneumonia_change``.
    """
    rows: dict[str, Row] = {}
    for section in (card.get("corruptions"), card.get("drawn_devices")):
        if section is None:
            continue
        for name, figures in section["by_perturbation"].items():
            rows[name] = {
                "network": card["name"],
                "perturbation": name,
                "measured_on": partition_name(section["measured_on"]),
                **figures,
            }
    return list(rows.values())


def group_rows(card: Card) -> list[Row]:
    """Return sensitivity and specificity of each group that nothing was fitted on.

    Parameters
    ----------
    card : Card

    Returns
    -------
    list of dict
        ``network``, ``group``, ``radiographs``, ``figure`` (``sensitivity`` or
        ``specificity``) and ``value`` with ``value_low`` and ``value_high``.
    """
    return [
        {"network": card["name"], "group": group, **row}
        for group, figures in _groups(card)
        for row in _flag_rows(figures)
    ]


def _groups(card: Card) -> Iterator[tuple[str, Mapping[str, Any]]]:
    metrics, kinds = card.get("metrics", {}), card.get("subgroups")
    others = [key for key in metrics if key not in (*_UNSEEN, *_NOT_FITTED_ON)]
    for key in (*_UNSEEN, *others):
        if key in metrics:
            yield _without_note(partition_name(key)), metrics[key]
        if kinds is not None and kinds["measured_on"] == key:
            for name, figures in kinds["by_kind"].items():
                # The specificity of the normals is that of the whole.
                if name != "normal":
                    yield f"of these: {name}", figures


def _without_note(name: str) -> str:
    return name.split(" (")[0]


def _flag_rows(figures: Mapping[str, Any]) -> Iterator[Row]:
    for name in ("sensitivity", "specificity"):
        if figures.get(name) is None:
            continue
        positives, n = figures.get("positives"), figures["n"]
        if positives is not None:
            n = positives if name == "sensitivity" else n - positives
        low, high = figures[f"{name}_ci"]
        yield {
            "radiographs": n,
            "figure": name,
            "value": figures[name],
            "value_low": low,
            "value_high": high,
        }


def _with_ends(figures: Mapping[str, Any], name: str) -> Row:
    low, high = figures.get(f"{name}_ci") or (None, None)
    return {name: figures[name], f"{name}_low": low, f"{name}_high": high}
