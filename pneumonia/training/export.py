"""A trained network as ONNX, which is served without TensorFlow."""

import logging
import tempfile
from pathlib import Path
from typing import Final

import keras
import numpy as np
import onnxruntime

from pneumonia.errors import WeightsError
from pneumonia.model.feature_map import cell_grid, last_feature_map

# The largest difference of an output from the one that Keras computes.
_TOLERANCE: Final = 1e-3


def export_served(model: keras.Model) -> tuple[bytes, dict[str, float]] | None:
    """Export a network for serving, with the evidence of Grad-CAM as second output.

    Parameters
    ----------
    model : keras.Model
        Functional; see `pneumonia.model.architectures`.

    Returns
    -------
    network : bytes
        As `pneumonia.model.served_network.ServedNetwork` takes it.
    grid : dict of str to float
        ``stride`` and ``first`` of the evidence's cells.

    None for a network whose logit is not one dense unit behind global average pooling.
    """
    features = last_feature_map(model)
    head = model.layers[-1]
    producers = {id(layer.output): layer for layer in model.layers}
    pooling = producers.get(id(head.input))
    while isinstance(pooling, keras.layers.Dropout):
        pooling = producers[id(pooling.input)]
    if (
        not isinstance(head, keras.layers.Dense)
        or not isinstance(pooling, keras.layers.GlobalAveragePooling2D)
        or pooling.input is not features
    ):
        return None
    channels = features.shape[-1]
    weigh = keras.layers.Conv2D(1, 1, use_bias=False, name="evidence")
    evidence = weigh(features)
    # The gradient of the mean over h x w cells.
    cells = features.shape[1] * features.shape[2]
    weigh.set_weights([np.asarray(head.kernel).reshape(1, 1, channels, 1) / cells])
    explained = keras.Model(model.input, [model.output, evidence])
    grid = cell_grid(model, features)
    return to_onnx(explained), {"stride": grid.stride, "first": grid.first}


def to_onnx(model: keras.Model) -> bytes:
    """Export a network and compare it with the original on random pictures.

    Parameters
    ----------
    model : keras.Model
        One input of shape (N, S, S, C), float32.

    Returns
    -------
    bytes

    Raises
    ------
    WeightsError
        If the exported network answers otherwise.
    """
    shape = (2, *model.input_shape[1:])
    pictures = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    outputs = keras.tree.flatten(model(pictures, training=False))
    expected = [keras.ops.convert_to_numpy(output) for output in outputs]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        model.export(path, format="onnx", verbose=False)
        network = path.read_bytes()
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    exported = session.run(None, {session.get_inputs()[0].name: pictures})
    difference = max(
        float(np.abs(one - other).max())
        for one, other in zip(exported, expected, strict=True)
    )
    if not difference <= _TOLERANCE:
        raise WeightsError(
            "An exported network gives the logits of the original within "
            f"{_TOLERANCE}. Received: a difference of {difference}. Install the "
            "versions of requirements.txt and export it again."
        )
    logging.getLogger(__name__).info("Exported; logits within %.1e.", difference)
    return network
