"""Fitting the gate on phantoms, and asking it."""

import numpy as np
import pytest
from lung_fields import FixedLungs
from numpy.typing import NDArray

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.gate.checks import VIEWS, check_image
from pneumonia.gate.examples import KINDS
from pneumonia.gate.fitting import SIDE, FittedGate, fit_gate
from pneumonia.gate.view_classifier import (
    FRONTAL,
    LENGTH,
    ViewClassifier,
    describe_layout,
)
from pneumonia.phantom import draw_phantom
from pneumonia.phantom.drawings import draw_lateral, draw_shapes
from pneumonia.reading.radiograph import Radiograph


def phantoms(first: int, count: int) -> NDArray[np.uint8]:
    drawn = [
        draw_phantom((SIDE, SIDE), consolidation=bool(seed % 2), seed=seed)
        for seed in range(first, first + count)
    ]
    return np.stack(drawn).astype(np.uint8)


def fit_on_phantoms() -> FittedGate:
    # Shown ten times, so that as many examples of the other views are made.
    return fit_gate(np.tile(phantoms(0, 30), (10, 1, 1)), phantoms(100, 10), seed=0)


@pytest.fixture(scope="module")
def fitted() -> FittedGate:
    return fit_on_phantoms()


@pytest.fixture(scope="module")
def gate(fitted: FittedGate) -> ViewClassifier:
    return fitted.gate


def radiograph(grey: NDArray[np.uint8]) -> Radiograph:
    return Radiograph(np.ascontiguousarray(grey), sha256="", format="PNG")


def refused(
    grey: NDArray[np.uint8], gate: ViewClassifier
) -> UnsupportedRadiographError:
    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(radiograph(grey), gate, FixedLungs())
    return caught.value


PHANTOM = phantoms(500, 1)[0]


def test_an_upright_chest_is_admitted(gate: ViewClassifier) -> None:
    assert check_image(radiograph(PHANTOM), gate, FixedLungs()).warnings == ()


@pytest.mark.parametrize("size", [(64, 64), (300, 280), (1200, 1500)])
def test_a_chest_is_admitted_at_any_size(
    gate: ViewClassifier, size: tuple[int, int]
) -> None:
    grey = np.asarray(draw_phantom(size, seed=500), np.uint8)

    assert check_image(radiograph(grey), gate, FixedLungs()).calibrated


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_chest_is_refused_with_its_repair(
    gate: ViewClassifier, quarters: int
) -> None:
    error = refused(np.rot90(PHANTOM, quarters), gate)

    assert (error.code, error.repair) == ("rotated", f"rotate_{90 * quarters}")


def test_an_inverted_chest_is_refused_with_its_repair(gate: ViewClassifier) -> None:
    error = refused(~PHANTOM, gate)

    assert (error.code, error.repair) == ("inverted", "invert")


def test_most_drawn_lateral_views_are_called_so(gate: ViewClassifier) -> None:
    rng = np.random.default_rng(9_999)
    views = [
        gate.name_view(describe_layout(draw_lateral(rng, SIDE))) for _ in range(40)
    ]

    assert views.count("lateral_view") > 20


def test_noise_is_refused_without_repair(gate: ViewClassifier) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)

    assert refused(noise, gate).repair is None


def test_a_picture_without_contrast_is_refused(gate: ViewClassifier) -> None:
    grey = (100 + PHANTOM // 32).astype(np.uint8)

    assert refused(grey, gate).code == "low_contrast"


def test_a_strip_is_refused(gate: ViewClassifier) -> None:
    strip = np.tile(PHANTOM[:, :20], (5, 1))

    assert refused(strip, gate).code == "cropped"


def test_fitting_again_gives_the_same(gate: ViewClassifier) -> None:
    again = fit_on_phantoms().gate

    np.testing.assert_array_equal(again.coefficients, gate.coefficients)
    assert again.threshold == gate.threshold


def test_examples_are_counted_by_kind(fitted: FittedGate) -> None:
    assert fitted.counts["training radiographs as they are"] == 300
    assert set(KINDS) < set(fitted.counts)


def test_no_more_than_the_stated_share_of_validation_is_refused(
    gate: ViewClassifier,
) -> None:
    features = np.stack([describe_layout(grey) for grey in phantoms(100, 10)])

    admitted = gate.frontal_log_odds(features) >= gate.threshold

    assert admitted.mean() >= 0.9


def test_every_view_has_examples_and_words() -> None:
    assert {FRONTAL} | {kind.view for kind in KINDS.values()} == set(VIEWS)


@pytest.mark.parametrize("name", KINDS)
def test_examples_repeat_and_differ_by_seed(name: str) -> None:
    one, same, other = (
        KINDS[name].make(np.random.default_rng(seed), PHANTOM) for seed in (1, 1, 2)
    )

    assert one.dtype == np.uint8
    assert one.shape == PHANTOM.shape
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_half_of_the_drawn_shapes_are_symmetric() -> None:
    drawn = [draw_shapes(np.random.default_rng(seed), 64) for seed in range(60)]

    symmetric = sum(np.array_equal(each, each[:, ::-1]) for each in drawn)

    assert 15 < symmetric < 45


def test_probabilities_of_the_views_add_up_to_one(gate: ViewClassifier) -> None:
    features = np.random.default_rng(0).normal(0, 9, (5, LENGTH)).astype(np.float32)

    assert np.exp(gate.log_probabilities(features)).sum(axis=1) == pytest.approx(1)


def test_layout_hardly_depends_on_exposure() -> None:
    dim = (PHANTOM // 2 + 40).astype(np.uint8)

    assert np.abs(describe_layout(PHANTOM) - describe_layout(dim)).max() < 0.15


def test_layout_has_its_length_at_any_size() -> None:
    assert describe_layout(PHANTOM[:70, :99]).shape == (LENGTH,)
