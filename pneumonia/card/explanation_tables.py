"""Markdown of how true the heatmaps are, from the card's section ``explanation``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pneumonia.card.layout import figure, table
from pneumonia.card.sections import Explanation

_Methods = Mapping[str, Mapping[str, Any]]
_SCORE: Final = {
    "deletion_pneumonia": "flagged: deletion (low is good)",
    "insertion_pneumonia": "flagged: insertion (high is good)",
    "deletion_normal": "not flagged: deletion",
    "insertion_normal": "not flagged: insertion",
}
_PLACE: Final = {
    "in_lungs_pneumonia": "flagged: in the lungs",
    "in_lungs_normal": "not flagged: in the lungs",
    "in_drawn_lungs": "in lungs that people drew",
    "in_body_pneumonia": "flagged: in the body",
    "in_body_normal": "not flagged: in the body",
}
_BOXES: Final = {
    "pointing": "pointing game",
    "energy": "energy",
    "pointing_small": "pointing game, small boxes",
    "energy_small": "energy, small boxes",
    "pointing_large": "pointing game, large boxes",
    "energy_large": "energy, large boxes",
}
_COST: Final = {"cost": "forward passes"}
_REPEAT: Final = {"shift": "moved by two pixels", "trunks": "between the two trunks"}
_RANDOMISED: Final = "randomised_"
# Fewer radiographs than this whose logit can be followed give no figure.
_LEAST_FOLLOWED: Final = 10
_READING: Final = """\
Each method is measured on the same {radiographs} radiographs of the folder `{data}`, of
which {radiographs_flagged} are flagged, beside two maps that know nothing of the
network: random cells, and a Gaussian in the middle of the square. A flagged radiograph
is explained for pneumonia, another one for normal. Brackets: 95 % intervals over
patients.

Grad-CAM is the map that the page shows. HiResCAM must equal it where global average
pooling and one dense unit follow the map."""
_DIFFERENCES: Final = (
    ("over_random", "less the random map's"),
    ("over_gaussian", "less the Gaussian's"),
)


def explanation_tables(measured: Explanation) -> str:
    """Set out what was measured of the heatmaps.

    Parameters
    ----------
    measured : Explanation

    Returns
    -------
    str
        Markdown; what was not measured has no table.
    """
    methods = measured["by_method"]
    randomised = {
        key: f"{key.removeprefix(_RANDOMISED)} of the layers"
        for key in dict.fromkeys(key for each in methods.values() for key in each)
        if key.startswith(_RANDOMISED)
    }
    if f"{_RANDOMISED}0%" in randomised:
        randomised[f"{_RANDOMISED}0%"] = "the head alone"
    parts = [
        _READING.format(**measured),
        "\n".join(f"- {note}" for note in _notes(measured)),
        _part(
            "Does the score follow the map?",
            "Area under the logit of what is explained, while the strongest places are "
            "replaced by what lies around them (deletion), and while they alone are "
            "shown (insertion), on the square that the network sees. The logit counts "
            "as 1 for the whole square and as 0 where everything is replaced. "
            f"{_describe_followed(measured)}",
            {
                key: name
                for key, name in _SCORE.items()
                if _count(methods, key) >= _LEAST_FOLLOWED
            },
            methods,
            compared=True,
        ),
        _part(
            "Does the map lie in the lungs?",
            "Share of the map's strength in both lungs, as the program finds them, and "
            "in the body: all but the dark places that reach the edge of the picture.",
            _PLACE,
            methods,
        ),
        _part(
            "Does the map lie where readers drew a box?",
            "The pointing game counts radiographs whose strongest place lies in a box. "
            "Energy is the share of the map's strength in the boxes. Small boxes cover "
            "less than 8 % of the radiograph.",
            _BOXES,
            methods,
            compared=True,
        ),
        _part(
            "Does the map repeat?",
            "Rank correlation of two maps of one radiograph.",
            _REPEAT,
            methods,
        ),
        _part(
            "Does the map depend on what was learned?",
            "Rank correlation with the map of the same network whose layers are "
            "randomised from the top. It must fall to about 0.",
            randomised,
            methods,
        ),
        _part(
            "What does the map cost?",
            "Processor's time for logit and map together, in forward passes of the "
            "same network in the same run, on a few of the radiographs. The exported "
            "network that is served gives Grad-CAM without a gradient, as a weighted "
            "sum in its forward pass.",
            _COST,
            methods,
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _notes(measured: Explanation) -> list[str]:
    """Say what was left out, and what was not found."""
    return [
        *measured["missing"],
        *(
            f"{name} found nothing to show on {count} of them."
            for name, count in measured["without_map"].items()
        ),
        *(
            f"Left out, {code}: {count}."
            for code, count in sorted(measured["left_out"].items())
        ),
    ]


def _describe_followed(measured: Explanation) -> str:
    """Say on how many radiographs the logit can be followed, and why not on all."""
    methods, flagged = measured["by_method"], measured["radiographs_flagged"]
    return (
        "It can be followed where replacing everything takes at least 0.5 from it: on "
        f"{_count(methods, 'deletion_pneumonia')} of {flagged} flagged radiographs and "
        f"{_count(methods, 'deletion_normal')} of {measured['radiographs'] - flagged} "
        "others. Elsewhere a square without any structure speaks as much for the "
        f"finding as the radiograph does. Fewer than {_LEAST_FOLLOWED} radiographs "
        "have no table."
    )


def _count(methods: _Methods, measure: str) -> int:
    return max(
        (each[measure]["n"] for each in methods.values() if measure in each), default=0
    )


def _part(
    title: str,
    text: str,
    measures: Mapping[str, str],
    methods: _Methods,
    *,
    compared: bool = False,
) -> str:
    tables = [
        _table({key: name}, methods, _DIFFERENCES)
        for key, name in measures.items()
        if compared
    ] or [_table(measures, methods)]
    body = "\n\n".join(each for each in tables if each)
    return f"### {title}\n\n{text}\n\n{body}" if body else ""


def _table(
    measures: Mapping[str, str],
    methods: _Methods,
    differences: Sequence[tuple[str, str]] = (),
) -> str:
    """Write a row for each method that has one of the measures."""
    present = {
        key: name
        for key, name in measures.items()
        if any(key in each for each in methods.values())
    }
    rows = []
    for method, figures in methods.items():
        if not present.keys() & figures.keys():
            continue
        cells = [
            f"`{method}`",
            str(max(figures[k]["n"] for k in present if k in figures)),
        ]
        for key in present:
            found = figures.get(key)
            cells.append(figure(found, "mean") if found else "")
            cells += [
                figure(found, name, "+.3f") if found and name in found else ""
                for name, _ in differences
            ]
        rows.append(cells)
    header = ["map", "radiographs"]
    for name in present.values():
        header += [name, *(title for _, title in differences)]
    return table(header, rows)
