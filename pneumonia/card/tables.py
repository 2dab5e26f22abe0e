"""Markdown tables of one card. A card that lacks a section gives an empty string."""

from collections.abc import Mapping
from typing import Any

from pneumonia.card.layout import (
    figure,
    interval,
    percent,
    plain,
    table,
)
from pneumonia.card.schema import Card
from pneumonia.card.sections import (
    Inputs,
    MeasuredPoint,
    Robustness,
    SeedVariability,
    Separation,
)
from pneumonia.statistics.calibration import predictive_figures

PARTITIONS = {
    "training": "Training (part of `train`)",
    "validation": "Validation (part of `train`; calibration and thresholds)",
    "internal_test": "Held-out internal test (part of `train`)",
    "train_folder": "Whole official `train` folder",
    "official_val": "Official `val` folder",
    "official_test": "Official `test` folder",
}
# Perturbations that change one property and leave the others nearly as they are.
_PERTURBATIONS_OF = {
    "brightness": ("brightness -35", "brightness +35", "gamma 0.7", "gamma 1.4"),
    "contrast": ("contrast 0.6", "contrast 1.4"),
    "local_contrast": ("local contrast 0.6", "local contrast 1.6"),
    "sharpness": ("blur", "sharpen", "through half size"),
    "border_brightness": ("collimation border", "crop 8 %"),
    "border_contrast": ("collimation border", "crop 8 %"),
    "lung_box_aspect": (
        "vertical stretch 1.22",
        "vertical stretch 0.82",
        "horizontal stretch 1.22",
        "horizontal stretch 0.82",
    ),
    "native_width": ("through narrower width", "through wider width"),
    "native_aspect": (
        "vertical stretch 1.22",
        "vertical stretch 0.82",
        "horizontal stretch 1.22",
        "horizontal stretch 0.82",
    ),
}
# What a setting is called where the card's key says too little.
_SETTINGS = {
    "patience": "epochs without gain before a stop",
    "any_edge": "any edge fill",
    "imagenet": "starts from ImageNet parameters",
    "wrong_box": "share with a wrong box",
}
# Share of pneumonia in a clinic, far below that of the data.
CLINIC_PREVALENCE = 0.15
_FLAG_FIGURES = ("sensitivity", "specificity")
_SEPARATION = ("auroc", *_FLAG_FIGURES)


_INPUTS = {
    "size": "mean of width and height, pixels",
    "grey": "mean grey level that the network sees, 0 to 255",
    "contrast": "their standard deviation",
    "lungs": "share of the picture that the lungs cover",
    "certainty": "certainty of the lungs, 0 to 1",
}


def points_table(card: Card) -> str:
    """Set out the operating points at the prevalence of the data and of a clinic."""
    if not all("sensitivity" in point for point in card["operating_points"].values()):
        return ""
    return table(
        (
            "operating point",
            "threshold",
            "sensitivity",
            "specificity",
            "PPV",
            "NPV",
            f"PPV at {percent(CLINIC_PREVALENCE)}",
            f"NPV at {percent(CLINIC_PREVALENCE)}",
        ),
        (
            (
                name,
                f"{point['threshold']:.3f}",
                *(figure(point, key) for key in (*_FLAG_FIGURES, "ppv", "npv")),
                *_clinic(point),
            )
            for name, point in card["operating_points"].items()
        ),
    )


def _clinic(point: MeasuredPoint) -> tuple[str, str]:
    """Write both predictive values in a clinic."""
    ppv, npv = predictive_figures(
        (point["sensitivity"], *point["sensitivity_ci"]),
        (point["specificity"], *point["specificity_ci"]),
        CLINIC_PREVALENCE,
    )
    return interval(*ppv), interval(*npv)


def partition_tables(card: Card) -> str:
    """Write every figure of every partition: of the scores, then of the flags."""
    scores = {
        "auroc": "AUROC",
        "brier": "Brier",
        "ece": "ECE",
        "accuracy_at_0_5": "accuracy at 0.5",
    }
    flags = {
        "accuracy": "accuracy",
        "sensitivity": "sensitivity",
        "specificity": "specificity",
        "ppv": "PPV",
        "npv": "NPV",
    }
    return "\n\n".join(_partition_table(card, titles) for titles in (scores, flags))


def _partition_table(card: Card, titles: Mapping[str, str]) -> str:
    rows = []
    for key, title in PARTITIONS.items():
        if key in card["metrics"]:
            counts = card["partitions"][key]
            numbers = f"{counts['normal']} / {counts['pneumonia']}"
            figures = (figure(card["metrics"][key], name) for name in titles)
            rows.append((title, f"{numbers} ({counts['patients']})", *figures))
    header = ("radiographs", "normal / pneumonia (patients)", *titles.values())
    return table(header, rows)


def recipe_table(card: Card) -> str:
    """Write the settings of training that the card holds, in words."""
    recipe = _named(card["training"]["recipe"])
    return table(
        ("setting", "value"),
        ((name.replace("_", " "), plain(value)) for name, value in recipe.items()),
    )


