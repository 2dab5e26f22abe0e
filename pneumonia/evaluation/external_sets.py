"""Radiographs outside the partitions: native files of known copies, and adults.

None is needed to train or to measure; what they say is added where they are at hand.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.model.prediction import predict_logits
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.statistics.calibration import Calibration, probability
from pneumonia.statistics.intervals import (
    draw_patients,
    percentiles,
    proportion_interval,
)

NATIVE_FOLDER, ADULTS_FOLDER = "native_resolution", "adults_nih"


def measure_probes(
    model: keras.Model,
    folder: Path,
    scored: Mapping[str, tuple[Sequence[LabelledFile], NDArray[np.float64]]],
    line: Calibration,
    *,
    threshold: float,
) -> dict[str, Any]:
    """Score whichever probes a folder holds.

    Parameters
    ----------
    model : keras.Model
    folder : Path
        With ``native_resolution/{NORMAL,PNEUMONIA}``, files named as their copies in
        the train folder, or ``adults_nih``, unlabelled, or both.
    scored : mapping of str to (sequence of LabelledFile, ndarray of shape (N,))
        The partitions' files and scores, among them the copies.
    line : Calibration
    threshold : float

    Returns
    -------
    dict
        ``native_copies``: ``n``, ``partitions`` (how many of each),
        ``mean_change`` (absolute, of the score against the copy's) with its interval,
        ``largest_change`` and ``flags_changed``. ``adults``: ``n``, ``patients``,
        ``flagged`` (a share) with its interval, and ``quartiles`` of the scores.

    Raises
    ------
    DatasetError
        If the folder holds neither, or a file cannot be read.
    """
    found = {}
    side = model.input_shape[1]
    if (folder / NATIVE_FOLDER).is_dir():
        natives = labelled_files.index_radiographs(folder / NATIVE_FOLDER)
        copies = {
            (file.path.name, file.label): (part, score)
            for part, (files, scores) in scored.items()
            for file, score in zip(files, scores, strict=True)
        }
        natives = [f for f in natives if (f.path.name, f.label) in copies]
        if not natives:
            raise DatasetError(
                f"Files in {NATIVE_FOLDER} are named as their copies in train. "
                f"Received: {folder} with none of these names."
            )
        _, squares = labelled_files.load_squares(natives, side)
        pairs = [copies[file.path.name, file.label] for file in natives]
        found["native_copies"] = _compare(
            probability(predict_logits(model, squares), line),
            np.array([score for _, score in pairs]),
            labelled_files.patients_of(natives),
            threshold=threshold,
        )
        names = [part for part, _ in pairs]
        found["native_copies"]["partitions"] = {
            part: names.count(part) for part in sorted(set(names))
        }
    if (folder / ADULTS_FOLDER).is_dir():
        squares, patients = read_adults(folder, side)
        scores = probability(predict_logits(model, squares), line)
        flagged = scores >= threshold
        found["adults"] = {
            "n": len(scores),
            "patients": len(set(patients.tolist())),
            "flagged": float(flagged.mean()),
            "flagged_ci": proportion_interval(flagged, patients),
            "quartiles": np.percentile(scores, [25, 50, 75]).tolist(),
        }
    if not found:
        raise DatasetError(
            f"A folder of probes holds {NATIVE_FOLDER} or {ADULTS_FOLDER}. "
            f"Received: {folder} without either."
        )
    return found


def read_adults(folder: Path, side: int) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Read the adults of a folder of probes.

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
    squares = np.stack([_read(path, side) for path in paths])
    # NIH's file names begin with the patient's number.
    return squares, np.array([path.name.partition("_")[0] for path in paths])


def _compare(
    native: NDArray[np.float64],
    copy: NDArray[np.float64],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Any]:
    change = np.abs(native - copy)
    drawn = [float(change[rows].mean()) for rows in draw_patients(patients)]
    return {
        "n": len(change),
        "mean_change": float(change.mean()),
        "mean_change_ci": list(percentiles(drawn)),
        "largest_change": float(change.max()),
        "flags_changed": int(((native >= threshold) != (copy >= threshold)).sum()),
    }


def _read(path: Path, side: int) -> NDArray[np.uint8]:
    try:
        return to_model_input(read_radiograph(path.read_bytes()), (side, side, 1))
    except RadiographError as error:
        raise DatasetError(
            f"The probe {path} cannot be read: {error} Take it out of the folder."
        ) from error
