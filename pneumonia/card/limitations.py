"""Limitations of a network in sentences, with the numbers of its card."""

from pneumonia.card.layout import figure
from pneumonia.card.schema import Card
from pneumonia.statistics.operating_points import SCREENING_SENSITIVITY

_CHANCE = 0.5


def limitations(card: Card) -> list[str]:
    """State where a network is weak, the most important first.

    Parameters
    ----------
    card : Card
        Sections that it lacks give no sentence.

    Returns
    -------
    list of str
        One limitation each.
    """
    return [
        *_adults(card),
        *_official_val(card),
        *_regions(card),
        *_corruptions(card),
        *_kinds(card),
        *_shortcuts(card),
        *_screening(card),
        *_devices(card),
    ]


def _adults(card: Card) -> list[str]:
    adults = card.get("external_sets", {}).get("adults")
    if adults is None:
        return []
    return [
        f"It is not for adults: it flags {figure(adults, 'flagged', '.0%')} of "
        f"{adults['n']} unlabelled radiographs of adults of another hospital."
    ]


def _official_val(card: Card) -> list[str]:
    val = card.get("metrics", {}).get("official_val")
    if val is None or val["specificity"] is None or val["sensitivity"] is None:
        return []
    normal = val["n"] - val["positives"]
    flagged = round((1 - val["specificity"]) * normal)
    missed = round((1 - val["sensitivity"]) * val["positives"])
    return [
        f"On the {val['n']} radiographs of the official `val` folder it flags "
        f"{flagged} of {normal} normals and misses {missed} of {val['positives']} "
        "pneumonias. The numbers are small, but it was trained on none of them."
    ]


def _regions(card: Card) -> list[str]:
    if "regions" not in card:
        return []
    regions = card["regions"]
    hidden = regions["occlusions"]["lungs_box"]
    low = hidden["auroc_ci"][0]
    if low is None or low <= _CHANCE:
        return []
    return [
        f"With the box of the lungs made grey AUROC is "
        f"{figure(hidden, 'auroc')[:-1]}; chance {_CHANCE}), so the network also uses "
        "what lies outside the lungs."
    ]


def _corruptions(card: Card) -> list[str]:
    if "corruptions" not in card:
        return []
    rows = card["corruptions"]["by_perturbation"]
    worst = min(rows, key=lambda name: rows[name]["specificity"])
    largest = max(rows, key=lambda name: rows[name]["normal_change"])
    return [
        f"Of {len(rows) - 1} perturbations, “{worst}” costs most specificity: from "
        f"{rows['unchanged']['specificity']:.3f} to {rows[worst]['specificity']:.3f}. "
        f"The largest mean score change of normals is "
        f"{rows[largest]['normal_change']:.3f}, under “{largest}”."
    ]


def _kinds(card: Card) -> list[str]:
    kinds = card.get("subgroups", {}).get("by_kind", {})
    if not {"bacterial", "viral"} <= set(kinds):
        return []
    worse, better = sorted(
        ("bacterial", "viral"), key=lambda name: kinds[name]["sensitivity"] or 0
    )
    return [
        f"It misses more {worse} than {better} pneumonias: sensitivity is "
        f"{figure(kinds[worse], 'sensitivity')} against "
        f"{figure(kinds[better], 'sensitivity')}."
    ]


def _shortcuts(card: Card) -> list[str]:
    if "shortcuts" not in card:
        return []
    alone = card["shortcuts"]["alone"]
    best = max(alone, key=lambda name: alone[name]["auroc"])
    found = card["shortcuts"]["jointly"]
    jointly = found.get("picture_and_file", found["picture"])
    return [
        f"In the training data {best.replace('_', ' ')} alone predicts the class with "
        f"AUROC {figure(alone[best], 'auroc')}, and all measured properties of picture "
        f"and file together with {figure(jointly, 'auroc')}. A network can use them "
        "instead of the lungs, so figures from the same data can be too good."
    ]


def _screening(card: Card) -> list[str]:
    screening = card["operating_points"].get("screening")
    reached = screening.get("sensitivity") if screening else None
    if screening is None or reached is None or reached >= SCREENING_SENSITIVITY:
        return []
    return [
        f"The screening threshold was chosen for a sensitivity of "
        f"{SCREENING_SENSITIVITY} on validation. On the held-out internal test it "
        f"reaches {figure(screening, 'sensitivity')}."
    ]


def _devices(card: Card) -> list[str]:
    if "drawn_devices" not in card:
        return []
    rows = card["drawn_devices"]["by_perturbation"]
    largest = max(rows, key=lambda name: rows[name]["normal_change"])
    lowest = min(rows, key=lambda name: rows[name]["sensitivity"])
    return [
        f"Lines, tubes and wires can change the score. Drawn “{largest}” change the "
        f"scores of normals by {rows[largest]['normal_change']:.3f} on average, and "
        f"specificity from {rows['unchanged']['specificity']:.3f} to "
        f"{rows[largest]['specificity']:.3f}. Sensitivity is lowest with a drawn "
        f"“{lowest}”: {rows[lowest]['sensitivity']:.3f} instead of "
        f"{rows['unchanged']['sensitivity']:.3f}."
    ]
