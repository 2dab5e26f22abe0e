"""Weaknesses of a network in plain words, from the numbers in its card."""

from collections.abc import Mapping
from typing import Any

from pneumonia.card.tables import figure
from pneumonia.statistics.metrics import SCREENING_SENSITIVITY

# Fewer of a class in a third say too little to name it.
_FEWEST = 10
_TELLING_PARTS = (
    "unchanged",
    "surroundings of the other class",
    "mediastinum of the other class",
    "lungs covered",
)
# AUROC of chance.
_NOTHING_TO_GO_BY = 0.5
_FLAG_FIGURES = ("sensitivity", "specificity")


def weak_points(card: Mapping[str, Any]) -> list[str]:
    """Say where a network is weak.

    Parameters
    ----------
    card : mapping
        As `pneumonia.evaluation.network_report.measure` fills it; what it lacks is not
        spoken of.

    Returns
    -------
    list of str
        Sentences.
    """
    return [
        *_thresholds(card),
        *_official_val(card),
        *_kinds(card),
        *_thirds(card),
        *_shifts(card),
        *_devices(card),
        *_shortcuts(card),
        *_parts(card),
        *_probes(card),
    ]


def _thresholds(card: Mapping[str, Any]) -> list[str]:
    screening = card["operating_points"]["screening"]
    if screening.get("sensitivity", 1) >= SCREENING_SENSITIVITY:
        return []
    return [
        f"Screening was chosen for a sensitivity of {SCREENING_SENSITIVITY} on "
        "validation and its shifted copies; in other patients, on the internal test, "
        f"it reaches {figure(screening, 'sensitivity')}."
    ]


def _official_val(card: Mapping[str, Any]) -> list[str]:
    val = card["metrics"].get("official_val")
    if not val:
        return []
    normal = val["n"] - val["positives"]
    flagged = round((1 - val["specificity"]) * normal)
    missed = round((1 - val["sensitivity"]) * val["positives"])
    return [
        f"Of the {val['n']} official validation radiographs it flags {flagged} of "
        f"{normal} normals and misses {missed} of {val['positives']} pneumonias: few "
        "enough that the intervals are wide, but none from the folder it learned from."
    ]


def _kinds(card: Mapping[str, Any]) -> list[str]:
    kinds = card.get("subgroups", {}).get("by_kind", {})
    if not {"bacterial", "viral"} <= set(kinds):
        return []
    worse, better = sorted(
        ("bacterial", "viral"), key=lambda name: float(kinds[name]["sensitivity"])
    )
    return [
        f"On the internal test it misses more {worse} than {better} pneumonias: "
        "sensitivity "
        f"{figure(kinds[worse], 'sensitivity')} against "
        f"{figure(kinds[better], 'sensitivity')}."
    ]


def _thirds(card: Mapping[str, Any]) -> list[str]:
    thirds = [
        (row["auroc"], name, row)
        for name, rows in card.get("subgroups", {}).get("by_property", {}).items()
        for row in rows
        if min(row["positives"], row["n"] - row["positives"]) >= _FEWEST
    ]
    if not thirds:
        return []
    _, name, row = min(thirds, key=lambda third: float(third[0]))
    return [
        f"It separates the classes least where {name} is {row['third']}: AUROC "
        f"{figure(row, 'auroc')}, sensitivity {figure(row, 'sensitivity')}, "
        f"specificity {figure(row, 'specificity')}."
    ]


def _shifts(card: Mapping[str, Any]) -> list[str]:
    if "shifts" not in card:
        return []
    by_shift = card["shifts"]["internal_test"]["by_shift"]
    unchanged = by_shift["unchanged"]
    worst = min(by_shift, key=lambda name: float(by_shift[name]["specificity"]))
    moved = max(by_shift, key=lambda name: float(by_shift[name]["normal_change"]))
    move = f"{by_shift[moved]['normal_change']:.3f} on average"
    return [
        f"Of the changes below, “{worst}” costs most specificity, from "
        f"{unchanged['specificity']:.3f} to {by_shift[worst]['specificity']:.3f}; "
        f"“{moved}” moves the normals' scores most, by {move}."
    ]


def _devices(card: Mapping[str, Any]) -> list[str]:
    if "devices" not in card:
        return []
    drawn = card["devices"]["by_shift"]
    before = drawn["unchanged"]
    worst = min(
        drawn, key=lambda name: float(sum(drawn[name][key] for key in _FLAG_FIGURES))
    )
    moved = max(drawn, key=lambda name: float(drawn[name]["normal_change"]))
    figures = " and ".join(
        f"{key} from {before[key]:.3f} to {drawn[worst][key]:.3f}"
        for key in _FLAG_FIGURES
    )
    return [
        f"Of lines, tubes and wires drawn onto radiographs, “{worst}” costs most: "
        f"{figures}; “{moved}” moves the normals' scores most, by "
        f"{drawn[moved]['normal_change']:.3f} on average."
    ]


def _shortcuts(card: Mapping[str, Any]) -> list[str]:
    if "shortcuts" not in card:
        return []
    audit = card["shortcuts"]
    best = max(audit["alone"], key=lambda name: float(audit["alone"][name]["auroc"]))
    together = list(audit["jointly"].values())[-1]
    return [
        f"Without reading the lungs, {best} alone tells the classes apart with an "
        f"AUROC of {figure(audit['alone'][best], 'auroc')}, and all properties "
        f"together with {figure(together, 'auroc')}: part of any figure from this "
        "folder may be owed to that."
    ]


def _parts(card: Mapping[str, Any]) -> list[str]:
    parts = card.get("parts", {}).get("by_part", {})
    if not set(_TELLING_PARTS) <= set(parts):
        return []
    before, surroundings, mediastinum, covered = (
        figure(parts[name], "auroc") for name in _TELLING_PARTS
    )
    sentence = (
        "With all but the chest exchanged for that of a radiograph of the other class "
        f"its AUROC is {surroundings}, with mediastinum and heart exchanged "
        f"{mediastinum}, unchanged {before}; with the lungs covered {covered} is left, "
        "where 0.5 would be right"
    )
    goes_by_more = parts["lungs covered"]["auroc_ci"][0] > _NOTHING_TO_GO_BY
    return [f"{sentence}{': it goes by more than the lungs' if goes_by_more else ''}."]


def _probes(card: Mapping[str, Any]) -> list[str]:
    adults = card.get("probes", {}).get("adults")
    if not adults:
        return []
    return [
        f"It flags {figure(adults, 'flagged', '.0%')} of {adults['n']} unlabelled "
        "adults of another hospital; how many of them have pneumonia is not known, and "
        "its score means nothing in adults."
    ]
