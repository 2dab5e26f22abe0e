"""Markdown tables of one JSON card. A card that lacks a measurement gets no table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pneumonia.statistics.calibration import predictive_values

Card = Mapping[str, Any]

PARTITIONS = {
    "training": "Fitted on (part of `train`)",
    "validation": "Validation (part of `train`; epoch and thresholds chosen here)",
    "internal_test": "Internal test (part of `train`; nothing chosen here)",
    "train_folder": "Whole official `train` folder",
    "official_val": "Official `val` folder",
    "official_test": "Official `test` folder",
}
# The shifts that change one property and leave the others nearly as they are.
SHIFTS_OF = {
    "brightness": ("brightness -35", "brightness +35", "gamma 0.7", "gamma 1.4"),
    "contrast": ("contrast 0.6", "contrast 1.4"),
    "local contrast": ("local contrast 0.6", "local contrast 1.6"),
    "sharpness": ("blur", "sharpen", "through half size"),
    "border": ("collimation border", "crop 8 %"),
    "native width": ("through narrower width", "through wider width"),
    "native aspect": (
        "vertical stretch 1.22",
        "vertical stretch 0.82",
        "horizontal stretch 1.22",
        "horizontal stretch 0.82",
    ),
}
# A clinic's share of pneumonia, against the training folder's of three in four.
_CLINIC = 0.15
# Of the training record, what is told elsewhere or says nothing to people.
_UNTOLD = {
    *("architecture", "history", "index_sha256", "epochs_trained", "best_epoch"),
    *("seconds", "radiographs_per_second", "hardware", "seed"),
    *("lessons_after", "histories_of_others"),
}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; an empty string without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines])


def figure(report: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    """Write a figure with its interval, or that it is undefined."""
    value, (low, high) = report[name], report[f"{name}_ci"]
    if value is None:
        return "undefined"
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


def metrics_tables(card: Card) -> str:
    """Write every figure of every partition: of the scores, then of the flags."""
    flags = ("accuracy", "sensitivity", "specificity", "ppv", "npv")
    scores = ("auroc", "brier", "ece", "accuracy_at_0_5")
    return "\n\n".join(
        (
            _metrics_table(card, scores, ("AUROC", "Brier", "ECE", "accuracy at 0.5")),
            _metrics_table(
                card, flags, ("accuracy", "sensitivity", "specificity", "PPV", "NPV")
            ),
        )
    )


def _metrics_table(card: Card, names: Sequence[str], titles: Sequence[str]) -> str:
    rows = []
    for key, title in PARTITIONS.items():
        if key in card["metrics"]:
            counts = card["partitions"][key]
            rows.append(
                (
                    title,
                    f"{counts['normal']} / {counts['pneumonia']} "
                    f"({counts['patients']})",
                    *(figure(card["metrics"][key], name) for name in names),
                )
            )
        elif key == "official_test":
            rows.append((title, "not yet scored", *("" for _ in names)))
    return table(("radiographs", "normal / pneumonia (patients)", *titles), rows)


def recipe_table(card: Card) -> str:
    """Write what training was asked to do, as the card keeps it."""
    return table(
        ("setting", "value"),
        (
            (name.replace("_", " "), _plain(value))
            for name, value in _settings(card["training"])
            if name not in _UNTOLD
        ),
    )


def _settings(training: Card) -> Iterable[tuple[str, Any]]:
    for name, value in training.items():
        if name == "lessons":
            yield from ((f"lesson {n}", each) for n, each in enumerate(value, 1))
        else:
            yield name, value


def points_table(card: Card) -> str:
    """Set out both operating points where nothing was chosen, and in a clinic."""
    rows = []
    for name, point in card["operating_points"].items():
        ppv, npv = predictive_values(
            point["sensitivity"], point["specificity"], _CLINIC
        )
        rows.append(
            (
                f"**{name}**",
                f"{point['threshold']:.4f}",
                *(
                    figure(point, key)
                    for key in ("sensitivity", "specificity", "ppv", "npv")
                ),
                ", ".join(
                    "undefined" if np.isnan(value) else f"{value:.3f}"
                    for value in (ppv, npv)
                ),
            )
        )
    return table(
        (
            *("point", "threshold", "sensitivity", "specificity", "PPV", "NPV"),
            f"PPV, NPV at {_CLINIC:.0%} pneumonia",
        ),
        rows,
    )


def kinds_table(card: Card) -> str:
    """Tell normal, bacterial and viral radiographs apart."""
    rows = []
    for name, row in card.get("subgroups", {}).get("by_kind", {}).items():
        if name == "normal":
            rows.append((name, str(row["n"]), "", "", figure(row, "specificity")))
        else:
            found = (figure(row, "auroc"), figure(row, "sensitivity"), "")
            rows.append((name, str(row["n"]), *found))
    header = ("label", "radiographs", "AUROC against all normals", "sensitivity")
    return table((*header, "specificity"), rows)


def properties_table(card: Card) -> str:
    """Set out the thirds of the internal test by each property."""
    return table(
        ("property", "range", "normal / pneumonia", "AUROC", *_FLAG_FIGURES),
        (
            (
                f"{name}, {row['third']}",
                f"{row['from']:.4g} to {row['to']:.4g}",
                f"{row['n'] - row['positives']} / {row['positives']}",
                *(figure(row, key) for key in ("auroc", *_FLAG_FIGURES)),
            )
            for name, thirds in card.get("subgroups", {}).get("by_property", {}).items()
            for row in thirds
        ),
    )


_FLAG_FIGURES = ("sensitivity", "specificity")


def shifts_table(card: Card) -> str:
    """Set out the internal test under every shift."""
    return _changes_table(card.get("shifts", {}).get("internal_test"))


def devices_table(card: Card) -> str:
    """Set out the internal test with lines, tubes and wires drawn onto it."""
    return _changes_table(card.get("devices"))


def _changes_table(measured: Card | None) -> str:
    if measured is None:
        return ""
    names = ("auroc", *_FLAG_FIGURES)
    return table(
        ("change", "AUROC", *_FLAG_FIGURES, "normals move by"),
        [
            *(
                (
                    name,
                    *(f"{row[key]:.3f}" for key in names),
                    f"{row['normal_change']:.3f}",
                )
                for name, row in measured["by_shift"].items()
            ),
            *(
                (f"**{name}**", *(f"{measured[name][key]:.3f}" for key in names), "")
                for name in ("mean", "worst")
            ),
        ],
    )


def shortcuts_table(card: Card) -> str:
    """Say how well properties alone tell the class, and whether the score follows."""
    if "shortcuts" not in card:
        return ""
    audit = card["shortcuts"]
    by_shift = card["shifts"]["internal_test"]["by_shift"]
    rows = []
    for name, row in audit["alone"].items():
        shifts = SHIFTS_OF["border" if name.startswith("border") else name]
        moves = [
            max(by_shift[shift][key] for shift in shifts)
            for key in ("normal_change", "pneumonia_change")
        ]
        rows.append(
            (
                name,
                str(row["n"]),
                f"{figure(row, 'auroc')}, higher in {row['higher_in']}",
                f"{moves[0]:.3f} / {moves[1]:.3f}",
                ", ".join(shifts),
            )
        )
    for name, row in audit["jointly"].items():
        rows.append((f"**all of {name}**", str(row["n"]), figure(row, "auroc"), "", ""))
    return table(
        (
            *("property", "radiographs", "AUROC of the property alone"),
            "normals / pneumonias move by at most",
            "when only it is changed",
        ),
        rows,
    )


def parts_table(card: Card) -> str:
    """Set out what is told apart with parts covered or exchanged."""
    names = ("auroc", *_FLAG_FIGURES)
    return table(
        ("radiographs", "AUROC", *_FLAG_FIGURES),
        (
            (name, *(figure(row, key) for key in names))
            for name, row in card.get("parts", {}).get("by_part", {}).items()
        ),
    )


def rows_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write records as the card keeps them; ``<name>_ci`` joins ``<name>``.

    Parameters
    ----------
    rows : sequence of mapping
        Such as the card's ``seeds`` or ``gate_measured``.
    """
    keys = list(dict.fromkeys(key for row in rows for key in row))
    keys = [key for key in keys if not key.endswith("_ci")]
    return table(
        [key.replace("_", " ") for key in keys],
        (
            [
                figure(row, key) if f"{key}_ci" in row else _plain(row.get(key, ""))
                for key in keys
            ]
            for row in rows
        ),
    )


def reported_table(card: Card) -> str:
    """Set what the author reports beside what was measured here."""
    reported, measured = card.get("reported_by_author"), card["metrics"]
    if not reported:
        return ""
    rows = [
        (
            "training folder",
            f"{reported['training_accuracy']:.2%}",
            figure(measured["train_folder"], "accuracy_at_0_5", ".2%"),
        )
    ]
    if "official_val" in measured:
        rows.append(
            (
                f"{measured['official_val']['n']} official validation radiographs",
                f"{reported['official_validation_accuracy']:.0%}",
                figure(measured["official_val"], "accuracy_at_0_5", ".1%"),
            )
        )
    return table(("accuracy at 0.5", "reported by its author", "measured here"), rows)


def _plain(value: Any) -> str:
    """Write whatever JSON value in words and numbers."""
    if value is None or value == []:
        return "none"
    if isinstance(value, Mapping):
        parts = (f"{key.replace('_', ' ')} {_plain(v)}" for key, v in value.items())
        return ", ".join(parts)
    if isinstance(value, list | tuple):
        return ", ".join(
            f"({_plain(item)})" if isinstance(item, list | tuple) else _plain(item)
            for item in value
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
