"""Which radiographs train a network, which validate it and which test it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pneumonia.data import labelled_files
from pneumonia.data.folders import find_folder
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.squares import load_squares
from pneumonia.errors import DatasetError

# The official train folder is split by patient into these. Epochs and thresholds are
# chosen on validation; nothing is chosen on the internal test.
TRAIN_PARTS = ("training", "validation", "internal_test")
VALIDATION_SHARE = 0.1
INTERNAL_TEST_SHARE = 0.1
# One split for every run: runs can be compared, and no run trains on the internal test.
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class Part:
    """Radiographs with one purpose.

    Attributes
    ----------
    files : sequence of LabelledFile, length N
    squares : ndarray of uint8, shape (N, S, S, 1)
        The files' pixels as the network sees them.
    """

    files: Sequence[LabelledFile]
    squares: NDArray[np.uint8]

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """1 for pneumonia, 0 for normal; shape (N,)."""
        return labelled_files.labels_of(self.files)

    @cached_property
    def kinds(self) -> NDArray[np.int64]:
        """0 for normal, 1 for bacterial, 2 for viral, -1 for unknown; shape (N,)."""
        return labelled_files.kinds_of(self.files)

    @cached_property
    def patients(self) -> NDArray[np.str_]:
        """Shape (N,)."""
        return labelled_files.patients_of(self.files)


def split_train(data: Path) -> dict[str, Sequence[LabelledFile]]:
    """Split a data set by patient.

    Parameters
    ----------
    data : Path
        As for `read_parts`.

    Returns
    -------
    dict of str to sequence of LabelledFile
        As of `read_parts`.

    Raises
    ------
    DatasetError
        If a part lacks a class.
    """
    others = {
        name: labelled_files.index_radiographs(folder)
        for name in ("val", "test")
        if (folder := find_folder(data, name)).is_dir()
    }
    train = labelled_files.without_overlap(
        labelled_files.index_radiographs(find_folder(data, "train")), others
    )
    split = labelled_files.split_by_patient(
        train, (VALIDATION_SHARE, INTERNAL_TEST_SHARE), seed=SPLIT_SEED
    )
    files: dict[str, Sequence[LabelledFile]] = dict(
        zip(TRAIN_PARTS, split, strict=True)
    )
    if "val" in others:
        files["official_val"] = others["val"]
    return files


def read_parts(data: Path, side: int, *, skip_unreadable: bool) -> dict[str, Part]:
    """Split a data set by patient and decode every radiograph once.

    Parameters
    ----------
    data : Path
        Holds ``train`` and, optionally, ``val`` and ``test``. Patients of ``val`` and
        ``test`` are left out of training; ``test`` is used for nothing else.
    side : int
        Of the square that the network sees, in pixels.
    skip_unreadable : bool
        Leave out files that cannot be read, with a warning, instead of failing.

    Returns
    -------
    dict of str to Part
        ``training``, ``validation``, ``internal_test`` and, if there is a folder
        ``val``, ``official_val``.

    Raises
    ------
    DatasetError
        If a part lacks a class or a radiograph cannot be read.
    """
    files = split_train(data)
    parts = {
        name: Part(*load_squares(part, side, skip_unreadable=skip_unreadable))
        for name, part in files.items()
    }
    for name, part in parts.items():
        if set(part.labels.tolist()) != {0, 1}:
            raise DatasetError(
                "Every part needs normal and pneumonia radiographs that can be read. "
                f"Received: {len(part.labels)} in {name}, not of both classes."
            )
    return parts
