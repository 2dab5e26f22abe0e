"""Grad-CAM lights what the logit rests on, in either direction, and nothing else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from numpy.typing import NDArray
from phantoms import draw_squares

from pneumonia.model.architectures import build_model, ensemble, seed_cnn
from pneumonia.model.cell_grid import Finding, shown_strength, to_image_coordinates
from pneumonia.model.grad_cam import GradCam

SIDE = 16


def corner_network(weight: float) -> keras.Model:
    """Give the mean of the grey levels times a weight: every pixel is a cell."""
    inputs = keras.Input((SIDE, SIDE, 1))
    convolution = keras.layers.Conv2D(1, 1, activation="relu", use_bias=False)
    x = keras.layers.GlobalAveragePooling2D()(convolution(inputs))
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Model(inputs, dense(x))
    convolution.set_weights([np.ones((1, 1, 1, 1))])
    dense.set_weights([np.full((1, 1), weight)])
    return model


@pytest.fixture
def corner() -> NDArray[np.uint8]:
    """Bright in the lower left corner, black elsewhere."""
    square = np.zeros((1, SIDE, SIDE, 1), np.uint8)
    square[:, 12:, :4] = 200
    return square


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return tiny_network()


@pytest.fixture(scope="module")
def grad_cam(model: keras.Model) -> GradCam:
    return GradCam(model)


@pytest.fixture(scope="module")
def squares() -> NDArray[np.uint8]:
    return draw_squares(6)


def explain(model: keras.Model, square: NDArray[np.uint8]) -> NDArray[np.float32]:
    _, evidence = GradCam(model)(square)
    return np.asarray(evidence[0])


def test_map_that_is_zero_outside_a_corner_lights_that_corner(
    corner: NDArray[np.uint8],
) -> None:
    strength = shown_strength(explain(corner_network(1.0), corner))
    np.testing.assert_array_equal(strength, corner[0, ..., 0] / 200)


def test_corner_is_lit_where_it_lies_on_the_radiograph(
    corner: NDArray[np.uint8],
) -> None:
    grad_cam = GradCam(corner_network(1.0))
    strength = shown_strength(grad_cam(corner)[1][0])
    placed = to_image_coordinates(strength, grad_cam.grid, (160, 320))
    assert placed[125:, :70].min() == 1
    assert placed[:110].max() == 0
    assert placed[:, 100:].max() == 0


def test_evidence_for_pneumonia_is_none_for_normal(corner: NDArray[np.uint8]) -> None:
    evidence = explain(corner_network(1.0), corner)
    assert not shown_strength(evidence, "normal").any()


def test_evidence_for_normal_is_lit_when_asked_for(corner: NDArray[np.uint8]) -> None:
    evidence = explain(corner_network(-1.0), corner)
    assert not shown_strength(evidence, "pneumonia").any()
    np.testing.assert_array_equal(
        shown_strength(evidence, "normal"), corner[0, ..., 0] / 200
    )


def test_outweighed_finding_is_drawn_weaker_by_that_ratio() -> None:
    evidence = np.array([[2.0, -1.0], [1.0, -4.0]], np.float32)
    np.testing.assert_allclose(
        shown_strength(evidence, "pneumonia"), [[0.6, 0], [0.3, 0]], rtol=1e-6
    )
    np.testing.assert_array_equal(
        shown_strength(evidence, "normal"), [[0, 0.25], [0, 1]]
    )


def test_faint_spot_of_a_clear_radiograph_is_not_drawn_in_full_colour() -> None:
    evidence = np.full((10, 10), -0.04, np.float32)
    evidence[5, 5] = 0.02
    assert shown_strength(evidence).max() == pytest.approx(0.02 / (99 * 0.04), rel=1e-4)
    # The sum is the logit: where it is positive, the strongest place has all colour.
    evidence[5, 5] = 4
    assert shown_strength(evidence).max() == 1


def test_constant_network_gives_an_all_zero_map(corner: NDArray[np.uint8]) -> None:
    evidence = explain(corner_network(0.0), corner)
    np.testing.assert_array_equal(shown_strength(evidence), np.zeros((SIDE, SIDE)))


@pytest.mark.parametrize("toward", ["pneumonia", "normal"])
def test_black_square_gives_an_all_zero_map(toward: Finding) -> None:
    evidence = explain(corner_network(1.0), np.zeros((1, SIDE, SIDE, 1), np.uint8))
    np.testing.assert_array_equal(
        shown_strength(evidence, toward), np.zeros((SIDE, SIDE))
    )


@pytest.mark.parametrize("toward", ["pneumonia", "normal"])
def test_zero_evidence_gives_zero_strength_of_float32(toward: Finding) -> None:
    strength = shown_strength(np.zeros((7, 7), np.float32), toward)
    assert strength.dtype == np.float32
    assert not strength.any()


@pytest.mark.parametrize("scale", [1e-45, 1e-38, 1e-3, 1e30])
def test_strength_reaches_one_at_any_scale(scale: float) -> None:
    evidence = np.array([[-1, 0], [0.5, 1]], np.float32) * np.float32(scale)
    strength = shown_strength(evidence)
    assert strength.max() == 1
    assert strength.min() == 0


def test_evidence_is_the_gradient_of_the_logit_not_of_its_sigmoid(
    corner: NDArray[np.uint8],
) -> None:
    weak = explain(corner_network(0.01), corner)
    # A logit of 12,500, whose sigmoid has no gradient at all.
    strong = explain(corner_network(1000.0), corner)
    np.testing.assert_allclose(strong, weak * 1e5, rtol=1e-4)


def test_logits_are_the_models(
    model: keras.Model, grad_cam: GradCam, squares: NDArray[np.uint8]
) -> None:
    logits, _ = grad_cam(squares)
    np.testing.assert_allclose(
        logits, model.predict(squares, verbose=0)[:, 0], rtol=1e-5, atol=1e-6
    )


def test_logits_and_evidence_have_the_documented_shapes(
    grad_cam: GradCam, squares: NDArray[np.uint8]
) -> None:
    logits, evidence = grad_cam(squares)
    assert logits.shape == (6,)
    assert evidence.shape == (6, 15, 15)
    assert logits.dtype == evidence.dtype == np.float32


def test_radiographs_of_a_batch_do_not_mix(
    grad_cam: GradCam, squares: NDArray[np.uint8]
) -> None:
    together = grad_cam(squares)[1]
    alone = np.concatenate([grad_cam(squares[i : i + 1])[1] for i in range(6)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-7)


def test_explaining_leaves_the_parameters_alone(squares: NDArray[np.uint8]) -> None:
    model = tiny_network()
    before = model.get_weights()
    GradCam(model)(squares)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_frozen_model_is_explained_alike(
    grad_cam: GradCam, squares: NDArray[np.uint8]
) -> None:
    frozen = tiny_network()
    frozen.trainable = False
    for mine, theirs in zip(GradCam(frozen)(squares), grad_cam(squares), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)


def test_network_is_traced_once_for_all_batch_sizes(
    squares: NDArray[np.uint8],
) -> None:
    grad_cam = GradCam(tiny_network())
    for size in (1, 2, 3, 6, 1):
        grad_cam(squares[:size])
    assert grad_cam._run.experimental_get_tracing_count() == 1


def test_network_is_traced_once_for_all_threads(squares: NDArray[np.uint8]) -> None:
    grad_cam = GradCam(tiny_network())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: grad_cam(squares[i % 6 : i % 6 + 1]), range(24)))
    assert grad_cam._run.experimental_get_tracing_count() == 1


def test_threads_get_their_own_radiographs_result(
    grad_cam: GradCam, squares: NDArray[np.uint8]
) -> None:
    def score(index: int) -> float:
        return float(grad_cam(squares[index : index + 1])[0][0])

    indices = [i % 6 for i in range(36)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(score, indices)) == [score(i) for i in indices]


# The ensemble has the layers of both trunks.
@pytest.mark.parametrize("build", [seed_cnn, ensemble, tiny_network])
def test_network_explains_alike_after_saving_and_loading(
    build: Callable[[], keras.Model], tmp_path: Path
) -> None:
    model = build()
    side, _, channels = model.input_shape[1:]
    squares = np.repeat(draw_squares(2, side), channels, axis=-1)
    model.save(tmp_path / "model.keras")
    loaded = GradCam(keras.saving.load_model(tmp_path / "model.keras"))
    original = GradCam(model)
    assert loaded.grid == original.grid
    for mine, theirs in zip(loaded(squares), original(squares), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-7)
        assert np.isfinite(mine).all()


def test_seed_cnn_is_explained_on_14_by_14_cells() -> None:
    grad_cam = GradCam(build_model("seed_cnn"))
    _, evidence = grad_cam(np.zeros((1, 300, 300, 3), np.uint8))
    assert evidence.shape == (1, 14, 14)
    assert grad_cam.grid == (16.0, 38.5, 300)
