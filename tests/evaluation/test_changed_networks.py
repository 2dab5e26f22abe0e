"""Trunks score as the whole on average; randomising starts at the head and ends."""

import keras
import numpy as np
import pytest
from fixtures_models import tiny_network
from numpy.typing import NDArray
from phantoms import draw_squares

from pneumonia.evaluation.changed_networks import (
    DEPTHS,
    explain_network,
    randomised_from_top,
    trunks_of,
)
from pneumonia.model.explanations import LAST_MAP_METHODS, LAYER_CAM, RISE


@pytest.fixture(scope="module")
def squares() -> NDArray[np.uint8]:
    return draw_squares(2)


@pytest.fixture(scope="module")
def joined() -> keras.Model:
    """Build two trunks, one of them enlarged to the other's cells."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 32, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    fine = keras.layers.Conv2D(3, 3, strides=2, padding="same", activation="relu")(x)
    coarse = keras.layers.Conv2D(5, 3, strides=4, padding="same", activation="relu")(x)
    coarse = keras.layers.UpSampling2D(2, interpolation="bilinear")(coarse)
    features = keras.layers.Concatenate()([fine, coarse])
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(inputs, keras.layers.Dense(1)(pooled))


def test_logit_of_the_whole_is_the_mean_of_its_trunks(
    joined: keras.Model, squares: NDArray[np.uint8]
) -> None:
    trunks = trunks_of(joined)
    assert [trunk.layers[-1].get_weights()[0].shape[0] for trunk in trunks] == [3, 5]
    logits = [trunk.predict_on_batch(squares) for trunk in trunks]
    np.testing.assert_allclose(
        np.mean(logits, axis=0), joined.predict_on_batch(squares), rtol=1e-4, atol=1e-5
    )


def test_network_that_is_not_joined_has_no_trunks() -> None:
    assert trunks_of(tiny_network()) == []


def test_whole_and_trunks_are_explained_by_every_method(
    joined: keras.Model, squares: NDArray[np.uint8]
) -> None:
    network = explain_network(joined)
    for explain in (network.explain, *network.trunks):
        found = explain(squares[:1], "pneumonia")
        assert set(found) == {*LAST_MAP_METHODS, LAYER_CAM, RISE}
        for evidence in found.values():
            assert evidence.over_square().shape == (1, 32, 32)
    assert RISE not in explain_network(joined, with_rise=False).explain(
        squares[:1], "normal"
    )


def test_randomising_goes_down_from_the_head_and_leaves_the_network_as_it_was(
    squares: NDArray[np.uint8],
) -> None:
    model = tiny_network()
    before = model.get_weights()
    depths = []
    for depth in randomised_from_top(model, seed=0):
        depths.append(depth)
        kernel, head = model.get_weights()[0], model.layers[-1].get_weights()[0]
        assert (head != before[-2]).all()
        if depth == 0:
            np.testing.assert_array_equal(kernel, before[0])
        if depth == 1:
            assert (kernel != before[0]).all()
            assert np.isfinite(model.predict_on_batch(squares)).all()
    assert tuple(depths) == DEPTHS
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_stop_while_randomising_leaves_the_network_as_it_was() -> None:
    model = tiny_network()
    before = model.get_weights()
    steps = randomised_from_top(model, seed=0)
    next(steps)
    steps.close()
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
