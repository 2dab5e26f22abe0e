"""Logits of many radiographs at once, under any Keras backend."""

import keras
import numpy as np
from numpy.typing import NDArray


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
    return np.asarray(np.concatenate(outputs)[:, 0], np.float64)
