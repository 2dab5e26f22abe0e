"""The map that Grad-CAM explains, and where its cells lie on the input."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

from pneumonia.model.architectures import build_model
from pneumonia.model.feature_map import cell_grid, finer_feature_maps, last_feature_map

Body = Callable[[keras.KerasTensor], keras.KerasTensor]


@pytest.fixture(scope="module")
def seed_cnn() -> keras.Model:
    return build_model("seed_cnn")


def test_last_feature_map_of_the_seed_cnn_precedes_the_last_pooling(
    seed_cnn: keras.Model,
) -> None:
    feature_map = last_feature_map(seed_cnn)
    assert feature_map is seed_cnn.get_layer("conv5").output
    assert feature_map.shape == (None, 14, 14, 128)


@pytest.mark.parametrize(
    "tail",
    [
        keras.layers.MaxPooling2D(),
        keras.layers.AveragePooling2D(2),
        keras.layers.Dropout(0.5),
        keras.layers.SpatialDropout2D(0.5),
        keras.layers.GlobalAveragePooling2D(keepdims=True),
        keras.layers.GlobalMaxPooling2D(keepdims=True),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_last_feature_map_precedes_what_only_pools_or_drops(
    tail: keras.layers.Layer,
) -> None:
    convolution = keras.layers.Conv2D(2, 3)
    model = network(lambda x: tail(convolution(x)))
    assert last_feature_map(model) is convolution.output


def test_last_feature_map_precedes_several_such_layers() -> None:
    convolution = keras.layers.Conv2D(2, 3)
    model = network(
        lambda x: keras.layers.Dropout(0.5)(keras.layers.MaxPooling2D()(convolution(x)))
    )
    assert last_feature_map(model) is convolution.output


def test_last_feature_map_includes_normalisation_and_activation() -> None:
    activation = keras.layers.ReLU()
    model = network(
        lambda x: activation(
            keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3)(x))
        )
    )
    assert last_feature_map(model) is activation.output


def test_last_feature_map_of_a_residual_network_is_the_sum() -> None:
    add = keras.layers.Add()
    model = network(lambda x: add([x, keras.layers.Conv2D(1, 3, padding="same")(x)]))
    assert last_feature_map(model) is add.output


def test_seed_cnn_grid_has_stride_16_from_38_5(seed_cnn: keras.Model) -> None:
    grid = cell_grid(seed_cnn, last_feature_map(seed_cnn))
    assert grid == (16.0, 38.5, 300)


def test_grid_of_the_input_itself_is_its_pixels(seed_cnn: keras.Model) -> None:
    assert cell_grid(seed_cnn, seed_cnn.get_layer("rescaling").output) == (1, 0, 300)


def convolve(x: keras.KerasTensor, kernel: int = 3, **options: object) -> object:
    return keras.layers.Conv2D(1, kernel, use_bias=False, **options)(x)


def pool(x: keras.KerasTensor, size: int = 2, **options: object) -> object:
    return keras.layers.MaxPooling2D(size, **options)(x)


def projected_residual(x: keras.KerasTensor) -> keras.KerasTensor:
    main = convolve(convolve(x, strides=2, padding="same"), padding="same")
    return keras.layers.Add()([convolve(x, 1, strides=2), main])


BODIES: dict[str, Body] = {
    "valid": lambda x: convolve(pool(convolve(x))),
    "valid_strided": lambda x: convolve(convolve(x, 5, strides=3), strides=2),
    "same": lambda x: convolve(convolve(x, padding="same"), padding="same"),
    "same_strided": lambda x: convolve(
        convolve(x, strides=2, padding="same"), strides=2, padding="same"
    ),
    "same_even_kernel": lambda x: convolve(x, 4, strides=2, padding="same"),
    "same_pooling": lambda x: pool(
        convolve(x, 7, strides=2, padding="same"), 3, strides=2, padding="same"
    ),
    "average_pooling": lambda x: keras.layers.AveragePooling2D(3, 2)(convolve(x)),
    "depthwise": lambda x: keras.layers.DepthwiseConv2D(3, strides=2, use_bias=False)(
        convolve(x, padding="same")
    ),
    "separable": lambda x: keras.layers.SeparableConv2D(
        1, 3, strides=2, use_bias=False
    )(x),
    "dilated": lambda x: convolve(convolve(x, dilation_rate=3), padding="valid"),
    "dilated_same": lambda x: convolve(x, dilation_rate=2, padding="same"),
    "zero_padded": lambda x: convolve(
        keras.layers.ZeroPadding2D(((2, 1), (2, 1)))(x), strides=2
    ),
    "identity_residual": lambda x: keras.layers.Add()([x, convolve(x, padding="same")]),
    "projected_residual": projected_residual,
    "concatenated": lambda x: keras.layers.Concatenate()(
        [convolve(x, 1, strides=2), convolve(x, 5, strides=2, padding="same")]
    ),
}


def network(body: Body, side: int = 32) -> keras.Model:
    inputs = keras.Input((side, side, 1))
    x = keras.layers.Flatten(name="flatten")(body(keras.layers.Rescaling(1.0)(inputs)))
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def seen_columns(model: keras.Model, feature_map: keras.KerasTensor) -> np.ndarray:
    """Tell which input columns (axis 0) reach which columns of the map (axis 1)."""
    for layer in model.layers:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    side = model.input_shape[1]
    # One picture a column: only that column is bright, all kernels are ones.
    columns = np.repeat(np.eye(side)[:, np.newaxis, :, np.newaxis], side, axis=1)
    response = keras.Model(model.input, feature_map)(columns)
    return np.asarray(keras.ops.convert_to_numpy(response).max(axis=(1, 3)) > 0)


@pytest.mark.parametrize("side", [32, 33])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_cells_lie_at_the_centres_of_what_they_see(body: Body, side: int) -> None:
    model = network(body, side)
    feature_map = model.get_layer("flatten").input
    seen = seen_columns(model, feature_map)
    spans = [np.flatnonzero(column)[[0, -1]] for column in seen.T]
    widest = max(last - first for first, last in spans)
    whole = {
        cell: (first + last) / 2
        for cell, (first, last) in enumerate(spans)
        if last - first == widest  # not cut off by the border
    }
    assert len(whole) > 2
    grid = cell_grid(model, feature_map)
    assert grid.size == side
    for cell, centre in whole.items():
        assert grid.first + cell * grid.stride == pytest.approx(centre)


@pytest.mark.parametrize("size", [2, 3])
def test_cells_of_an_enlarged_map_lie_at_the_centres_of_their_weights(
    size: int,
) -> None:
    model = network(
        lambda x: keras.layers.UpSampling2D(size, interpolation="bilinear")(
            convolve(x, 4, strides=4)
        )
    )
    feature_map = model.get_layer("flatten").input
    for layer in model.layers:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    columns = np.repeat(np.eye(32)[:, np.newaxis, :, np.newaxis], 32, axis=1)
    response = keras.Model(model.input, feature_map)(columns)
    weights = keras.ops.convert_to_numpy(response)[:, 8, :, 0]
    grid = cell_grid(model, feature_map)
    assert (grid.stride, grid.size) == (4 / size, 32)
    for cell in range(size, 7 * size):  # the outermost repeat the edge
        centre = np.average(np.arange(32), weights=weights[:, cell])
        assert grid.first + cell * grid.stride == pytest.approx(centre, abs=1e-4)


def test_finer_map_precedes_the_last_halving(seed_cnn: keras.Model) -> None:
    (finer,) = finer_feature_maps(seed_cnn)
    assert finer is seed_cnn.get_layer("conv4").output


def test_finer_maps_of_joined_trunks_are_one_of_each() -> None:
    first = keras.layers.Conv2D(2, 3, padding="same")
    second = keras.layers.Conv2D(3, 3, strides=2, padding="same")
    deeper = keras.layers.Conv2D(4, 3, strides=4, padding="same")

    def join(x: keras.KerasTensor) -> keras.KerasTensor:
        residual = keras.layers.AveragePooling2D(4)(first(x))
        enlarged = keras.layers.UpSampling2D(2)(deeper(second(x)))
        return keras.layers.Concatenate()(
            [keras.layers.Add()([residual, residual]), enlarged]
        )

    found = finer_feature_maps(network(join))
    assert {id(each) for each in found} == {id(first.output), id(second.output)}
