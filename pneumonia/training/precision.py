"""Find out in which precision networks are best trained on this machine."""

import logging
import time

import keras
import numpy as np

logger = logging.getLogger(__name__)

# A step of the residual network in bfloat16 takes 0.8 times what it takes in float32
# on a processor that has it (AVX512-BF16), ten times under TensorFlow on one that has
# not (AVX2 alone), as much under JAX there.
_SLOWER_AT_MOST = 2.0


def choose_precision(wanted: str) -> str:
    """Give the precision wanted, or float32 where that is far faster.

    Steps of a small network are timed in both, which takes a few seconds.

    Parameters
    ----------
    wanted : str
        A Keras dtype policy.

    Returns
    -------
    str
        `wanted` or ``float32``.
    """
    if wanted == "float32":
        return wanted
    slower = _seconds_a_step(wanted) / _seconds_a_step("float32")
    if slower <= _SLOWER_AT_MOST:
        return wanted
    logger.info(
        "Training in float32: %s takes %.0f times as long here.", wanted, slower
    )
    return "float32"


def _seconds_a_step(precision: str) -> float:
    """Time training, gradients included: they are what is slow; the best of three."""
    network = keras.Sequential(
        [
            keras.Input((56, 56, 16)),
            *(
                keras.layers.Conv2D(32, 3, activation="relu", dtype=precision)
                for _ in range(2)
            ),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    network.compile(optimizer="sgd", loss="mse")
    batch = np.ones((16, 56, 56, 16), np.float32), np.ones((16, 32), np.float32)
    taken = []
    for _ in range(4):  # the first compiles
        started = time.perf_counter()
        network.train_on_batch(*batch)
        taken.append(time.perf_counter() - started)
    return min(taken[1:])
