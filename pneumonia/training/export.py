"""A trained network as ONNX, which is served without TensorFlow."""

import logging
import tempfile
from pathlib import Path
from typing import Final

import keras
import numpy as np
import onnxruntime

from pneumonia.errors import WeightsError

# The largest difference of a logit from the one that Keras computes.
_TOLERANCE: Final = 1e-3


def to_onnx(model: keras.Model) -> bytes:
    """Export a network and compare it with the original on random pictures.

    Parameters
    ----------
    model : keras.Model
        One input of shape (N, S, S, C), float32; one output.

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
    expected = keras.ops.convert_to_numpy(model(pictures, training=False))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        model.export(path, format="onnx", verbose=False)
        network = path.read_bytes()
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    (exported,) = session.run(None, {session.get_inputs()[0].name: pictures})
    difference = float(np.abs(exported - expected).max())
    if not difference <= _TOLERANCE:
        raise WeightsError(
            "An exported network gives the logits of the original within "
            f"{_TOLERANCE}. Received: a difference of {difference}. Install the "
            "versions of requirements.txt and export it again."
        )
    logging.getLogger(__name__).info("Exported; logits within %.1e.", difference)
    return network
