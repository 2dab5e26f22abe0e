"""What the radiographs of validation are like, for the audit record to compare with.

Each file is read, judged by the gate and cut as the page does it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pneumonia.card.sections import Inputs, Moments, MomentsByClass
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import RadiographError
from pneumonia.evaluation.shortcuts import native_sizes
from pneumonia.gate.checks import check_image
from pneumonia.gate.storage import load_gate
from pneumonia.gate.view_classifier import ViewClassifier
from pneumonia.lungs.crop import WHOLE, box_to_see, cut_to_box
from pneumonia.lungs.finder import LungFinder, load_lung_finder
from pneumonia.model import weights
from pneumonia.model.input_statistics import InputStatistics, describe_input
from pneumonia.reading.radiograph import read_radiograph


def measure_inputs(
    files: Sequence[LabelledFile],
    *,
    side: int,
    on_lungs: bool,
    sizes: Path | None = None,
) -> Inputs:
    """Describe radiographs as the page does.

    Parameters
    ----------
    files : sequence of LabelledFile
        Those of validation.
    side : int
        Of the square that the network sees, in pixels.
    on_lungs : bool
        Whether it sees the box of the lungs, or the whole radiograph.
    sizes : Path, optional
        Table of native sizes for `pneumonia.evaluation.shortcuts.native_sizes`, where
        the files are smaller copies.

    Returns
    -------
    Inputs
        Without statistics where fewer than two of a class were admitted.

    Raises
    ------
    DatasetError
        If `sizes` cannot be read.
    WeightsError
        If the gate or the network for the lungs is missing or damaged.
    """
    gate = load_gate(weights.WEIGHTS_FOLDER)
    finder = load_lung_finder(weights.WEIGHTS_FOLDER)
    found = [_describe(it.path, side, on_lungs, gate, finder) for it in files]
    if sizes:
        native = native_sizes(sizes, files)
        width, aspect = native["native_width"], native["native_aspect"]
        found = [
            it and it._replace(size=float(native))
            for it, native in zip(found, width / np.sqrt(aspect), strict=True)
        ]
    by_class: list[list[InputStatistics]] = [
        [
            it
            for it, file in zip(found, files, strict=True)
            if it and file.label == label
        ]
        for label in (0, 1)
    ]
    return {
        "measured_on": "validation",
        "n": len(files),
        "refused": found.count(None),
        "by_statistic": _summarise(*by_class) if min(map(len, by_class)) > 1 else {},
    }


def _describe(
    path: Path, side: int, on_lungs: bool, gate: ViewClassifier, finder: LungFinder
) -> InputStatistics | None:
    """Describe one file; None where it would be refused."""
    try:
        radiograph = read_radiograph(path.read_bytes())
        shown = check_image(radiograph, gate, finder)
    except RadiographError:
        return None
    if shown.picture is None or shown.lungs is None:
        raise ValueError("an admitted radiograph comes with picture and lungs")
    box = box_to_see(shown.lungs) if on_lungs else WHOLE
    seen = cut_to_box(shown.picture, box, side)
    return describe_input(radiograph.pixels.shape, seen, shown.lungs)


def _summarise(
    normal: Sequence[InputStatistics], pneumonia: Sequence[InputStatistics]
) -> dict[str, MomentsByClass]:
    columns = zip(InputStatistics._fields, zip(*normal), zip(*pneumonia))  # noqa: B905
    return {
        name: {"normal": _moments(of_normal), "pneumonia": _moments(of_pneumonia)}
        for name, of_normal, of_pneumonia in columns
    }


def _moments(values: Sequence[float]) -> Moments:
    # A table of native sizes may lack a file.
    return {"mean": float(np.nanmean(values)), "sd": float(np.nanstd(values))}
