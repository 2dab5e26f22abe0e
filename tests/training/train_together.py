"""Train a tiny network in a process of its own, and leave what came of it in a folder.

It is stopped in its second epoch and continued. Called with the folder, the number of
logical devices, and whether the network has batch normalisation.
"""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from fixtures_training import TURNING, Runner, make_trunk, stop_in_step
from phantoms import draw_squares

from pneumonia.model import architectures
from pneumonia.training import callbacks
from pneumonia.training.batches import LabelledPictures
from pneumonia.training.checkpoints import write_checkpoint
from pneumonia.training.devices import find_devices, is_chief, join

FOLDER, LOGICAL, NORMALISED = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "yes"


def build() -> keras.Model:
    inputs = keras.Input((32, 32, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(4, 3, strides=2, activation="tanh")(x)
    if NORMALISED:
        x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def main() -> None:
    if LOGICAL > 1:
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        parts = [tf.config.LogicalDeviceConfiguration()] * LOGICAL
        tf.config.set_logical_device_configuration(cpu, parts)
    join()
    devices = find_devices()
    parameters: list[Any] = []
    written: list[int] = []
    patch = pytest.MonkeyPatch()
    patch.setitem(architectures.ARCHITECTURES, "tiny", build)
    end = callbacks.EpochRecord.on_epoch_end

    def count(model: keras.Model, run: Any, state: Any, folder: Path) -> None:
        written.append(state.epoch)
        write_checkpoint(model, run, state, folder)

    def keep(record: Any, epoch: int, logs: Any = None) -> None:
        end(record, epoch, logs)
        parameters[:] = record.model.get_weights()

    patch.setattr(callbacks, "write_checkpoint", count)
    patch.setattr(callbacks.EpochRecord, "on_epoch_end", keep)
    # Of one class more than of the other. Two cannot share 7; batch normalisation
    # would see what fills such a batch up.
    run = Runner(
        LabelledPictures(draw_squares(24), (np.arange(24) % 3 > 0).astype(int))
    )
    trunk = make_trunk(
        batch_size=8 if NORMALISED else 7,
        epochs=2,
        augmentation=TURNING,
        weight_decay=0.1,
        patience=None,
    )
    with pytest.MonkeyPatch.context() as stopping:
        stop_in_step(stopping, 4)
        with pytest.raises(KeyboardInterrupt):
            run(FOLDER / "checkpoints", trunk)
    fitted = run(FOLDER / "checkpoints", trunk, resume=True)
    np.savez(FOLDER / f"parameters-{devices.machine}", *parameters)
    told = {
        "devices": [devices.count, devices.machines, str(devices)],
        "chief": is_chief(),
        "written": written,
        "history": fitted.history,
    }
    (FOLDER / f"told-{devices.machine}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
