"""The networks are what their docstrings say, and their maps lie where they say."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from phantoms import draw_squares

from pneumonia.model.architectures import (
    ARCHITECTURES,
    LocalContrast,
    build_model,
    cell_grid,
    last_feature_map,
)
from pneumonia.perturbations.corruptions import scale_local_contrast

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

Body = Callable[[keras.KerasTensor], keras.KerasTensor]


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


@pytest.fixture(scope="module")
def pale_squares() -> np.ndarray:
    """Radiographs whose grey levels leave room for more contrast."""
    return (64 + draw_squares(4, 224) // 2).astype(np.uint8)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_haze_shows_half_as_much_behind_the_layer(
    pale_squares: np.ndarray, factor: float
) -> None:
    changed = np.stack(
        [scale_local_contrast(square[..., 0], factor) for square in pale_squares]
    )[..., np.newaxis]

    def difference(layer: Callable[[np.ndarray], object]) -> float:
        exposure = keras.layers.LayerNormalization(axis=(1, 2, 3))
        one, other = (
            keras.ops.convert_to_numpy(exposure(layer(x.astype(np.float32) / 255)))
            for x in (pale_squares, changed)
        )
        return float(np.abs(one - other).mean())

    assert difference(LocalContrast(1.5)) < 0.6 * difference(lambda x: x)


def test_what_is_small_gets_the_ratio_asked_for(pale_squares: np.ndarray) -> None:
    def small(ratio: float) -> np.ndarray:
        seen = LocalContrast(ratio)(pale_squares.astype(np.float32) / 255)
        none = LocalContrast(0.0)(pale_squares.astype(np.float32) / 255)
        middle = slice(33, -33)
        difference = keras.ops.convert_to_numpy(seen - none)
        return np.asarray(difference[:, middle, middle])

    np.testing.assert_allclose(small(1.5).std(axis=(1, 2)), 1.5, rtol=0.02)


def test_flat_picture_stays_finite_and_flat() -> None:
    flat = np.full((1, 64, 64, 1), 0.5, np.float32)
    seen = keras.ops.convert_to_numpy(LocalContrast(1.5)(flat))
    assert np.isfinite(seen).all()
    assert seen.std() < 0.05


def test_network_with_its_own_layer_comes_back_from_a_file(tmp_path: Path) -> None:
    model = build_model("resnet", local_contrast=1.5)
    model.save(tmp_path / "resnet.keras")
    again = keras.saving.load_model(tmp_path / "resnet.keras", compile=False)
    squares = draw_squares(2, 224)
    np.testing.assert_allclose(
        again.predict_on_batch(squares), model.predict_on_batch(squares), atol=1e-5
    )


def test_local_contrast_is_made_the_same_on_squares_of_any_side() -> None:
    model = build_model("resnet", side=None, local_contrast=1.5)
    assert model.predict_on_batch(draw_squares(2, 128)).shape == (2, 1)


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
