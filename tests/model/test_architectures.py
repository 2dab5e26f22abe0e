"""The networks are what their docstrings say, and trunks are joined to their mean."""

import keras
import numpy as np
import pytest
from phantoms import draw_squares

from pneumonia.model.architectures import (
    ARCHITECTURES,
    build_model,
    efficientnet_lite0,
    ensemble,
    join_trunks,
    resnet,
)
from pneumonia.model.feature_map import cell_grid, last_feature_map
from pneumonia.model.prediction import predict_logits

# Layer, output shape without the batch, parameters.
SEED_CNN = [
    ("radiograph", (300, 300, 3), 0),
    ("rescaling", (300, 300, 3), 0),
    ("conv1", (298, 298, 16), 448),
    ("pool1", (149, 149, 16), 0),
    ("conv2", (147, 147, 32), 4_640),
    ("pool2", (73, 73, 32), 0),
    ("conv3", (71, 71, 64), 18_496),
    ("pool3", (35, 35, 64), 0),
    ("conv4", (33, 33, 128), 73_856),
    ("pool4", (16, 16, 128), 0),
    ("conv5", (14, 14, 128), 147_584),
    ("pool5", (7, 7, 128), 0),
    ("flatten", (6_272,), 0),
    ("dense1", (256,), 1_605_888),
    ("dense2", (512,), 131_584),
    ("logit", (1,), 513),
]
CONVOLUTIONS = [f"conv{number}" for number in range(1, 6)]
POOLINGS = [f"pool{number}" for number in range(1, 6)]


@pytest.fixture(scope="module")
def seed_cnn() -> keras.Model:
    return build_model("seed_cnn")


def test_seed_cnn_has_the_original_layers_in_order(seed_cnn: keras.Model) -> None:
    assert [layer.name for layer in seed_cnn.layers] == [row[0] for row in SEED_CNN]


@pytest.mark.parametrize(("name", "shape", "parameters"), SEED_CNN)
def test_seed_cnn_layer_has_the_original_shape_and_parameters(
    seed_cnn: keras.Model, name: str, shape: tuple[int, ...], parameters: int
) -> None:
    layer = seed_cnn.get_layer(name)
    assert layer.output.shape == (None, *shape)
    assert layer.count_params() == parameters


def test_seed_cnn_has_1_983_009_parameters(seed_cnn: keras.Model) -> None:
    assert seed_cnn.count_params() == 1_983_009


def test_seed_cnn_parameters_are_all_trained(seed_cnn: keras.Model) -> None:
    assert sum(w.numpy().size for w in seed_cnn.trainable_weights) == 1_983_009


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_seed_cnn_convolution_is_3_by_3_without_padding(
    seed_cnn: keras.Model, name: str
) -> None:
    layer = seed_cnn.get_layer(name)
    assert layer.kernel_size == (3, 3)
    assert layer.strides == (1, 1)
    assert layer.padding == "valid"


@pytest.mark.parametrize("name", [*CONVOLUTIONS, "dense1", "dense2"])
def test_seed_cnn_hidden_layer_is_rectified(seed_cnn: keras.Model, name: str) -> None:
    assert seed_cnn.get_layer(name).activation is keras.activations.relu


@pytest.mark.parametrize("name", POOLINGS)
def test_seed_cnn_pools_the_maximum_of_2_by_2(seed_cnn: keras.Model, name: str) -> None:
    layer = seed_cnn.get_layer(name)
    assert isinstance(layer, keras.layers.MaxPooling2D)
    assert layer.pool_size == layer.strides == (2, 2)
    assert layer.padding == "valid"


def test_seed_cnn_scales_grey_levels_to_one(seed_cnn: keras.Model) -> None:
    rescaling = seed_cnn.get_layer("rescaling")
    assert rescaling.scale * 255 == pytest.approx(1)
    assert rescaling.offset == 0


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_gives_one_logit_without_activation(name: str) -> None:
    model = build_model(name)
    assert model.output_shape == (None, 1)
    assert model.layers[-1].activation is keras.activations.linear


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_functional_with_one_square_input(name: str) -> None:
    model = build_model(name)
    assert type(model).__name__ == "Functional"
    rows, columns, channels = model.input_shape[1:]
    assert rows == columns
    assert channels in (1, 3)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_named_after_its_architecture(name: str) -> None:
    assert build_model(name).name == name


