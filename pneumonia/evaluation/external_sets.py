"""Radiographs outside the partitions: native files of training copies, and adults.

They are optional: `measure_external_sets` adds those that a folder holds to the report.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumonia.card.sections import Adults, ExternalSets, NativeCopies
from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.squares import load_squares
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.model.network import Network
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.statistics.calibration import Calibration, probability
from pneumonia.statistics.intervals import (
    draw_patients,
    percentiles,
    proportion_interval,
)

NATIVE_FOLDER, ADULTS_FOLDER = "native_resolution", "adults_nih"

# Files and scores, shape (N,), of each partition.
Scored = Mapping[str, tuple[Sequence[LabelledFile], NDArray[np.float64]]]


def measure_external_sets(
    network: Network,
    folder: Path,
    partitions: Scored,
    calibration: Calibration,
    *,
    threshold: float,
) -> ExternalSets:
    """Score the external sets that a folder holds.

    Parameters
    ----------
    network : Network
    folder : Path
        With ``native_resolution/{NORMAL,PNEUMONIA}``, files named as their copies in
        the train folder, or ``adults_nih``, unlabelled, or both.
    partitions : mapping of str to (sequence of LabelledFile, ndarray of shape (N,))
        Files and scores of the partitions, among them the copies.
    calibration : Calibration
    threshold : float
        In [0, 1].

    Returns
    -------
    ExternalSets

    Raises
    ------
    DatasetError
        If the folder holds neither, or a file cannot be read.
    """
    found: ExternalSets = {}
    side = network.picture_side
    if (folder / NATIVE_FOLDER).is_dir():
        natives, copies = _find_copies(folder, partitions)
        _, squares = load_squares(natives, side)
        found["native_copies"] = _compare(
            probability(network.logits(squares), calibration),
            copies,
            labelled_files.patients_of(natives),
            threshold=threshold,
        )
    if (folder / ADULTS_FOLDER).is_dir():
        squares, patients = read_adults(folder, side)
        scores = probability(network.logits(squares), calibration)
        found["adults"] = _describe_adults(scores, patients, threshold=threshold)
    if not found:
        raise DatasetError(
            f"A folder of external sets holds {NATIVE_FOLDER} or {ADULTS_FOLDER}. "
            f"Received: {folder} without either."
        )
    return found


def read_adults(folder: Path, side: int) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Read the adults of a folder of external sets.

    Parameters
    ----------
    folder : Path
        With ``adults_nih``.
    side : int
        Of the square, in pixels.

    Returns
    -------
    ndarray of uint8, shape (N, side, side, 1)
    ndarray of str, shape (N,)
        Patients.

    Raises
    ------
    DatasetError
        If a file cannot be read.
    """
    paths = [
        path
        for path in sorted((folder / ADULTS_FOLDER).iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]
    squares = np.stack(
        [read_square(path, side, listed_in="the folder") for path in paths]
    )
    # NIH's file names begin with the patient's number.
    return squares, np.array([path.name.partition("_")[0] for path in paths])


def _find_copies(
    folder: Path, partitions: Scored
) -> tuple[list[LabelledFile], list[tuple[str, float]]]:
    """Pair native files with the partition and the score of their copies."""
    copies = {
        (file.path.name, file.label): (name, float(score))
        for name, (files, scores) in partitions.items()
        for file, score in zip(files, scores, strict=True)
    }
    natives = [
        file
        for file in labelled_files.index_radiographs(folder / NATIVE_FOLDER)
        if (file.path.name, file.label) in copies
    ]
    if not natives:
        raise DatasetError(
            f"Files in {NATIVE_FOLDER} are named as their copies in train. "
            f"Received: {folder} with none of these names."
        )
    return natives, [copies[file.path.name, file.label] for file in natives]


def _compare(
    native: NDArray[np.float64],
    copies: Sequence[tuple[str, float]],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> NativeCopies:
    names = [name for name, _ in copies]
    copy = np.array([score for _, score in copies])
    change = np.abs(native - copy)
    drawn = [float(change[rows].mean()) for rows in draw_patients(patients)]
    return {
        "n": len(change),
        "partitions": {name: names.count(name) for name in sorted(set(names))},
        "mean_change": float(change.mean()),
        "mean_change_ci": list(percentiles(drawn)),
        "largest_change": float(change.max()),
        "flags_changed": int(((native >= threshold) != (copy >= threshold)).sum()),
    }


def _describe_adults(
    scores: NDArray[np.float64], patients: NDArray[np.str_], *, threshold: float
) -> Adults:
    flagged = scores >= threshold
    return {
        "n": len(scores),
        "patients": len(set(patients.tolist())),
        "flagged": float(flagged.mean()),
        "flagged_ci": list(proportion_interval(flagged, patients)),
        "quartiles": np.percentile(scores, [25, 50, 75]).tolist(),
    }


def read_square(path: Path, side: int, *, listed_in: str) -> NDArray[np.uint8]:
    """Read a radiograph to the square that the model sees, shape (side, side, 1).

    Raises
    ------
    DatasetError
        If it cannot be read. The message says what to take it out of.
    """
    try:
        return to_model_input(read_radiograph(path.read_bytes()), (side, side, 1))
    except (OSError, RadiographError) as error:
        raise DatasetError(
            f"The radiograph {path} cannot be read: {error} Take it out of {listed_in}."
        ) from error
