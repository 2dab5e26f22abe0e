"""The methods on a Keras network: the gradient is that of the logit, the cells fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from fixtures_models import tiny_network
from numpy.typing import NDArray
from phantoms import draw_squares

from pneumonia.errors import WeightsError
from pneumonia.model.explanations import LAST_MAP_METHODS, LAYER_CAM
from pneumonia.model.grad_cam import GradCam
from pneumonia.model.gradient_maps import GradientMaps


@pytest.fixture(scope="module")
def squares() -> NDArray[np.uint8]:
    return draw_squares(3)


def network(*, flat: bool) -> keras.Model:
    """Build a network whose head sees places, or only their mean."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 32, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    x = keras.layers.AveragePooling2D(2)(x)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    pool = keras.layers.Flatten() if flat else keras.layers.GlobalAveragePooling2D()
    return keras.Model(inputs, keras.layers.Dense(1)(pool(x)))


@pytest.fixture(scope="module")
def pooled() -> keras.Model:
    return network(flat=False)


@pytest.fixture(scope="module")
def flat() -> keras.Model:
    return network(flat=True)


def test_grad_cam_is_the_one_that_the_page_shows(
    pooled: keras.Model, squares: NDArray[np.uint8]
) -> None:
    evidence = GradientMaps(pooled)(squares, "pneumonia")["Grad-CAM"]
    shown = GradCam(pooled)
    np.testing.assert_allclose(evidence.cells, shown(squares)[1], rtol=1e-4, atol=1e-7)
    assert evidence.grid == shown.grid


def test_hires_cam_equals_grad_cam_behind_pooling_and_not_behind_flatten(
    pooled: keras.Model, flat: keras.Model, squares: NDArray[np.uint8]
) -> None:
    differences = []
    for model in (pooled, flat):
        found = GradientMaps(model)(squares, "pneumonia")
        one, other = found["Grad-CAM"].cells, found["HiResCAM"].cells
        differences.append(np.abs(one - other).max() / np.abs(other).max())
    assert differences[0] < 1e-5
    assert differences[1] > 0.01


def test_methods_agree_with_a_short_reference_of_their_own(
    flat: keras.Model, squares: NDArray[np.uint8]
) -> None:
    conv = flat.layers[4]
    parts = keras.Model(flat.input, [conv.output, flat.output])
    with tf.GradientTape() as tape:
        features, logit = parts(squares[:1].astype(np.float32))
    a, g = features[0].numpy(), tape.gradient(logit, features)[0].numpy()
    expected = {
        "Grad-CAM": np.einsum("k,ijk->ij", g.mean(axis=(0, 1)), a),
        "HiResCAM": np.einsum("ijk,ijk->ij", g, a),
    }
    found = GradientMaps(flat)(squares[:1], "pneumonia")
    for name, cells in expected.items():
        np.testing.assert_allclose(found[name].cells[0], cells, rtol=1e-3, atol=1e-6)


def test_layer_cam_explains_the_map_of_twice_as_many_cells(
    pooled: keras.Model, squares: NDArray[np.uint8]
) -> None:
    conv = pooled.layers[2]
    parts = keras.Model(pooled.input, [conv.output, pooled.output])
    with tf.GradientTape() as tape:
        features, logit = parts(squares[:1].astype(np.float32))
    gradient = tape.gradient(logit, features).numpy()
    expected = (np.maximum(-gradient, 0) * features.numpy()).sum(axis=-1)
    found = GradientMaps(pooled)(squares[:1], "normal")[LAYER_CAM]
    np.testing.assert_allclose(found.cells, expected, rtol=1e-3, atol=1e-6)


def test_evidence_against_is_the_opposite_of_evidence_for(
    pooled: keras.Model, squares: NDArray[np.uint8]
) -> None:
    maps = GradientMaps(pooled)
    one, other = (maps(squares, toward) for toward in ("pneumonia", "normal"))
    for name in ("Grad-CAM", "HiResCAM"):
        np.testing.assert_allclose(one[name].cells, -other[name].cells, rtol=1e-5)


def test_constant_network_has_no_evidence(squares: NDArray[np.uint8]) -> None:
    model = tiny_network()
    model.layers[-1].set_weights([np.zeros((4, 1)), np.ones(1)])
    found = GradientMaps(model)(squares, "pneumonia")
    assert set(found) == {*LAST_MAP_METHODS, LAYER_CAM}
    for evidence in found.values():
        assert not evidence.strength().cells.any()


def test_network_that_gives_no_number_is_refused(squares: NDArray[np.uint8]) -> None:
    model = tiny_network()
    model.layers[-1].set_weights([np.full((4, 1), np.nan), np.ones(1)])
    for explain in (GradCam(model), lambda x: GradientMaps(model)(x, "normal")):
        with pytest.raises(WeightsError, match="A network gives finite numbers"):
            explain(squares)
