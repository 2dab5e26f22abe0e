"""The feature map that Grad-CAM explains, and where its cells lie on the input."""

import math

import keras

from pneumonia.model.cell_grid import CellGrid


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


def finer_feature_maps(model: keras.Model) -> list[keras.KerasTensor]:
    """Find, above the last feature map, the maps of twice as many rows or more.

    Parameters
    ----------
    model : keras.Model
        Functional.

    Returns
    -------
    list of keras.KerasTensor
        Shape (N, h, w, K) each: the last such map on every way to `last_feature_map`,
        so that the logit depends on the input through them alone.
    """
    producers = {id(layer.output): layer for layer in model.layers}
    last = last_feature_map(model)
    found, seen, waiting = {}, set(), [last]
    while waiting:
        tensor = waiting.pop(0)
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        layer = producers[id(tensor)]
        finer = _is_map(tensor) and tensor.shape[1] >= 2 * last.shape[1]
        if finer or isinstance(layer, keras.layers.InputLayer):
            found[id(tensor)] = tensor
            continue
        waiting += layer.input if isinstance(layer.input, list) else [layer.input]
    return list(found.values())


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
        if isinstance(layer, keras.layers.UpSampling2D):
            # Interpolation places the first two cells a quarter beside their source's.
            stride /= layer.size[0]
            first -= stride * (layer.size[0] - 1) / 2
        elif isinstance(layer, keras.layers.ZeroPadding2D):
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
