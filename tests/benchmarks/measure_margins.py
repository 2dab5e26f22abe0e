"""Measure what plain margins around radiographs change.

Radiographs of the internal test are scored as they are, and again with margins of 3 to
20 % of a side, white, black and mid-grey, on 1, 2 and 4 sides, saved as JPEG. How much
is cropped from the radiographs as they are is counted too.
"""

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.data.partitions import split_train
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.network import Network
from pneumonia.model.weights import DEFAULT_WEIGHTS, WEIGHTS_FOLDER, load_weights
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.statistics.calibration import Calibration, probability

WIDTHS = (0.03, 0.06, 0.10, 0.20)
LEVELS = {"white": 255, "black": 0, "grey": 128}
SIDES = {1: (0, 0, 1, 0), 2: (0, 0, 1, 1), 4: (1, 1, 1, 1)}


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


def measure(data: Path) -> dict[str, Any]:
    """Return the rows of the table, and how much is cropped from unchanged radiographs.

    Parameters
    ----------
    data : Path
        Holds ``chest_xray``.
    """
    weights = load_weights(DEFAULT_WEIGHTS)
    calibration = Calibration(weights.card["temperature"], weights.card["bias"])
    threshold = weights.card["operating_points"]["balanced"]["threshold"]
    finder = load_lung_finder(WEIGHTS_FOLDER)
    network = Network(weights.model, finder, weights.card["on_lungs"])

    def score(radiographs: Iterable[Radiograph]) -> NDArray[np.float64]:
        shape = (network.picture_side, network.picture_side, 1)
        pictures = np.stack([to_model_input(each, shape) for each in radiographs])
        return np.asarray(probability(network.logits(pictures), calibration))

    files = split_train(data / "chest_xray")["internal_test"]
    originals = [read_radiograph(file.path.read_bytes()) for file in files]
    greys = [to_8_bit(each) for each in originals]
    usual = score(originals)
    rows = []
    kinds = list(itertools.product(WIDTHS, LEVELS, SIDES))
    for width, colour, sides in tqdm(kinds, "Margins"):
        scores = score(
            with_margin(grey, width, LEVELS[colour], SIDES[sides]) for grey in greys
        )
        change = np.abs(scores - usual)
        flags = ((scores >= threshold) != (usual >= threshold)).sum()
        rows.append(
            {
                "width": width,
                "colour": colour,
                "sides": sides,
                "n": len(usual),
                "mean_change": float(change.mean()),
                "largest_change": float(change.max()),
                "flags_changed": int(flags),
            }
        )
    lost = np.array([loss(each) for each in originals])
    levels = [
        float(np.median(grey))
        for grey, share in zip(outside(originals), lost, strict=True)
        if share > 0.02
    ]
    return {
        "weights": weights.card["name"],
        "margins": rows,
        "cropped_as_they_are": len(levels),
        "most_cropped": float(lost.max()),
        "lightest_cropped": max(levels, default=0.0),
    }


def outside(radiographs: Iterable[Radiograph]) -> Iterator[NDArray[np.uint8]]:
    """Give the grey levels that are cropped from each radiograph."""
    for each in radiographs:
        grey = to_8_bit(each)
        within = np.zeros(grey.shape, bool)
        each.frame.cut(within)[:] = True
        yield grey[~within]


def loss(radiograph: Radiograph) -> float:
    """Return the larger share of height and width that is cropped."""
    rows, columns = radiograph.pixels.shape
    height, width = radiograph.frame.shape
    return float(1 - min(height / rows, width / columns))
