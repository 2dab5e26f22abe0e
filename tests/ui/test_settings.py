"""What weights and operating points are called in the drawer of settings."""

from typing import Any

from pneumonia.model.weights import DEFAULT_WEIGHTS
from pneumonia.ui import texts
from pneumonia.ui.settings import name_operating_point, name_weights


def card(screening: float | None) -> dict[str, Any]:
    return {
        "operating_points": {
            "balanced": {"specificity": 0.97},
            "screening": {"specificity": screening},
        }
    }


def test_operating_point_says_what_it_costs() -> None:
    named = name_operating_point("screening", card(0.9))
    assert named == "Screening (more sensitive): 10 false alarms in 100 normals"


def test_operating_point_without_a_cost_says_so() -> None:
    assert name_operating_point("screening", card(0.97)).endswith(texts.NO_COST)
    assert texts.NO_COST not in name_operating_point("balanced", card(0.97))


def test_operating_point_without_figures_is_only_named() -> None:
    name = texts.OPERATING_POINTS["screening"]
    assert name_operating_point("screening", card(None)) == name
    assert name_operating_point("screening", {}) == name


def test_weights_are_named_by_what_they_are_for() -> None:
    by_name = {"unchanged": {"auroc": 0.99}, "blur": {"auroc": 0.7}}
    seed = {"architecture": "seed_cnn", "corruptions": {"by_perturbation": by_name}}
    assert name_weights(DEFAULT_WEIGHTS, {}) == texts.WEIGHTS_RECOMMENDED
    assert name_weights("seed_cnn", seed).endswith("fragile under blur")
    assert name_weights("seed_cnn", seed, note=False) == texts.WEIGHTS_ORIGINAL
    assert name_weights("our_clinic", {}) == "our_clinic"
