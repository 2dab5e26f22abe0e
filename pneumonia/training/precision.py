"""The precision in which this machine trains fastest."""

import logging
import time

import keras
import numpy as np

logger = logging.getLogger(__name__)

# Measured on the residual network: bfloat16 takes 0.8 times as long as float32 on a
# processor that has it (AVX512-BF16). On one that has not (AVX2), it takes ten times as
# long under TensorFlow and equally long under JAX.
_SLOWDOWN_LIMIT = 2.0


def choose_precision(wanted: str) -> str:
    """Return the precision wanted, or float32 if that is more than twice as fast.

    Times steps of a small network in both, which takes a few seconds.

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
    slowdown = seconds_per_step(wanted) / seconds_per_step("float32")
    if slowdown <= _SLOWDOWN_LIMIT:
        return wanted
    logger.info(
        "Training in float32: %s takes %.0f times as long here.", wanted, slowdown
    )
    return "float32"


def seconds_per_step(precision: str) -> float:
    """Time a training step, gradients included; the best of three, in seconds."""
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
