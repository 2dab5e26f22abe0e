"""Every method marks what speaks for and against, of a network with a known answer."""

import numpy as np
import pytest
from hand_made_network import CELLS, GRID, HandMadeNetwork
from numpy.typing import NDArray

from pneumonia.errors import WeightsError
from pneumonia.model.cell_grid import Finding
from pneumonia.model.explanations import (
    LAST_MAP_METHODS,
    LAYER_CAM,
    RISE,
    Evidence,
    Rise,
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
)

NETWORK = HandMadeNetwork()
BRIGHT, DARK = np.s_[4:8, 4:8], np.s_[20:24, 24:28]


@pytest.fixture(scope="module")
def square() -> NDArray[np.uint8]:
    drawn = np.full((1, 32, 32, 1), 100, np.uint8)
    drawn[0, *BRIGHT], drawn[0, *DARK] = 240, 10
    return drawn


@pytest.mark.parametrize("name", [*LAST_MAP_METHODS, LAYER_CAM, RISE])
@pytest.mark.parametrize(
    ("toward", "reason", "other"),
    [("pneumonia", BRIGHT, DARK), ("normal", DARK, BRIGHT)],
)
def test_reason_is_marked_and_the_reason_for_the_other_finding_is_not(
    square: NDArray[np.uint8],
    name: str,
    toward: Finding,
    reason: tuple[slice, slice],
    other: tuple[slice, slice],
) -> None:
    (strength,) = NETWORK.explain(square, toward)[name].strength().over_square()
    top, left = (int(i) for i in np.unravel_index(strength.argmax(), strength.shape))
    assert abs(top - (reason[0].start + 1.5)) <= 4
    assert abs(left - (reason[1].start + 1.5)) <= 4
    assert strength[other].max() < 0.3


def test_all_methods_of_the_last_map_agree_where_only_one_channel_speaks(
    square: NDArray[np.uint8],
) -> None:
    found = NETWORK.explain(square, "pneumonia")
    for name in LAST_MAP_METHODS:
        np.testing.assert_allclose(
            found[name].strength().cells, found["Grad-CAM"].strength().cells, atol=1e-6
        )


def random_map(seed: int = 0) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(2, 5, 6, 7))
    return np.maximum(drawn, 0).astype(np.float32)


def test_hires_cam_is_grad_cam_behind_global_average_pooling() -> None:
    features = random_map()
    # The gradient of a dense unit behind the mean over 30 cells.
    head = (np.random.default_rng(1).normal(size=7) / 30).astype(np.float32)
    gradient = np.broadcast_to(head, features.shape)
    np.testing.assert_allclose(
        hires_cam(features, gradient), grad_cam(features, gradient), atol=1e-6
    )


def test_hires_cam_is_not_grad_cam_where_places_weigh_differently() -> None:
    features, gradient = random_map(), random_map(1) - random_map(2)
    one, other = hires_cam(features, gradient), grad_cam(features, gradient)
    assert np.abs(one - other).max() > 0.1


def test_hires_cam_sums_to_the_logit_of_a_linear_head() -> None:
    features, gradient = random_map(), random_map(1) - random_map(2)
    logits = (features * gradient).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(
        hires_cam(features, gradient).sum(axis=(1, 2)), logits, atol=1e-3
    )


def test_evidence_against_is_that_of_the_opposite_gradient() -> None:
    features, gradient = random_map(), random_map(1) - random_map(2)
    for method in (grad_cam, hires_cam):
        np.testing.assert_allclose(
            method(features, -gradient), -method(features, gradient), rtol=1e-6
        )
    for method in (grad_cam_plus_plus, layer_cam):
        assert method(features, gradient).min() >= 0
        assert method(features, -gradient).min() >= 0


def test_grad_cam_plus_plus_weighs_as_published() -> None:
    features, gradient = random_map()[:1], (random_map(1) - random_map(2))[:1]
    a, g = features[0].astype(float), gradient[0].astype(float)
    expected = np.zeros(a.shape[:2])
    # As in the paper, of exp(logit): its derivatives are those of the logit's, times
    # exp(logit), which is 3 here and cancels but for a common factor.
    for k in range(a.shape[-1]):
        second, third = 3 * g[..., k] ** 2, 3 * g[..., k] ** 3
        below = 2 * second + a[..., k].sum() * third
        share = np.where(below == 0, 0, second / np.where(below == 0, 1, below))
        expected += (share * np.maximum(g[..., k], 0)).sum() * a[..., k]
    np.testing.assert_allclose(
        grad_cam_plus_plus(features, gradient)[0], expected, rtol=1e-4
    )


@pytest.mark.parametrize("method", [grad_cam, grad_cam_plus_plus, hires_cam, layer_cam])
def test_dead_units_and_a_dead_head_give_no_evidence(method: object) -> None:
    assert callable(method)
    nothing = np.zeros((1, 4, 4, 3), np.float32)
    for features, gradient in (
        (nothing, nothing + 1),
        (random_map(), 0 * random_map()),
    ):
        assert not method(features, gradient).any()


def test_evidence_lies_on_the_square_where_its_cells_are() -> None:
    cells = np.zeros((1, CELLS, CELLS), np.float32)
    cells[0, 1, 1] = 2
    laid = Evidence(cells, GRID).over_square()
    assert laid.shape == (1, 32, 32)
    assert laid[0, 4:8, 4:8].min() > 0.5
    assert laid.sum() == laid[0, 1:12, 1:12].sum()
    assert Evidence(cells, GRID).strength().cells.max() == 1


def test_rise_has_the_same_masks_every_time(square: NDArray[np.uint8]) -> None:
    one, same, other = (
        Rise(NETWORK.logits, 32, seed=seed)(square, "pneumonia")[RISE].cells
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_rise_of_a_constant_network_is_zero(square: NDArray[np.uint8]) -> None:
    rise = Rise(lambda squares: np.full(len(squares), 0.7), 32)
    assert not rise(square, "pneumonia")[RISE].cells.any()


def test_rise_of_a_network_that_gives_no_number_is_refused(
    square: NDArray[np.uint8],
) -> None:
    rise = Rise(lambda squares: np.full(len(squares), np.nan), 32)
    with pytest.raises(WeightsError, match="A network gives finite numbers"):
        rise(square, "pneumonia")
