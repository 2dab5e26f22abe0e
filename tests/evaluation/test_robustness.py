"""Scoring under perturbations, occlusions and swaps, at a fixed threshold."""

import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares
from pneumonia.perturbations.region_swaps import swap_region

from pneumonia.evaluation.robustness import (
    UNCHANGED,
    measure_regions,
    measure_robustness,
    perturbed_logits,
    swapped_logits,
)
from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.corruptions import CORRUPTIONS


def test_every_corruption_is_scored_after_the_unchanged() -> None:
    squares = draw_squares(6)
    model = tiny_network()
    logits = perturbed_logits(model, squares)
    assert list(logits) == [UNCHANGED, *CORRUPTIONS]
    np.testing.assert_array_equal(logits[UNCHANGED], predict_logits(model, squares))
    assert {values.shape for values in logits.values()} == {(6,)}


def test_other_changes_can_be_scored_instead() -> None:
    logits = perturbed_logits(tiny_network(), draw_squares(6), {"mirrored": np.fliplr})
    assert list(logits) == [UNCHANGED, "mirrored"]
    assert (logits["mirrored"] != logits[UNCHANGED]).any()


def test_radiographs_are_scored_with_regions_of_either_class() -> None:
    squares, labels, model = draw_squares(8), np.arange(8) % 2, tiny_network()
    logits = swapped_logits(model, squares, labels)
    assert list(logits) == ["background", "mediastinum"]
    for region, by_class in logits.items():
        assert list(by_class) == ["same_class", "other_class"]
        swapped = swap_region(squares, labels, region, of_other_class=True)
        np.testing.assert_array_equal(
            by_class["other_class"], predict_logits(model, swapped)
        )


def test_corruption_that_loses_a_normal_shows_in_the_worst_specificity() -> None:
    y = [0, 0, 1, 1]
    scores = {
        UNCHANGED: np.array([0.1, 0.2, 0.8, 0.9]),
        "blur": np.array([0.1, 0.6, 0.8, 0.9]),
    }
    report = measure_robustness(y, scores, threshold=0.5)
    assert report["by_perturbation"][UNCHANGED]["specificity"] == 1
    assert report["by_perturbation"]["blur"]["specificity"] == 0.5
    assert report["worst"]["specificity"] == 0.5
    assert report["mean"]["specificity"] == 0.75
    assert report["worst"]["auroc"] == 1


def test_change_of_each_class_is_the_mean_absolute_change() -> None:
    scores = {
        UNCHANGED: np.array([0.1, 0.3, 0.9]),
        "blur": np.array([0.2, 0.1, 0.1]),
    }
    report = measure_robustness([0, 0, 1], scores, threshold=0.5)
    assert report["by_perturbation"]["blur"]["normal_change"] == pytest.approx(0.15)
    assert report["by_perturbation"]["blur"]["pneumonia_change"] == pytest.approx(0.8)
    assert report["by_perturbation"][UNCHANGED]["normal_change"] == 0


def test_occlusion_that_hides_the_disease_has_an_auroc_of_chance() -> None:
    y = np.arange(200) % 2
    told = y.astype(np.float64)
    noise = np.random.default_rng(0).normal(size=200)
    hidden = np.clip(noise / 9 + 0.2, 0, 1)
    found = measure_regions(
        y,
        np.array([f"patient{i}" for i in range(200)]),
        occluded={UNCHANGED: told, "lungs": hidden},
        swapped={"background": {"same_class": told, "other_class": hidden}},
        threshold=0.9,
    )
    assert found["unchanged"]["auroc"] == 1
    assert found["unchanged"]["sensitivity"] == 1
    lungs = found["occlusions"]["lungs"]
    low, high = lungs["auroc_ci"]
    assert low is not None
    assert high is not None
    assert low < 0.5 < high
    assert lungs["sensitivity"] == 0
    assert lungs["specificity_ci"][1] == 1
    assert lungs["n"] == 200
    assert found["region_swaps"]["background"]["other_class"] == lungs
