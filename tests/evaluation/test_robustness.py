"""Scoring under perturbations and without the lungs, at a fixed threshold."""

import numpy as np
import pytest
from fixtures_models import seeing_lungs, seeing_whole
from lung_fields import FixedLungs, lungs_at
from phantoms import draw_squares

from pneumonia.evaluation.robustness import (
    UNCHANGED,
    measure_regions,
    measure_robustness,
    occluded_logits,
    perturbed_logits,
)
from pneumonia.perturbations.corruptions import CORRUPTIONS


def test_every_corruption_is_scored_after_the_unchanged() -> None:
    squares = draw_squares(6)
    network = seeing_whole()
    logits = perturbed_logits(network, squares)
    assert list(logits) == [UNCHANGED, *CORRUPTIONS]
    np.testing.assert_array_equal(logits[UNCHANGED], network.logits(squares))
    assert {values.shape for values in logits.values()} == {(6,)}


def test_other_changes_can_be_scored_instead() -> None:
    logits = perturbed_logits(seeing_whole(), draw_squares(6), {"mirrored": np.fliplr})
    assert list(logits) == [UNCHANGED, "mirrored"]
    assert (logits["mirrored"] != logits[UNCHANGED]).any()


def test_lungs_are_found_again_on_every_changed_picture() -> None:
    network, pictures = seeing_lungs(), draw_squares(2, 224)
    logits = perturbed_logits(network, pictures, {"inverted": lambda grey: 255 - grey})
    np.testing.assert_array_equal(logits["inverted"], network.logits(255 - pictures))


# Without the lungs

LEFT, RIGHT = (0.25, 0.75, 0.25, 0.5), (0.25, 0.75, 0.5, 0.75)
HALF = FixedLungs(lungs_at(LEFT, RIGHT))  # in the middle, of half the side
INSIDE = np.s_[:, 8:24, 8:24]


def hide(pictures: np.ndarray, *, outside: bool) -> np.ndarray:
    """Give the box of the lungs, or all else, the mean grey of the rest."""
    mask = np.zeros(pictures.shape, bool)
    mask[INSIDE] = True
    hidden = ~mask if outside else mask
    copies = pictures.copy()
    for copy, picture, where in zip(copies, pictures, hidden, strict=True):
        copy[where] = round(picture[~where].mean())
    return copies


def test_box_of_the_lungs_and_all_else_are_made_grey_in_turn() -> None:
    squares, network = draw_squares(5), seeing_whole(finder=HALF)
    before = squares.copy()
    found = occluded_logits(network, squares)
    assert list(found) == [UNCHANGED, "lungs_box", "all_but_lungs_box"]
    np.testing.assert_array_equal(found[UNCHANGED], network.logits(squares))
    for name, outside in (("lungs_box", False), ("all_but_lungs_box", True)):
        copies = hide(squares, outside=outside)
        np.testing.assert_array_equal(found[name], network.logits(copies))
    np.testing.assert_array_equal(squares, before)


def test_network_on_the_lungs_still_sees_where_they_were() -> None:
    pictures, network = draw_squares(3, 224), seeing_lungs(finder=HALF)
    found = occluded_logits(network, pictures)
    # Nothing but the margin is left of the hidden box.
    assert (found["lungs_box"] != found[UNCHANGED]).all()
    # What lies beside the box is in the margin alone.
    moved = np.abs(found["all_but_lungs_box"] - found[UNCHANGED])
    assert (moved < np.abs(found["lungs_box"] - found[UNCHANGED])).all()


def test_nothing_is_seen_where_the_box_is_the_whole_picture() -> None:
    squares, network = draw_squares(4), seeing_whole(finder=FixedLungs(lungs_at()))
    flat = squares.copy()
    for square in flat:
        square[:] = round(square.mean())
    found = occluded_logits(network, squares)
    np.testing.assert_array_equal(found["lungs_box"], network.logits(flat))
    np.testing.assert_array_equal(found["all_but_lungs_box"], found[UNCHANGED])


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
        occluded={UNCHANGED: told, "lungs_box": hidden},
        threshold=0.9,
    )
    assert found["unchanged"]["auroc"] == 1
    assert found["unchanged"]["sensitivity"] == 1
    assert list(found["occlusions"]) == ["lungs_box"]
    lungs = found["occlusions"]["lungs_box"]
    low, high = lungs["auroc_ci"]
    assert low is not None
    assert high is not None
    assert low < 0.5 < high
    assert lungs["sensitivity"] == 0
    assert lungs["specificity_ci"][1] == 1
    assert lungs["n"] == 200
