"""Scoring under shifts, at a locked threshold."""

import numpy as np
import pytest
from fixtures_models import tiny_network
from phantoms import draw_squares

from pneumonia.evaluation.robustness import (
    UNCHANGED,
    exchanged_logits,
    measure_shifts,
    shifted_logits,
)
from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.corruptions import SHIFTS
from pneumonia.perturbations.region_swaps import with_parts_of_others


def test_every_shift_is_scored_after_the_unchanged() -> None:
    squares = draw_squares(6)
    model = tiny_network()
    logits = shifted_logits(model, squares)
    assert list(logits) == [UNCHANGED, *SHIFTS]
    np.testing.assert_array_equal(logits[UNCHANGED], predict_logits(model, squares))
    assert {values.shape for values in logits.values()} == {(6,)}


def test_other_changes_can_be_scored_instead() -> None:
    logits = shifted_logits(tiny_network(), draw_squares(6), {"mirrored": np.fliplr})
    assert list(logits) == [UNCHANGED, "mirrored"]
    assert (logits["mirrored"] != logits[UNCHANGED]).any()


def test_radiographs_are_scored_with_parts_of_either_class() -> None:
    squares, labels, model = draw_squares(8), np.arange(8) % 2, tiny_network()
    logits = exchanged_logits(model, squares, labels)
    assert list(logits) == [
        f"{part} of the {one} class"
        for part in ("surroundings", "mediastinum")
        for one in ("same", "other")
    ]
    for part in ("surroundings", "mediastinum"):
        strange = with_parts_of_others(squares, labels, part, of_other_class=True)
        np.testing.assert_array_equal(
            logits[f"{part} of the other class"], predict_logits(model, strange)
        )


def test_shift_that_loses_a_normal_shows_in_the_worst_specificity() -> None:
    y = [0, 0, 1, 1]
    scores = {
        UNCHANGED: np.array([0.1, 0.2, 0.8, 0.9]),
        "blur": np.array([0.1, 0.6, 0.8, 0.9]),
    }
    report = measure_shifts(y, scores, threshold=0.5)
    assert report["by_shift"][UNCHANGED]["specificity"] == 1
    assert report["by_shift"]["blur"]["specificity"] == 0.5
    assert report["worst"]["specificity"] == 0.5
    assert report["mean"]["specificity"] == 0.75
    assert report["worst"]["auroc"] == 1


def test_change_of_each_class_is_the_mean_absolute_change() -> None:
    scores = {
        UNCHANGED: np.array([0.1, 0.3, 0.9]),
        "blur": np.array([0.2, 0.1, 0.1]),
    }
    report = measure_shifts([0, 0, 1], scores, threshold=0.5)
    assert report["by_shift"]["blur"]["normal_change"] == pytest.approx(0.15)
    assert report["by_shift"]["blur"]["pneumonia_change"] == pytest.approx(0.8)
    assert report["by_shift"][UNCHANGED]["normal_change"] == 0
