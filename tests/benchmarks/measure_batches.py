"""Compare the networks on radiographs one by one and in a batch, by number of threads.

    PYTHONPATH=. python tests/benchmarks/measure_batches.py [--batch 8] [--repeats 8]

Prints the processor's and the clock's milliseconds for a radiograph.
"""

import argparse
import itertools
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parents[1]))
from benchmarks.timing import medians

from pneumonia.lungs.fields import SIDE
from pneumonia.lungs.finder import LUNG_FILES
from pneumonia.lungs.serving import Network
from pneumonia.model.weights import DEFAULT_WEIGHTS, WEIGHTS_FOLDER, load_card


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description="Time networks one by one and batched."
    )
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=8)
    options = parser.parse_args()
    path = WEIGHTS_FOLDER / f"{DEFAULT_WEIGHTS}.keras"
    networks = {
        "lungs": (LUNG_FILES.load(WEIGHTS_FOLDER), (SIDE, SIDE, 1)),
        "classifier": (
            path.with_suffix(".onnx").read_bytes(),
            load_card(path)[0]["input_shape"],
        ),
    }
    drawn = np.random.default_rng(0)
    for name, (file, shape) in networks.items():
        inputs = drawn.uniform(0, 255, (options.batch, *shape)).astype(np.float32)
        by_threads = {it: Network(file, it) for it in (1, os.cpu_count() or 1)}
        ways = {
            f"{name}, {threads} threads, {size} at once": partial(
                run, network, inputs, size
            )
            for (threads, network), size in itertools.product(
                by_threads.items(), (1, options.batch)
            )
        }
        clock, processor = medians(ways, options.repeats)
        for way in ways:
            print(
                f"{way}: processor {1000 * processor[way] / options.batch:.1f} ms, "
                f"clock {1000 * clock[way] / options.batch:.1f} ms"
            )


def run(network: Network, inputs: NDArray[np.float32], size: int) -> None:
    for start in range(0, len(inputs), size):
        network(inputs[start : start + size])


if __name__ == "__main__":
    main()
