"""Compare an epoch of train.py with the same model fitted on tensors in memory.

    PYTHONPATH=. python tests/benchmarks/bench_training.py [--architecture ensemble]

Draws phantoms, writes them as JPEG and reads them as train.py does. Then times, in
turns, steps through `TrainingBatches` and the same steps of an equal model, with the
same augmentation, on a tensor that is in memory already. Prints the ratio of the two,
with the time to read the files spread over the epochs of the recipe's first trunk.
"""

import argparse
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from pneumonia.data import labelled_files
from pneumonia.data.squares import load_squares
from pneumonia.model.architectures import build_model
from pneumonia.phantom import draw_phantom
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import Batch, LabelledPictures, TrainingBatches
from pneumonia.training.recipes import RECIPES


class InMemory(keras.utils.PyDataset):  # type: ignore[misc]
    """The simplest stream of augmented batches of a tensor in memory.

    It augments within ``fit``, as `TrainingBatches` does, so that both overlap with
    the work of the network.
    """

    def __init__(
        self,
        data: LabelledPictures,
        channels: int,
        batch_size: int,
        augmentation: Augmentation,
        *,
        seed: int,
    ) -> None:
        super().__init__()
        self._inputs = np.repeat(data.pictures, channels, axis=-1)
        self._targets = data.labels[:, np.newaxis].astype(np.float32)
        self._batch_size = batch_size
        self._augmentation = augmentation
        self._seed = seed

    def __len__(self) -> int:
        return len(self._inputs) // self._batch_size

    def __getitem__(self, index: int) -> Batch:
        rng = np.random.default_rng((self._seed, index))
        rows = slice(index * self._batch_size, (index + 1) * self._batch_size)
        inputs = self._inputs[rows].copy()
        for square in inputs:
            change = self._augmentation.draw(rng, square.shape[0])
            square[:] = change(square[..., 0])[..., np.newaxis]
        return inputs, self._targets[rows], np.ones(self._batch_size, np.float32)


def compiled(architecture: str, precision: str) -> keras.Model:
    keras.config.set_dtype_policy(precision)
    model = build_model(architecture)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    return model


def read_phantoms(
    folder: Path, count: int, side: int
) -> tuple[LabelledPictures, float]:
    """Write and read files; returns them and the seconds that reading took."""
    for index in range(count):
        name = labelled_files.CLASSES[index % 2]
        (folder / name).mkdir(exist_ok=True)
        picture = draw_phantom((224, 224), consolidation=index % 2 == 1, seed=index)
        Image.fromarray(picture).save(folder / name / f"{index}.jpeg", quality=75)
    started = time.perf_counter()
    files, squares = load_squares(labelled_files.index_radiographs(folder), side)
    seconds = time.perf_counter() - started
    return LabelledPictures(squares, labelled_files.labels_of(files)), seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", choices=list(RECIPES), default="ensemble")
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=16)
    arguments = parser.parse_args()
    batch_size = arguments.batch_size
    trunk = RECIPES[arguments.architecture].altered(batch_size=batch_size).trunks[0]
    ours, theirs = (compiled(trunk.architecture, trunk.precision) for _ in range(2))
    side, _, channels = ours.input_shape[1:]
    count = arguments.steps * batch_size
    with tempfile.TemporaryDirectory() as folder:
        data, reading = read_phantoms(Path(folder), count, side)

    def through_the_pipeline(number: int) -> None:
        batches = TrainingBatches(
            data,
            trunk,
            ours.input_shape[1:],
            seed=0,
            first_step=number * arguments.steps,
        )
        ours.fit(batches, steps_per_epoch=arguments.steps, shuffle=False, verbose=0)

    def on_tensors_in_memory(number: int) -> None:
        theirs.fit(
            InMemory(data, channels, batch_size, trunk.augmentation, seed=number),
            shuffle=False,
            verbose=0,
        )

    seconds: dict[str, list[float]] = {"pipeline": [], "memory": []}
    for number in range(arguments.rounds + 1):
        runs = [("pipeline", through_the_pipeline), ("memory", on_tensors_in_memory)]
        for name, run in runs if number % 2 else reversed(runs):
            started = time.perf_counter()
            run(number)
            if number:  # the first round traces the graph
                seconds[name].append(time.perf_counter() - started)
    pipeline, memory = (float(np.median(seconds[name])) for name in seconds)
    ratios = [p / m for p, m in zip(*seconds.values(), strict=True)]
    share = reading / trunk.epochs
    print(
        f"{trunk.architecture}, {trunk.precision}, {arguments.rounds} rounds of "
        f"{arguments.steps} steps of {batch_size}: an epoch costs "
        f"{(pipeline + share) / memory:.3f} times that on tensors in memory "
        f"({pipeline / memory:.3f} without the reading; by round "
        f"{min(ratios):.3f} to {max(ratios):.3f})."
    )


if __name__ == "__main__":
    main()
