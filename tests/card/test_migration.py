"""A card from before schema version 1 keeps every figure, under its new name."""

from typing import Any

import pytest
from fixtures_models import describe, tiny_network

from pneumonia.card.migration import migrate
from pneumonia.card.schema import SCHEMA_VERSION
from pneumonia.errors import WeightsError

INTERVAL = [0.1, 0.9]
FIGURES = {
    "auroc": 0.123456789012345,
    "auroc_ci": INTERVAL,
    "sensitivity": 0.5,
    "sensitivity_ci": INTERVAL,
    "specificity": 0.25,
    "specificity_ci": INTERVAL,
}
PARTS = (
    "unchanged",
    "lungs covered",
    "spine and mediastinum covered",
    "surroundings of the same class",
    "surroundings of the other class",
    "mediastinum of the same class",
    "mediastinum of the other class",
)
SHIFTS = {
    "by_shift": {
        "crop 8 %": {
            "auroc": 0.9,
            "sensitivity": 0.8,
            "specificity": 0.7,
            "normal_change": 0.06,
            "pneumonia_change": 0.05,
        }
    },
    "worst": {"auroc": 0.9, "sensitivity": 0.8, "specificity": 0.7},
    "mean": {"auroc": 0.9, "sensitivity": 0.8, "specificity": 0.7},
}


def old_card() -> dict[str, Any]:
    seed = {
        "threshold": 0.5,
        **FIGURES,
        "ece": 0.02,
        "ece_ci": INTERVAL,
        "worst auroc": 0.87,
        "worst specificity": 0.66,
        "normals move by at most": 0.04,
        "adults flagged": 0.79,
    }
    return {
        **describe(tiny_network(), sha256="0" * 64),
        "reported_by_author": None,
        "gate": {"mean": "…"},
        "gate_measured": [],
        "training": {
            "architecture": "resnet",
            "seed": 0,
            "epochs": 80,
            "lessons": [{"epochs": 8}],
            "index_sha256": "1" * 64,
            "backend": "tensorflow",
            "hardware": "2 CPU cores",
            "epochs_trained": 88,
            "best_epoch": 88,
            "seconds": 9466,
            "radiographs_per_second": 116.4,
            "history": [{"loss": 0.5}],
            "lessons_after": [80],
            "histories_of_others": [{"seed": 1, "history": [{"loss": 0.4}]}],
        },
        "shifts": {"validation": {}, "internal_test": SHIFTS},
        "devices": {"measured_on": "internal_test", **SHIFTS},
        "parts": {
            "measured_on": "internal_test",
            "by_part": {name: {"n": 9, **FIGURES} for name in PARTS},
        },
        "subgroups": {
            "measured_on": "internal_test",
            "by_kind": {"normal": {"n": 9}},
            "by_property": {"brightness": []},
        },
        "shortcuts": {
            "measured_on": "train_folder",
            "alone": {"local contrast": {"n": 9, "auroc": 0.8, "auroc_ci": INTERVAL}},
            "jointly": {"picture and file": {"n": 9, "auroc": 1, "auroc_ci": INTERVAL}},
        },
        "probes": {},
        "seeds": [
            {"network": "seed 0", **seed},
            {"network": "largest difference between seeds", "auroc": 0.002},
            {"network": "mean of the seeds", **seed},
            {"network": "seed 0 before lesson 1", **seed},
        ],
        "agreement": [
            {
                "networks": "seed 0 before lesson 1 and seed 0",
                "scores differ by": 0.015,
                "most": "0.0240 (collimation border)",
                "flags that differ": 0.017,
                "rank correlation on adults": 0.95,
                "flags that differ on adults": 0.069,
            }
        ],
    }


def test_figures_keep_their_value_under_their_new_names() -> None:
    card = migrate(old_card())
    assert card["schema_version"] == SCHEMA_VERSION
    assert card["corruptions"]["by_perturbation"] == SHIFTS["by_shift"]
    assert card["drawn_devices"]["worst"] == SHIFTS["worst"]
    regions = card["regions"]
    assert regions["unchanged"]["auroc"] == FIGURES["auroc"]
    assert set(regions["occlusions"]) == {"lungs", "spine_and_mediastinum"}
    assert set(regions["region_swaps"]["background"]) == {"same_class", "other_class"}
    assert card["shortcuts"]["alone"]["local_contrast"]["auroc"] == 0.8
    assert card["shortcuts"]["jointly"]["picture_and_file"]["auroc"] == 1


def test_prose_becomes_numbers_and_names() -> None:
    variability = migrate(old_card())["seed_variability"]
    assert [row["network"] for row in variability["networks"]] == [
        "seed 0",
        "seed 0 after stage 1",
    ]
    assert variability["networks"][0]["largest_normal_change"] == 0.04
    (pair,) = variability["pairs"]
    assert pair["networks"] == ["seed 0 after stage 1", "seed 0"]
    assert pair["largest_mean_score_difference"] == 0.024
    assert pair["largest_under"] == "collimation border"
    assert pair["mean_score_difference"] == 0.015


def test_recipe_is_apart_from_the_course_of_training() -> None:
    training = migrate(old_card())["training"]
    assert training["recipe"] == {"epochs": 80, "self_distillation": [{"epochs": 8}]}
    assert training["stages_after"] == [80]
    assert training["histories_of_other_seeds"][0]["seed"] == 1


def test_what_nobody_reads_is_gone() -> None:
    card = migrate(old_card())
    assert not {"gate", "gate_measured", "reported_by_author", "parts"} & set(card)
    assert set(card["subgroups"]) == {"measured_on", "by_kind"}


def test_card_with_a_schema_version_is_refused() -> None:
    with pytest.raises(WeightsError, match="of version 1"):
        migrate(migrate(old_card()))


@pytest.mark.parametrize(
    "broken",
    [
        {"seeds": [{}]},
        {"shifts": []},
        {"training": {}},
        {"parts": {"by_part": {}}},
        {"unheard_of": 1},
    ],
)
def test_card_that_cannot_be_converted_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(WeightsError):
        migrate({**old_card(), **broken})