def test_every_build_is_a_network_of_its_own() -> None:
    assert build_model("seed_cnn") is not build_model("seed_cnn")


@pytest.mark.parametrize("name", ["vgg", "", "SEED_CNN"])
def test_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ValueError, match=f"seed_cnn.*Received: '{name}'"):
        build_model(name)


# The trunks

SIDE = 96


def draw_parameters(model: keras.Model, seed: int) -> keras.Model:
    """Give every parameter a value of its own, as training does."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            (filters,) = layer.gamma.shape
            gamma, variance = rng.uniform(0.7, 1.3, (2, filters))
            beta, mean = rng.normal(0, 0.1, (2, filters))
            layer.set_weights([gamma, beta, mean, variance])
        elif layer.weights:
            layer.set_weights(
                [w + rng.normal(0, 0.01, w.shape) for w in layer.get_weights()]
            )
    return model


@pytest.fixture(scope="module")
def trunks() -> list[keras.Model]:
    return [
        draw_parameters(resnet(SIDE), seed=1),
        draw_parameters(efficientnet_lite0(SIDE), seed=2),
    ]


@pytest.fixture(scope="module")
def joined(trunks: list[keras.Model]) -> keras.Model:
    return join_trunks(trunks)


def test_logit_of_the_joined_network_is_the_mean_of_its_trunks(
    trunks: list[keras.Model], joined: keras.Model
) -> None:
    squares = draw_squares(6, SIDE)
    one, other = (predict_logits(trunk, squares) for trunk in trunks)
    assert np.abs(one - other).min() > 1e-2
    assert one.std() > 1e-3
    np.testing.assert_allclose(
        predict_logits(joined, squares), (one + other) / 2, atol=1e-4
    )


def test_joined_network_is_the_ensemble_in_float32(joined: keras.Model) -> None:
    assert joined.name == "ensemble"
    assert joined.input_shape == (None, SIDE, SIDE, 1)
    assert {weight.dtype for weight in joined.weights} == {"float32"}
    assert not joined.compiled


def test_trunks_in_lower_precision_are_joined_in_float32(
    trunks: list[keras.Model], joined: keras.Model
) -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = resnet(SIDE)
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(trunks[0].get_weights())
    again = join_trunks([half, trunks[1]])
    for mine, theirs in zip(again.get_weights(), joined.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert {layer.compute_dtype for layer in again.layers} == {"float32"}


def test_joining_leaves_the_trunks_as_they_were(trunks: list[keras.Model]) -> None:
    before = [trunk.get_weights() for trunk in trunks]
    join_trunks(trunks)
    for trunk, weights in zip(trunks, before, strict=True):
        for one, other in zip(trunk.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_single_network_is_passed_on_as_it_is(seed_cnn: keras.Model) -> None:
    assert join_trunks([seed_cnn]) is seed_cnn


def test_ensemble_has_the_parameters_of_both_trunks(
    trunks: list[keras.Model], joined: keras.Model
) -> None:
    assert joined.count_params() == sum(trunk.count_params() for trunk in trunks)


@pytest.mark.parametrize("side", [96, 160])
def test_evidence_of_the_ensemble_lies_where_that_of_the_residual_trunk_lies(
    side: int,
) -> None:
    both, one = ensemble(side), resnet(side)
    features, fine = last_feature_map(both), last_feature_map(one)
    assert features.shape[1:3] == fine.shape[1:3] == (side // 16, side // 16)
    assert features.shape[3] == 192 + 1280
    grid, expected = cell_grid(both, features), cell_grid(one, fine)
    assert (grid.stride, grid.size) == (expected.stride, expected.size) == (16, side)
    assert grid.first == pytest.approx(expected.first, abs=1)


@pytest.mark.parametrize("number", [0, 1])
def test_every_picture_is_standardised_before_the_first_convolution(
    trunks: list[keras.Model], number: int
) -> None:
    trunk = trunks[number]
    standardised = keras.Model(trunk.input, trunk.get_layer("exposure").output)
    pictures = draw_squares(3, SIDE).astype(np.float32)
    for seen in (pictures, 0.4 * pictures + 90):
        found = standardised.predict_on_batch(seen)
        np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 0, atol=1e-3)
        # A little less than 1: the variance has an offset against flat pictures.
        assert (found.std(axis=(1, 2, 3)) > 0.85).all()
        assert (found.std(axis=(1, 2, 3)) <= 1).all()
