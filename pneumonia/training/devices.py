"""Every device takes its share of each batch: all of this machine, or of several.

With TensorFlow the devices of one machine train together, with JAX those of several.
Keras' environment variables ``KERAS_DISTRIBUTION_…`` name the machines.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from pneumonia.errors import CheckpointError

_VARIABLES = tuple(
    f"KERAS_DISTRIBUTION_{name}"
    for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")
)
# The others wait so long, in seconds, for the first to measure and publish.
_PATIENCE = 7 * 24 * 3600


@dataclass(frozen=True)
class Devices:
    """Those that train together.

    Attributes
    ----------
    kind : str
        ``"CPU"``, ``"GPU"`` or ``"TPU"``.
    count : int
        Over all machines.
    machines : int
    machine : int
        Which of them this process is; from 0.
    """

    kind: str = "CPU"
    count: int = 1
    machines: int = 1
    machine: int = 0

    def pad(self, rows: int) -> int:
        """Raise the size of a batch so that every device gets equally much."""
        return rows + -rows % self.count

    def share(self, rows: int) -> slice:
        """Return what this process makes of a batch that was padded."""
        each = rows // self.machines
        return slice(self.machine * each, (self.machine + 1) * each)

    def __str__(self) -> str:
        """Describe them for the log and the card."""
        cores = f"{os.cpu_count()} CPU cores"
        if self.machines > 1:
            return f"{self.count} {self.kind}s of {self.machines} machines"
        if self.count > 1:
            return f"{self.count} {self.kind}s, {cores}"
        return cores if self.kind == "CPU" else f"1 {self.kind}, {cores}"


ONE_DEVICE = Devices()


def is_chief() -> bool:
    """Tell whether this process writes and publishes: the only one, or the first."""
    return int(os.environ.get(_VARIABLES[2], 0)) == 0


def join() -> None:
    """Join the other machines, if the environment names any; before all computing.

    Raises
    ------
    CheckpointError
        If the backend is not JAX, or the environment is incomplete.
    """
    import keras

    given = [os.environ.get(name) for name in _VARIABLES]
    if not any(given):
        return
    if not all(given) or keras.backend.backend() != "jax":
        raise CheckpointError(
            "Several machines train together with KERAS_BACKEND=jax and all of "
            f"{', '.join(_VARIABLES)}. Received: the backend "
            f"{keras.backend.backend()} and {', '.join(map(str, given))}."
        )
    import jax

    addresses, number, own = map(str, given)
    # Not `keras.distribution.initialize`: it lets nobody wait for longer than minutes.
    jax.distributed.initialize(
        addresses.split(",")[0],
        int(number),
        int(own),
        shutdown_timeout_seconds=_PATIENCE,
    )


def find_devices() -> Devices:
    """Find the devices that Keras' backend can use together."""
    import keras

    if keras.backend.backend() not in ("tensorflow", "jax"):
        return ONE_DEVICE
    names = keras.distribution.list_devices()
    kind = names[0].split(":")[0].upper()
    if keras.backend.backend() == "tensorflow":
        return Devices(kind, len(names))
    import jax

    return Devices(kind, len(names), jax.process_count(), jax.process_index())


def mirrored(devices: Devices) -> AbstractContextManager[Any]:
    """Copy the network that is built inside to every device, under TensorFlow."""
    import keras

    if devices.count == 1 or keras.backend.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    names = [f"/{name}" for name in keras.distribution.list_devices()]
    scope: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(names).scope()
    return scope


def shared(devices: Devices) -> AbstractContextManager[Any]:
    """Let the networks inside be trained on the shares of all, under JAX."""
    import keras

    if devices.count == 1 or keras.backend.backend() != "jax":
        return nullcontext()
    scope: AbstractContextManager[Any] = keras.distribution.DataParallel(
        auto_shard_dataset=False
    ).scope()
    return scope


@contextmanager
def alone() -> Iterator[None]:
    """Let this process predict and write for itself within `shared`."""
    import keras

    usual = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(usual)


def agree(number: float, devices: Devices) -> float:
    """Return the first machine's number on all, once all have come here."""
    if devices.machines == 1:
        return number
    from jax.experimental import multihost_utils

    return float(multihost_utils.broadcast_one_to_all(np.float32(number)))
