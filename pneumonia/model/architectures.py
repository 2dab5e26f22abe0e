"""The networks. Each maps grey levels to one logit for pneumonia."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np


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


def resnet(side: int = 160) -> keras.Model:
    """Build a compact residual network with squeeze and excitation.

    Residual blocks [1]_ with squeeze-and-excitation [2]_ and average pooling between
    them [3]_ lead to a map of 192 channels at a sixteenth of the side. Global average
    pooling and one dense unit give the logit.

    Parameters
    ----------
    side : int
        Of the input, in pixels.

    Returns
    -------
    keras.Model
        Input uint8-valued, shape (N, S, S, 1), range 0 to 255; output logit,
        shape (N, 1).

    References
    ----------
    .. [1] K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    .. [2] J. Hu, L. Shen, G. Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
    .. [3] R. Zhang, "Making Convolutional Networks Shift-Invariant Again", ICML 2019.
    """
    return _with_head(side, "resnet", resnet_features, dropout=0.3)


def efficientnet_lite0(side: int = 160) -> keras.Model:
    """Build EfficientNet-Lite0 [1]_, [2]_ for grey pictures and one logit.

    Parameters
    ----------
    side : int
        Of the input, in pixels.

    Returns
    -------
    keras.Model
        Input uint8-valued, shape (N, S, S, 1), range 0 to 255; output logit,
        shape (N, 1).

    References
    ----------
    .. [1] M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for Convolutional
       Neural Networks", ICML 2019.
    .. [2] TensorFlow, "EfficientNet-lite", github.com/tensorflow/tpu, 2020.
    """
    return _with_head(side, "efficientnet_lite0", lite0_features, dropout=0.2)


def ensemble(side: int = 160) -> keras.Model:
    """Build one network whose logit is the mean of `resnet` and `efficientnet_lite0`.

    The coarser feature map is enlarged to the finer one by interpolation, which keeps
    its mean. Behind global average pooling, one dense unit with half the weights of
    both heads then gives the mean of the two logits.

    Parameters
    ----------
    side : int
        Of the input, in pixels; a multiple of 32.

    Returns
    -------
    keras.Model
        Input and output as of `resnet`.
    """
    inputs = keras.Input((side, side, 1), name="radiograph")
    x = _standardise(inputs)
    fine, coarse = resnet_features(x), lite0_features(x)
    enlarged = keras.layers.UpSampling2D(
        fine.shape[1] // coarse.shape[1], interpolation="bilinear", name="enlarged"
    )(coarse)
    features = keras.layers.Concatenate(name="features")([fine, enlarged])
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    return keras.Model(inputs, _head()(pooled), name="ensemble")


def join_trunks(trunks: Sequence[keras.Model]) -> keras.Model:
    """Join trained trunks into one network whose logit is their mean.

    Parameters
    ----------
    trunks : sequence of keras.Model
        Either one network, which is returned as it is, or a trained `resnet` and a
        trained `efficientnet_lite0` of the same side, in this order.

    Returns
    -------
    keras.Model
        Float32.
    """
    if len(trunks) == 1:
        return trunks[0]
    joined = ensemble(trunks[0].input_shape[1])
    for trunk in trunks:
        for layer in trunk.layers:
            if layer.weights and layer.name != "logit":
                joined.get_layer(layer.name).set_weights(layer.get_weights())
    kernels = [trunk.get_layer("logit").get_weights()[0] for trunk in trunks]
    joined.get_layer("logit").set_weights([np.concatenate(kernels) / len(trunks)])
    return joined


def _with_head(
    side: int, name: str, features: Callable[[Any], Any], *, dropout: float
) -> keras.Model:
    inputs = keras.Input((side, side, 1), name="radiograph")
    x = features(_standardise(inputs))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(inputs, _head()(x), name=name)


def _head() -> keras.layers.Dense:
    """Weigh the channels; without bias, the evidence of the cells sums to the logit."""
    return keras.layers.Dense(1, use_bias=False, dtype="float32", name="logit")


def _standardise(inputs: Any) -> Any:
    """Scale each radiograph to mean 0 and variance 1.

    Exposure, overall contrast and an even veil of haze then do not matter.
    """
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(inputs)
    return keras.layers.LayerNormalization(
        axis=(1, 2, 3), center=False, scale=False, dtype="float32", name="exposure"
    )(x)


def resnet_features(x: Any) -> Any:
    """Map standardised radiographs (N, S, S, 1) to features (N, S/16, S/16, 192)."""
    x = _convolve(x, "resnet_stem", 32, kernel=5, strides=2)
    x = keras.layers.MaxPooling2D(2)(keras.layers.ReLU()(x))
    for index, filters in enumerate((48, 96, 192)):
        if index:
            # Averaging, unlike a stride, neither aliases nor moves the map aside.
            x = keras.layers.AveragePooling2D(2)(x)
        for number in range(2):
            x = _residual_block(x, f"resnet_{filters}_{number}", filters)
    return x


def _residual_block(x: Any, name: str, filters: int) -> Any:
    y = keras.layers.ReLU()(_convolve(x, f"{name}_a", filters, kernel=3))
    y = _convolve(y, f"{name}_b", filters, kernel=3)
    y = keras.layers.Multiply()([y, _excitation(y, name)])
    if x.shape[-1] != filters:
        x = _convolve(x, f"{name}_skip", filters, kernel=1)
    return keras.layers.ReLU()(keras.layers.Add()([x, y]))


def _excitation(x: Any, name: str) -> Any:
    """Return a weight for each channel, computed from the mean of the map."""
    filters = x.shape[-1]
    weight = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = keras.layers.Conv2D(
        filters // 8, 1, activation="relu", name=f"{name}_squeeze"
    )(weight)
    return keras.layers.Conv2D(filters, 1, activation="sigmoid", name=f"{name}_excite")(
        weight
    )


# Kernel, expansion, filters, stride of the first block, blocks.
LITE0_BLOCKS = (
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (5, 6, 40, 2, 2),
    (3, 6, 80, 2, 3),
    (5, 6, 112, 1, 3),
    (5, 6, 192, 2, 4),
    (3, 6, 320, 1, 1),
)
# "same" padding moves the map by half a cell at each stride. At the last one it is put
# on the other side, so that the cells lie where those of `resnet_features` lie.
_SHIFTED = 192


def lite0_features(x: Any) -> Any:
    """Map standardised radiographs (N, S, S, 1) to features (N, S/32, S/32, 1280)."""
    # About the spread of the pictures that the parameters were trained on.
    x = keras.layers.Rescaling(0.5, name="lite0_spread")(x)
    x = _relu6(_convolve(x, "lite0_stem", 32, kernel=3, strides=2))
    number = 0
    for kernel, expansion, filters, strides, blocks in LITE0_BLOCKS:
        for block in range(blocks):
            x = _inverted_residual(
                x,
                f"lite0_{number}",
                kernel,
                expansion,
                filters,
                1 if block else strides,
            )
            number += 1
    return _relu6(_convolve(x, "lite0_head", 1280, kernel=1))


def _inverted_residual(
    x: Any, name: str, kernel: int, expansion: int, filters: int, strides: int
) -> Any:
    y = x
    if expansion > 1:
        y = _relu6(_convolve(y, f"{name}_expand", expansion * x.shape[-1], kernel=1))
    padding = "same"
    if strides == 2 and filters == _SHIFTED:
        y = keras.layers.ZeroPadding2D(((2, 1), (2, 1)))(y)
        padding = "valid"
    y = keras.layers.DepthwiseConv2D(
        kernel, strides, padding=padding, use_bias=False, name=f"{name}_depthwise"
    )(y)
    y = _relu6(
        keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_depthwise_norm")(y)
    )
    y = _convolve(y, f"{name}_project", filters, kernel=1)
    if strides == 1 and x.shape[-1] == filters:
        y = keras.layers.Add()([x, y])
    return y


def _relu6(x: Any) -> Any:
    return keras.layers.ReLU(max_value=6)(x)


def _convolve(x: Any, name: str, filters: int, *, kernel: int, strides: int = 1) -> Any:
    """Convolve without bias, then normalise over the batch."""
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(x)


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "seed_cnn": seed_cnn,
    "resnet": resnet,
    "efficientnet_lite0": efficientnet_lite0,
    "ensemble": ensemble,
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
