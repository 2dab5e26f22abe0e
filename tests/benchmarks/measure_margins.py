"""Measure what plain margins around radiographs change.

    PYTHONPATH=. python tests/benchmarks/measure_margins.py [--data DIR] [--count N]

Radiographs of the internal test are scored as they are, and again with margins of 3 to
20 % of a side, white, black and mid-grey, on 1, 2 and 4 sides, saved as JPEG. The last
lines tell how much is cropped from the radiographs as they are.
"""

import argparse
import io
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.data.labelled_files import (
    LabelledFile,
    index_radiographs,
    split_by_patient,
    without_overlap,
)
from pneumonia.data.partitions import (
    INTERNAL_TEST_SHARE,
    SPLIT_SEED,
    VALIDATION_SHARE,
)
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.network import Network
from pneumonia.model.weights import DEFAULT_WEIGHTS, WEIGHTS_FOLDER, load_weights
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.statistics.calibration import Calibration, probability

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))
WIDTHS = (0.03, 0.06, 0.10, 0.20)
LEVELS = {"white": 255, "black": 0, "grey": 128}
SIDES = {1: (0, 0, 1, 0), 2: (0, 0, 1, 1), 4: (1, 1, 1, 1)}


def find_internal_test(data: Path) -> list[LabelledFile]:
    """List the radiographs that chose nothing."""
    others = {"val": index_radiographs(data / "val")}
    files = without_overlap(index_radiographs(data / "train"), others)
    shares = (VALIDATION_SHARE, INTERNAL_TEST_SHARE)
    return split_by_patient(files, shares, seed=SPLIT_SEED)[2]


def with_margin(
    grey: NDArray[np.uint8], width: float, level: int, sides: Sequence[int]
) -> Radiograph:
    """Put a margin around a picture and save it as JPEG."""
    margin = round(width * max(grey.shape))
    top, bottom, left, right = (margin * side for side in sides)
    framed = np.pad(grey, ((top, bottom), (left, right)), constant_values=level)
    file = io.BytesIO()
    Image.fromarray(framed).save(file, "JPEG", quality=90)
    return read_radiograph(file.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=BESIDE / "chest_xray")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--weights", default=DEFAULT_WEIGHTS)
    options = parser.parse_args()
    weights = load_weights(options.weights)
    calibration = Calibration(weights.card["temperature"], weights.card["bias"])
    threshold = weights.card["operating_points"]["balanced"]["threshold"]
    finder = load_lung_finder(WEIGHTS_FOLDER)
    network = Network(weights.model, finder, weights.card["on_lungs"])

    def score(radiographs: Iterator[Radiograph]) -> NDArray[np.float64]:
        shape = (network.picture_side, network.picture_side, 1)
        pictures = np.stack([to_model_input(each, shape) for each in radiographs])
        return np.asarray(probability(network.logits(pictures), calibration))

    files = find_internal_test(options.data)
    chosen = np.random.default_rng(0).choice(len(files), options.count, replace=False)
    originals = [read_radiograph(files[index].path.read_bytes()) for index in chosen]
    greys = [to_8_bit(each) for each in originals]
    usual = score(iter(originals))
    print(f"{len(usual)} radiographs of the internal test, {options.weights}")
    print("| margin | colour | sides | mean change | largest | flags changed |")
    print("|---|---|---|---|---|---|")
    for width, colour, count in itertools.product(WIDTHS, LEVELS, SIDES):
        framed = (
            with_margin(grey, width, LEVELS[colour], SIDES[count]) for grey in greys
        )
        scores = score(framed)
        change = np.abs(scores - usual)
        flags = ((scores >= threshold) != (usual >= threshold)).mean()
        print(
            f"| {width:.0%} | {colour} | {count} | {change.mean():.4f} | "
            f"{change.max():.3f} | {flags:.1%} |",
            flush=True,
        )
    lost = np.array([loss(each) for each in originals])
    print(f"cropped by more than 2 % as they are: {(lost > 0.02).mean():.1%}")
    print(f"most cropped: {lost.max():.1%} of a side")


def loss(radiograph: Radiograph) -> float:
    """Return the larger share of height and width that is cropped."""
    rows, columns = radiograph.pixels.shape
    height, width = radiograph.frame.shape
    return float(1 - min(height / rows, width / columns))


if __name__ == "__main__":
    main()
