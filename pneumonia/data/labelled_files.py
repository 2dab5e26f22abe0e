"""A labelled folder of radiographs: index, checks, split by patient."""

import hashlib
import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pneumonia.data.folders import find_folder, list_radiographs
from pneumonia.errors import DatasetError

logger = logging.getLogger(__name__)

CLASSES = ("NORMAL", "PNEUMONIA")

_SHA256_OF_NOTHING = hashlib.sha256().hexdigest()

# The file names of the Kaggle set. A number is one patient only among names that start
# alike: person5_bacteria and person5_virus are two patients, and so are IM-0033 and
# NORMAL2-IM-0033.
_PNEUMONIA_NAME = re.compile(r"(?P<patient>person\d+_(?P<kind>bacteria|virus))_\d+")
_NORMAL_NAME = re.compile(r"(?P<patient>(NORMAL2-)?IM-\d+)-\d+")
# Those of NIH ChestX-ray.
_NIH_NAME = re.compile(r"(?P<patient>\d{8})_\d{3}$")


@dataclass(frozen=True)
class LabelledFile:
    """One radiograph of a labelled folder.

    Attributes
    ----------
    path : Path
    label : int
        1 for pneumonia, 0 for normal.
    patient : str
        Taken from the file name; the file's digest if the name holds no patient.
    kind : str or None
        ``"normal"``, ``"bacteria"`` or ``"virus"``; None for a pneumonia whose file
        name does not tell which.
    sha256 : str
        Of the file's bytes.
    """

    path: Path
    label: int
    patient: str
    kind: str | None
    sha256: str


def index_radiographs(folder: Path) -> list[LabelledFile]:
    """List ``folder/NORMAL`` and ``folder/PNEUMONIA``, recursively.

    Two patients who share a file, byte for byte, count as one patient. A split can
    then never separate the copies.

    Parameters
    ----------
    folder : Path
        One split of the Kaggle layout, such as ``chest_xray/train``.

    Returns
    -------
    list of LabelledFile
        Sorted by path, without hidden files, those of the operating system and notes.

    Raises
    ------
    DatasetError
        If a class folder is missing or empty, or holds a file of the other class.
    """
    paths: list[tuple[Path, int]] = []
    for label, name in enumerate(CLASSES):
        found = list_radiographs(find_folder(folder, name))
        if not found:
            raise DatasetError(
                "A labelled folder holds radiographs under NORMAL and PNEUMONIA. "
                f"Received: {folder} without any under {name}."
            )
        paths += [(path, label) for path in found]
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(_sha256, [path for path, _ in paths]))
    by_content: dict[str, LabelledFile] = {}
    files = []
    for (path, label), digest in zip(paths, digests, strict=True):
        patient, kind = _patient_and_kind(path, label)
        # Empty files are alike without being the same picture.
        own = str(path) if digest == _SHA256_OF_NOTHING else digest
        file = LabelledFile(path, label, patient or own, kind, digest)
        twin = by_content.setdefault(own, file)
        if twin.label != label:
            raise DatasetError(
                "A radiograph has one label. Received: the same picture as "
                f"{twin.path} and {path}. Delete the wrong one."
            )
        files.append(file)
    return _join_patients_with_copies(files)


def _join_patients_with_copies(files: Sequence[LabelledFile]) -> list[LabelledFile]:
    """Give patients who share an identical file one name: that of the last of them."""
    keys = [
        key
        for file in files
        for key in (
            file.patient,
            file.patient if file.sha256 == _SHA256_OF_NOTHING else file.sha256,
        )
    ]
    names, numbers = np.unique(keys, return_inverse=True)
    patients, contents = numbers.reshape(-1, 2).T
    edges = (np.ones(len(files), bool), (patients, contents))
    graph = coo_array(edges, shape=(len(names), len(names)))
    _, components = connected_components(graph, directed=False)
    groups = components[patients]
    last = {group: file.patient for group, file in zip(groups, files, strict=True)}
    return [
        replace(file, patient=last[group])
        for group, file in zip(groups, files, strict=True)
    ]


def without_overlap(
    files: Sequence[LabelledFile], others: Mapping[str, Sequence[LabelledFile]]
) -> list[LabelledFile]:
    """Leave out files that share content or patient with another split.

    Otherwise a reported figure would be measured on patients seen in training. A
    warning counts what was left out, by split.

    Parameters
    ----------
    files : sequence of LabelledFile
        The training folder.
    others : mapping of str to sequence of LabelledFile
        The other splits, by name.

    Returns
    -------
    list of LabelledFile
        The files that remain.
    """
    kept = list(files)
    for name, other in others.items():
        taken = {key for file in other for key in (file.sha256, file.patient)}
        overlap = [f for f in kept if f.sha256 in taken or f.patient in taken]
        if overlap:
            logger.warning(
                "%d radiographs of %d patients are also in %s and are left out of "
                "training. The first: %s",
                len(overlap),
                len({file.patient for file in overlap}),
                name,
                overlap[0].path,
            )
            left_out = {file.path for file in overlap}
            kept = [file for file in kept if file.path not in left_out]
    return kept


