"""The networks. Each maps grey levels to one logit for pneumonia."""

import math
from collections.abc import Callable
from typing import Any

import keras

from pneumonia.model.cell_grid import CellGrid


def seed_cnn() -> keras.Model:
    """Build the network the project started from, unchanged.

    Five convolutions (3 x 3, ReLU, no padding) with 16, 32, 64, 128 and 128
    filters, each followed by 2 x 2 max pooling; dense layers of 256 and 512 units;
    1,983,009 parameters. The sigmoid of the original's last unit is applied outside,
    which leaves the parameters as they are.

    Returns
    -------
    keras.Model
        Input uint8-valued, shape (N, 300, 300, 3), range 0 to 255; output logit,
        shape (N, 1).
    """
    inputs = keras.Input((300, 300, 3), name="radiograph")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(inputs)
    for index, filters in enumerate((16, 32, 64, 128, 128), start=1):
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{index}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{index}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(256, activation="relu", name="dense1")(x)
    x = keras.layers.Dense(512, activation="relu", name="dense2")(x)
    logit = keras.layers.Dense(1, name="logit")(x)
    return keras.Model(inputs, logit, name="seed_cnn")


@keras.saving.register_keras_serializable("pneumonia")
class LocalContrast(keras.layers.Layer):  # type: ignore[misc]
    """Normalise the local contrast of each radiograph.

    Hospitals, and here the two classes, differ in how strongly processing has raised
    fine detail over coarse structure [1]_. A Gaussian blur separates the two. In the
    middle of the picture, coarse structure is scaled to a standard deviation of 1 and
    fine detail to one of `ratio`. Haze is between fine and coarse; about half of it
    remains.

    Parameters
    ----------
    ratio : float
        Standard deviation of fine detail over that of coarse structure.
    reach : float
        Standard deviation of the Gaussian, as a fraction of the side. The default is
        about the size of a lung zone.

    References
    ----------
    .. [1] R. H. H. M. Philipsen et al., "Localized Energy-Based Normalization of
       Medical Images: Application to Chest Radiography", IEEE Transactions on Medical
       Imaging 34, 2015.
    """

    def __init__(
        self, ratio: float, *, reach: float = 15 / 224, **options: Any
    ) -> None:
        super().__init__(**options)
        self.ratio = ratio
        self.reach = reach

    def call(self, x: Any) -> Any:
        """Map (N, S, S, 1) to the same shape."""
        side = keras.ops.shape(x)[1]
        places = keras.ops.arange(side, dtype=x.dtype) / keras.ops.cast(side, x.dtype)
        away = (places[:, None] - places[None, :]) / self.reach
        # Each row a Gaussian, cut off at the edge and still summing to 1.
        blur = keras.ops.softmax(-(away**2) / 2)
        across = keras.ops.matmul(x[..., 0], keras.ops.transpose(blur))
        coarse = keras.ops.matmul(blur, across)[..., None]
        fine = x - coarse
        return coarse / _spread(coarse) + self.ratio * fine / _spread(fine)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that the layer is built from."""
        return {**super().get_config(), "ratio": self.ratio, "reach": self.reach}


def _spread(x: Any) -> Any:
    """Return the standard deviation in the middle, away from markers and frames."""
    side = x.shape[1] or keras.ops.shape(x)[1]
    edge = side * 15 // 100
    middle = x[:, edge : side - edge, edge : side - edge]
    # A flat picture stays flat.
    return keras.ops.std(middle, axis=(1, 2), keepdims=True) + 1e-3


def resnet(side: int | None = 224, local_contrast: float | None = None) -> keras.Model:
    """Build a compact residual network with squeeze and excitation.

    Each radiograph is first scaled to mean 0 and variance 1, so that exposure and
    overall contrast do not matter. Residual blocks [1]_ with squeeze-and-excitation
    [2]_ and average pooling between them [3]_ lead to a map of 14 x 14. Global average
    pooling and a dense layer give logits of normal, bacterial and viral pneumonia,
    which are folded into one for pneumonia.

    Parameters
    ----------
    side : int or None
        Of the input; None accepts any side, for progressive resizing.
    local_contrast : float, optional
        Ratio for `LocalContrast`; without it there is no such layer.

    Returns
    -------
    keras.Model
        Input uint8-valued, shape (N, S, S, 1), range 0 to 255; output logit,
        shape (N, 1). The layer ``kinds`` gives the three logits it is made from.

    References
    ----------
    .. [1] K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    .. [2] J. Hu, L. Shen, G. Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
    .. [3] R. Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML 2019.
    """
    inputs = keras.Input((side, side, 1), name="radiograph")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(inputs)
    if local_contrast is not None:
        x = LocalContrast(local_contrast, dtype="float32", name="local_contrast")(x)
    x = keras.layers.LayerNormalization(
        axis=(1, 2, 3), center=False, scale=False, dtype="float32", name="exposure"
    )(x)
    x = _normalised_conv(x, 32, kernel=5, strides=2)
    x = keras.layers.MaxPooling2D(2)(keras.layers.ReLU()(x))
    for index, filters in enumerate((48, 96, 192)):
        if index:
            # Averaging, unlike a stride, neither aliases nor moves the map aside.
            x = keras.layers.AveragePooling2D(2)(x)
        x = _residual_block(x, filters)
        x = _residual_block(x, filters)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.3)(x)
    kinds = keras.layers.Dense(3, dtype="float32", name="kinds")(x)
    return keras.Model(inputs, pneumonia_logit(kinds), name="resnet")


def pneumonia_logit(kinds: Any) -> Any:
    """Fold the logits of normal, bacterial and viral into one for pneumonia.

    Parameters
    ----------
    kinds : tensor of shape (N, 3), or (N, 1)
        One column is the logit for pneumonia already and is returned as it is.

    Returns
    -------
    tensor of shape (N, 1)
    """
    if kinds.shape[-1] == 1:
        return kinds
    pneumonia = keras.ops.logsumexp(kinds[:, 1:], axis=1, keepdims=True)
    return pneumonia - kinds[:, :1]


def _residual_block(x: Any, filters: int) -> Any:
    y = keras.layers.ReLU()(_normalised_conv(x, filters, kernel=3))
    y = _normalised_conv(y, filters, kernel=3)
    y = keras.layers.Multiply()([y, _excitation(y)])
    if x.shape[-1] != filters:
        x = _normalised_conv(x, filters, kernel=1)
    return keras.layers.ReLU()(keras.layers.Add()([x, y]))


def _normalised_conv(x: Any, filters: int, *, kernel: int, strides: int = 1) -> Any:
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return keras.layers.BatchNormalization()(x)


def _excitation(x: Any) -> Any:
    """Return a weight for each channel, computed from the mean of the map."""
    filters = x.shape[-1]
    weight = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = keras.layers.Conv2D(filters // 8, 1, activation="relu")(weight)
    return keras.layers.Conv2D(filters, 1, activation="sigmoid")(weight)


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "seed_cnn": seed_cnn,
    "resnet": resnet,
}


def build_model(name: str, **options: Any) -> keras.Model:
    """Build an untrained network.

    Parameters
    ----------
    name : str
        A key of `ARCHITECTURES`.
    **options
        Passed to the architecture's function.

    Returns
    -------
    keras.Model
        Functional, with one input of shape (N, S, S, C), values 0 to 255, and one
        logit of shape (N, 1).

    Raises
    ------
    ValueError
        If no architecture has this name.
    """
    if name not in ARCHITECTURES:
        raise ValueError(
            f"Architectures are {', '.join(ARCHITECTURES)}. Received: {name!r}."
        )
    return ARCHITECTURES[name](**options)


def last_feature_map(model: keras.Model) -> keras.KerasTensor:
    """Find the tensor that Grad-CAM explains.

    That is the last map with rows and columns, before any pooling that follows it
    [1]_.

    Parameters
    ----------
    model : keras.Model
        Functional.

    Returns
    -------
    keras.KerasTensor
        Shape (N, h, w, K).

    References
    ----------
    .. [1] R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
       via Gradient-based Localization", ICCV 2017.
    """
    passed_over = (
        keras.layers.MaxPooling2D,
        keras.layers.AveragePooling2D,
        keras.layers.GlobalMaxPooling2D,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.Dropout,
        keras.layers.SpatialDropout2D,
    )
    maps = [layer for layer in model.layers if _is_map(layer.output)]
    last = maps[-1]
    producers = {id(layer.output): layer for layer in model.layers}
    while isinstance(last, passed_over):
        last = producers[id(last.input)]
    return last.output


def cell_grid(model: keras.Model, feature_map: keras.KerasTensor) -> CellGrid:
    """Locate a feature map's cells on the model's input.

    Follows the layers from the input; a layer with kernel k (as wide as its dilation
    makes it), stride s and p pixels of padding before the first maps index i to
    s * i + (k - 1) / 2 - p [1]_.

    Parameters
    ----------
    model : keras.Model
        Functional, square input.
    feature_map : keras.KerasTensor
        A layer's output, shape (N, h, w, K).

    Returns
    -------
    CellGrid

    References
    ----------
    .. [1] A. Araujo, W. Norris, J. Sim, "Computing Receptive Fields of Convolutional
       Neural Networks", Distill 2019.
    """
    # Of each map: stride, centre of the first cell, width of what a cell sees.
    views: dict[int, tuple[float, float, float]] = {}
    for layer in model.layers:  # in the order of the data
        if isinstance(layer, keras.layers.InputLayer):
            views[id(layer.output)] = (1.0, 0.0, 1.0)
            continue
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        # Where branches meet, what a cell sees is what the widest branch sees.
        source = max(sources, key=lambda tensor: views[id(tensor)][2])
        stride, first, width = views[id(source)]
        kernel = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
        if isinstance(layer, keras.layers.ZeroPadding2D):
            first -= stride * layer.padding[0][0]
        elif kernel is not None and _is_map(source):
            k = (kernel[0] - 1) * getattr(layer, "dilation_rate", (1,))[0] + 1
            s, n = layer.strides[0], source.shape[1]
            padding = 0
            if layer.padding == "same":
                padding = max((math.ceil(n / s) - 1) * s + k - n, 0) // 2
            first += stride * ((k - 1) / 2 - padding)
            width += stride * (k - 1)
            stride *= s
        views[id(layer.output)] = (stride, first, width)
    stride, first, _ = views[id(feature_map)]
    return CellGrid(stride=stride, first=first, size=model.input_shape[1])


def _is_map(tensor: object) -> bool:
    return isinstance(tensor, keras.KerasTensor) and len(tensor.shape) == 4
