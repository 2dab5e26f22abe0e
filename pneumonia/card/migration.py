"""Convert cards from before schema version 1. Figures are moved, never changed."""

import re
from collections.abc import Mapping
from typing import Any

from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
from pneumonia.errors import WeightsError

_COURSE = {
    "seed": "seed",
    "index_sha256": "index_sha256",
    "backend": "backend",
    "hardware": "hardware",
    "epochs_trained": "epochs_trained",
    "best_epoch": "best_epoch",
    "seconds": "seconds",
    "radiographs_per_second": "radiographs_per_second",
    "history": "history",
    "lessons_after": "stages_after",
    "histories_of_others": "histories_of_other_seeds",
}
_RENAMED = {"shifts": "corruptions", "devices": "drawn_devices"}
_DROPPED = {"gate", "gate_measured", "parts", "seeds", "agreement", "probes"}
_SEED_FIGURES = {
    "worst auroc": "worst_auroc",
    "worst specificity": "worst_specificity",
    "normals move by at most": "largest_normal_change",
    "adults flagged": "adults_flagged",
}
_PAIR_FIGURES = {
    "scores differ by": "mean_score_difference",
    "flags that differ": "flags_that_differ",
    "rank correlation on adults": "adults_rank_correlation",
    "flags that differ on adults": "adults_flags_that_differ",
}
_NOT_A_NETWORK = ("largest difference between seeds", "mean of the seeds")


def migrate(card: Mapping[str, Any]) -> Card:
    """Convert a card without a schema version to version 1.

    Parameters
    ----------
    card : mapping
        As read from JSON.

    Returns
    -------
    Card
        Without the gate, which has a file of its own, and without sections that
        version 1 no longer has.

    Raises
    ------
    WeightsError
        If the card has a schema version, or cannot be converted.
    """
    if "schema_version" in card:
        raise WeightsError(
            "Only a card without a schema version can be converted. Received: a card "
            f"of version {card['schema_version']}."
        )
    try:
        return check_card({"schema_version": SCHEMA_VERSION, **_convert(card)})
    except (KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            "Only a card of train.py or of recalibrate can be converted. Received: a "
            f"card where {error} is missing or of another type."
        ) from error


def _convert(card: Mapping[str, Any]) -> dict[str, Any]:
    new = {
        _RENAMED.get(key, key): value
        for key, value in card.items()
        if key not in _DROPPED
    }
    if new.get("reported_by_author", "") is None:
        del new["reported_by_author"]
    if "training" in card:
        new["training"] = _training(card["training"])
    if "shifts" in card:
        new["corruptions"] = _robustness(card["shifts"]["internal_test"])
    if "devices" in card:
        new["drawn_devices"] = _robustness(card["devices"])
    if "parts" in card:
        new["regions"] = _regions(card["parts"]["by_part"])
    if "subgroups" in card:
        new["subgroups"] = {
            key: value
            for key, value in card["subgroups"].items()
            if key != "by_property"
        }
    if "shortcuts" in card:
        new["shortcuts"] = {
            "measured_on": card["shortcuts"]["measured_on"],
            "alone": _snake_case(card["shortcuts"]["alone"]),
            "jointly": _snake_case(card["shortcuts"]["jointly"]),
        }
    if "probes" in card:
        new["external_sets"] = card["probes"]
    if "seeds" in card:
        new["seed_variability"] = {
            "measured_on": "internal_test",
            "networks": [
                _rename(row, _SEED_FIGURES) | {"network": _stage(row["network"])}
                for row in card["seeds"]
                if row["network"] not in _NOT_A_NETWORK
            ],
            "pairs": [_pair(row) for row in card["agreement"]],
        }
    return new


def _training(old: Mapping[str, Any]) -> dict[str, Any]:
    recipe = {
        key: value
        for key, value in old.items()
        if key not in {"architecture", "lessons", *_COURSE}
    }
    if "lessons" in old:
        recipe["self_distillation"] = old["lessons"]
    course = {new: old[key] for key, new in _COURSE.items() if key in old}
    return {**course, "recipe": recipe}


def _robustness(old: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measured_on": "internal_test",
        "by_perturbation": old["by_shift"],
        "worst": old["worst"],
        "mean": old["mean"],
    }


def _regions(by_part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measured_on": "internal_test",
        "unchanged": by_part["unchanged"],
        "occlusions": _snake_case(
            {
                name.removesuffix(" covered"): row
                for name, row in by_part.items()
                if name.endswith(" covered")
            }
        ),
        "region_swaps": {
            region: {
                f"{which}_class": by_part[f"{old} of the {which} class"]
                for which in ("same", "other")
            }
            for region, old in (
                ("background", "surroundings"),
                ("mediastinum", "mediastinum"),
            )
        },
    }


def _pair(row: Mapping[str, Any]) -> dict[str, Any]:
    number, _, name = row["most"].partition(" ")
    return {
        "networks": [_stage(name) for name in row["networks"].split(" and ")],
        "largest_mean_score_difference": float(number),
        "largest_under": name.strip("()"),
        **{new: row[old] for old, new in _PAIR_FIGURES.items() if old in row},
    }


def _rename(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in row.items()}


def _snake_case(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace(" ", "_"): value for key, value in table.items()}


def _stage(network: str) -> str:
    return re.sub(r" before lesson (\d+)", r" after stage \1", network)