def _named(value: Any) -> Any:
    """Replace the keys of settings by what they are called."""
    if isinstance(value, Mapping):
        return {_SETTINGS.get(key, key): _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


def kinds_table(card: Card) -> str:
    """Separate normal, bacterial and viral radiographs."""
    return table(
        ("label", "radiographs", "AUROC against all normals", *_FLAG_FIGURES),
        (
            (
                name,
                str(row["n"]),
                *(figure(row, key) if key in row else "" for key in _SEPARATION),
            )
            for name, row in card.get("subgroups", {}).get("by_kind", {}).items()
        ),
    )


def robustness_table(measured: Robustness) -> str:
    """Set out the figures under every perturbation, their mean and their worst."""
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{row['auroc']:.3f}",
            f"{row['sensitivity']:.3f}",
            f"{row['specificity']:.3f}",
            f"{row['normal_change']:.3f}",
            f"{row['pneumonia_change']:.3f}",
        )
        for name, row in measured["by_perturbation"].items()
    ]
    for name, extremes in (("mean", measured["mean"]), ("worst", measured["worst"])):
        figures = (f"{extremes[key]:.3f}" for key in extremes)  # type: ignore[literal-required]
        rows.append((f"**{name}**", *figures, "", ""))
    return table(
        (
            "perturbation",
            "AUROC",
            *_FLAG_FIGURES,
            "mean score change, normals",
            "mean score change, pneumonias",
        ),
        rows,
    )


def regions_table(card: Card) -> str:
    """Set out the figures with regions occluded."""
    if "regions" not in card:
        return ""
    regions = card["regions"]
    rows: dict[str, Separation] = {"unchanged": regions["unchanged"]}
    for name, row in regions["occlusions"].items():
        rows[f"{name.replace('_', ' ')} made grey"] = row
    return table(
        ("radiographs", "AUROC", *_FLAG_FIGURES),
        (
            (name, *(figure(row, key) for key in _SEPARATION))
            for name, row in rows.items()
        ),
    )


def shortcuts_table(card: Card) -> str:
    """Set out how well properties predict the class, and how far scores follow them."""
    if "shortcuts" not in card:
        return ""
    audit = card["shortcuts"]
    by_perturbation = card["corruptions"]["by_perturbation"]
    rows = []
    for name, row in audit["alone"].items():
        changes = [by_perturbation[key] for key in _PERTURBATIONS_OF[name]]
        normal = max(change["normal_change"] for change in changes)
        pneumonia = max(change["pneumonia_change"] for change in changes)
        rows.append(
            (
                name.replace("_", " "),
                str(row["n"]),
                figure(row, "auroc"),
                row["higher_in"],
                f"{normal:.3f} / {pneumonia:.3f}",
            )
        )
    for name, row in audit["jointly"].items():
        words = name.replace("_", " ")
        of_all = name in ("picture", "picture_and_file")
        title = f"**all properties of {words}**" if of_all else f"**{words}**"
        rows.append((title, str(row["n"]), figure(row, "auroc"), "", ""))
    return table(
        (
            "property",
            "radiographs",
            "AUROC of the property alone",
            "higher in",
            "largest mean score change when only it changes (normal / pneumonia)",
        ),
        rows,
    )


def inputs_table(measured: Inputs) -> str:
    """Set out what radiographs are like, and how many were refused."""
    rows = [
        (_INPUTS[name], *(f"{it['mean']:.4g} ± {it['sd']:.3g}" for it in pair))
        for name, of in measured["by_statistic"].items()
        for pair in [(of["normal"], of["pneumonia"])]
    ]
    return (
        f"{table(('', 'normal', 'pneumonia'), rows)}\n\n"
        f"Refused: {measured['refused']} of {measured['n']}."
    )


def seed_tables(measured: SeedVariability) -> str:
    """Set out the networks of several seeds, then their differences in pairs."""
    networks = table(
        (
            "network",
            "threshold",
            "AUROC",
            "lowest AUROC when perturbed",
            *_FLAG_FIGURES,
            "lowest specificity when perturbed",
            "ECE",
            "largest mean score change, normals",
            "share of adults flagged",
        ),
        (
            (
                row["network"],
                f"{row['threshold']:.3f}",
                figure(row, "auroc"),
                f"{row['worst_auroc']:.3f}",
                *(figure(row, key) for key in _FLAG_FIGURES),
                f"{row['worst_specificity']:.3f}",
                figure(row, "ece"),
                f"{row['largest_normal_change']:.3f}",
                _share(row.get("adults_flagged")),
            )
            for row in measured["networks"]
        ),
    )
    pairs = table(
        (
            "networks compared",
            "mean score difference",
            "largest mean score difference when perturbed",
            "perturbation with the largest",
            "share of flags that differ",
            "adults: rank correlation of scores",
            "adults: share of flags that differ",
        ),
        (
            (
                ", ".join(row["networks"]),
                f"{row['mean_score_difference']:.3f}",
                f"{row['largest_mean_score_difference']:.3f}",
                row["largest_under"],
                f"{row['flags_that_differ']:.3f}",
                _share(row.get("adults_rank_correlation")),
                _share(row.get("adults_flags_that_differ")),
            )
            for row in measured["pairs"]
        ),
    )
    return "\n\n".join((networks, pairs))


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
