"""Limitations of a network in sentences, with the numbers of its card."""

from pneumonia.card.layout import figure
from pneumonia.card.schema import Card
from pneumonia.language.speech import N_, say
from pneumonia.statistics.operating_points import SCREENING_SENSITIVITY

_CHANCE = 0.5
_MORE_MISSED = {
    "bacterial": N_(
        "It misses more bacterial than viral pneumonias: sensitivity is {worse} "
        "against {better}."
    ),
    "viral": N_(
        "It misses more viral than bacterial pneumonias: sensitivity is {worse} "
        "against {better}."
    ),
}


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
        say(
            "It is not for adults: it flags {flagged} of {n} unlabelled radiographs of "
            "adults of another hospital.",
            flagged=figure(adults, "flagged", ".0%"),
            n=adults["n"],
        )
    ]


def _official_val(card: Card) -> list[str]:
    val = card.get("metrics", {}).get("official_val")
    if val is None or val["specificity"] is None or val["sensitivity"] is None:
        return []
    normal = val["n"] - val["positives"]
    flagged = round((1 - val["specificity"]) * normal)
    missed = round((1 - val["sensitivity"]) * val["positives"])
    return [
        say(
            "On the {n} radiographs of the official `val` folder it flags {flagged} of "
            "{normal} normals and misses {missed} of {pneumonia} pneumonias. The "
            "numbers are small, but it was trained on none of them.",
            n=val["n"],
            flagged=flagged,
            normal=normal,
            missed=missed,
            pneumonia=val["positives"],
        )
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
        say(
            "With the box of the lungs made grey AUROC is {auroc:.3f} ({low:.3f} to "
            "{high:.3f}; chance {chance}), so the network also uses what lies outside "
            "the lungs.",
            auroc=hidden["auroc"],
            low=low,
            high=hidden["auroc_ci"][1],
            chance=_CHANCE,
        )
    ]


def _corruptions(card: Card) -> list[str]:
    if "corruptions" not in card:
        return []
    rows = card["corruptions"]["by_perturbation"]
    worst = min(rows, key=lambda name: rows[name]["specificity"])
    largest = max(rows, key=lambda name: rows[name]["normal_change"])
    return [
        say(
            "Of {count} perturbations, “{worst}” costs most specificity: from "
            "{before:.3f} to {after:.3f}. The largest mean score change of normals is "
            "{change:.3f}, under “{largest}”.",
            count=len(rows) - 1,
            worst=say(worst),
            before=rows["unchanged"]["specificity"],
            after=rows[worst]["specificity"],
            change=rows[largest]["normal_change"],
            largest=say(largest),
        )
    ]


def _kinds(card: Card) -> list[str]:
    kinds = card.get("subgroups", {}).get("by_kind", {})
    if not {"bacterial", "viral"} <= set(kinds):
        return []
    worse, better = sorted(
        ("bacterial", "viral"), key=lambda name: kinds[name]["sensitivity"] or 0
    )
    return [
        say(
            _MORE_MISSED[worse],
            worse=figure(kinds[worse], "sensitivity"),
            better=figure(kinds[better], "sensitivity"),
        )
    ]


def _shortcuts(card: Card) -> list[str]:
    if "shortcuts" not in card:
        return []
    alone = card["shortcuts"]["alone"]
    best = max(alone, key=lambda name: alone[name]["auroc"])
    found = card["shortcuts"]["jointly"]
    jointly = found.get("picture_and_file", found["picture"])
    return [
        say(
            "In the training data {best} alone predicts the class with AUROC {auroc}, "
            "and all measured properties of picture and file together with {jointly}. "
            "A network can use them instead of the lungs, so figures from the same "
            "data can be too good.",
            best=say(best.replace("_", " ")),
            auroc=figure(alone[best], "auroc"),
            jointly=figure(jointly, "auroc"),
        )
    ]


def _screening(card: Card) -> list[str]:
    screening = card["operating_points"].get("screening")
    reached = screening.get("sensitivity") if screening else None
    if screening is None or reached is None or reached >= SCREENING_SENSITIVITY:
        return []
    return [
        say(
            "The screening threshold was chosen for a sensitivity of {wanted} on "
            "validation. On the held-out internal test it reaches {reached}.",
            wanted=SCREENING_SENSITIVITY,
            reached=figure(screening, "sensitivity"),
        )
    ]


def _devices(card: Card) -> list[str]:
    if "drawn_devices" not in card:
        return []
    rows = card["drawn_devices"]["by_perturbation"]
    largest = max(rows, key=lambda name: rows[name]["normal_change"])
    lowest = min(rows, key=lambda name: rows[name]["sensitivity"])
    return [
        say(
            "Lines, tubes and wires can change the score. Drawn “{largest}” change the "
            "scores of normals by {change:.3f} on average, and specificity from "
            "{before:.3f} to {after:.3f}. Sensitivity is lowest with a drawn "
            "“{lowest}”: {low:.3f} instead of {usual:.3f}.",
            largest=say(largest),
            change=rows[largest]["normal_change"],
            before=rows["unchanged"]["specificity"],
            after=rows[largest]["specificity"],
            lowest=say(lowest),
            low=rows[lowest]["sensitivity"],
            usual=rows["unchanged"]["sensitivity"],
        )
    ]
