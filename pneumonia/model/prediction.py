"""Logits of many radiographs at once, under any Keras backend."""

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.model.architectures import pneumonia_logit


def predict_logits(
    model: keras.Model, squares: NDArray[np.uint8], *, batch_size: int = 64
) -> NDArray[np.float64]:
    """Run a network over radiographs.

    Parameters
    ----------
    model : keras.Model
    squares : ndarray of uint8, shape (N, S, S, 1)
    batch_size : int

    Returns
    -------
    ndarray of float64, shape (N,)
    """
    channels = model.input_shape[-1]
    outputs = [
        model.predict_on_batch(
            np.repeat(squares[start : start + batch_size], channels, axis=-1)
        )
        for start in range(0, len(squares), batch_size)
    ]
    logits = pneumonia_logit(keras.ops.convert_to_tensor(np.concatenate(outputs)))
    return np.asarray(keras.ops.convert_to_numpy(logits)[:, 0], np.float64)