def split_by_patient(
    files: Sequence[LabelledFile], fractions: Sequence[float], *, seed: int
) -> list[list[LabelledFile]]:
    """Split at random so that all radiographs of a patient stay together.

    Parameters
    ----------
    files : sequence of LabelledFile
    fractions : sequence of float
        Share of the radiographs in the second part, the third and so on. The first
        part gets the rest: ``(0.1, 0.1)`` gives parts of about 80, 10 and 10 %.
    seed : int
        Of the order in which patients are drawn.

    Returns
    -------
    list of list of LabelledFile
        Every kind has about the same share of each part. The files keep their order.

    Raises
    ------
    DatasetError
        If a part would be left without one of the classes.
    """
    strata: dict[str, dict[str, list[LabelledFile]]] = defaultdict(dict)
    for file in files:
        stratum = file.kind or CLASSES[file.label]
        strata[stratum].setdefault(file.patient, []).append(file)
    rng = np.random.default_rng(seed)
    part_of: dict[str, int] = {}
    for stratum in sorted(strata):
        patients = sorted(strata[stratum])
        total = sum(len(group) for group in strata[stratum].values())
        wanted = [fraction * total for fraction in fractions]
        for patient in rng.permutation(patients):
            size = len(strata[stratum][patient])
            part = next((i for i, room in enumerate(wanted) if room >= size), None)
            if part is not None:
                wanted[part] -= size
            part_of.setdefault(str(patient), 0 if part is None else part + 1)
    parts = [
        [file for file in files if part_of[file.patient] == index]
        for index in range(len(fractions) + 1)
    ]
    for part_files in parts:
        counts = Counter(file.label for file in part_files)
        if len(counts) < len(CLASSES):
            raise DatasetError(
                "Every part of a split needs normal and pneumonia radiographs. "
                f"Received: {len(files)} radiographs of "
                f"{len(set(part_of))} patients, too few to split. Add more."
            )
    return parts


def labels_of(files: Sequence[LabelledFile]) -> NDArray[np.int64]:
    """Return labels of shape (N,): 1 for pneumonia, 0 for normal."""
    return np.array([file.label for file in files], np.int64)


def kinds_of(files: Sequence[LabelledFile]) -> NDArray[np.int64]:
    """Return kinds of shape (N,): 0 normal, 1 bacterial, 2 viral, -1 unknown."""
    numbers = {"normal": 0, "bacteria": 1, "virus": 2, None: -1}
    return np.array([numbers[file.kind] for file in files], np.int64)


def patients_of(files: Sequence[LabelledFile]) -> NDArray[np.str_]:
    """Return patients of shape (N,)."""
    return np.array([file.patient for file in files], np.str_)


def index_sha256(files: Sequence[LabelledFile]) -> str:
    """Digest a set of radiographs, whatever its folder and its order.

    Parameters
    ----------
    files : sequence of LabelledFile

    Returns
    -------
    str
        SHA-256 over the sorted names, labels and contents.
    """
    rows = sorted((file.path.name, file.label, file.sha256) for file in files)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def describe_files(files: Sequence[LabelledFile]) -> dict[str, Any]:
    """Count ``radiographs``, ``patients`` and either class; and `index_sha256`."""
    labels = labels_of(files)
    return {
        "radiographs": len(files),
        "patients": len({file.patient for file in files}),
        "normal": int((labels == 0).sum()),
        "pneumonia": int((labels == 1).sum()),
        "index_sha256": index_sha256(files),
    }


def patient_in_name(stem: str) -> str | None:
    """Return the patient whom a file name of Kaggle's set or NIH's tells, if any."""
    for pattern in (_NORMAL_NAME, _PNEUMONIA_NAME, _NIH_NAME):
        if match := pattern.match(stem):
            return match["patient"]
    return None


def _patient_and_kind(path: Path, label: int) -> tuple[str | None, str | None]:
    if label == 0:
        match = _NORMAL_NAME.match(path.stem)
        return (match["patient"] if match else None), "normal"
    match = _PNEUMONIA_NAME.match(path.stem)
    return (match["patient"], match["kind"]) if match else (None, None)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
