"""Measure the whole gate: what of each kind of picture it admits, and why not the rest.

The kinds are made from radiographs nothing was fitted on, and read from whatever
folders of other pictures are at hand; those should be real.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.gate.checks import check_image, check_metadata
from pneumonia.gate.features import describe
from pneumonia.gate.view_classifier import Recogniser
from pneumonia.perturbations.corruptions import SHIFTS
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.sentences import Repair
from pneumonia.statistics.intervals import clopper_pearson

Kind = Iterable[Radiograph | UnsupportedRadiographError]

# Folders of pictures that are no part of the data, where there are any.
_PROBES: Final = (
    "native_resolution",
    "adults_nih",
    "dicom/chest",
    "dicom/not_chest",
    "not_frontal_chest/lateral",
    "not_frontal_chest/brain_mri",
    "not_frontal_chest/chest_ct",
)


def kinds_to_measure(
    squares: NDArray[np.uint8], probes: Path | None
) -> Iterator[tuple[str, Kind]]:
    """Name and give every kind of picture there is to measure.

    Parameters
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)
        Radiographs that nothing was fitted on: given as they are, turned and inverted,
        and under every named shift.
    probes : Path or None
        Whose folders of other pictures are read.

    Yields
    ------
    kind : str
    pictures : iterable of Radiograph
        An error stands for what the reader refuses; what it cannot read is left out.
    """
    radiographs = [Radiograph(s[..., 0], sha256="", format="PNG") for s in squares]
    yield "internal test", radiographs
    for repair in get_args(Repair):
        kind = repair.replace("rotate_", "turned by ").replace("invert", "inverted")
        yield f"internal test, {kind}", [apply_repair(r, repair) for r in radiographs]
    for name, change in {**SHIFTS, **DEVICES}.items():
        changed = [change(square[..., 0]) for square in squares]
        yield (
            f"internal test, {name}",
            [Radiograph(pixels, sha256="", format="PNG") for pixels in changed],
        )
    for folder in _PROBES:
        if probes and (probes / folder).is_dir():
            yield folder.replace("_", " "), _read_all(probes / folder)


def measure_gate(
    gate: Mapping[str, Any],
    kinds: Iterable[tuple[str, Kind]],
    *,
    side: int,
) -> list[dict[str, Any]]:
    """Count what the gate admits, and why it refuses the rest.

    Parameters
    ----------
    gate : mapping
        As `pneumonia.gate.fitting.fit_gate` returns it.
    kinds : iterable of (str, iterable of Radiograph)
        As from `kinds_to_measure`.
    side : int
        Of the network's square, in pixels.

    Returns
    -------
    list of dict
        For each ``kind`` that holds a picture ``n``, ``admitted`` (a share) with its
        95 % interval after Clopper and Pearson ``admitted_ci``, and ``refused``, counts
        by code.
    """
    recogniser = Recogniser.from_card(gate)
    table = []
    for kind, pictures in kinds:
        codes = Counter(_code(item, recogniser, side) for item in pictures)
        total, admitted = codes.total(), codes.pop(None, 0)
        if total:
            table.append(
                {
                    "kind": kind,
                    "n": total,
                    "admitted": admitted / total,
                    "admitted_ci": list(clopper_pearson(admitted, total)),
                    "refused": {
                        str(code): count for code, count in sorted(codes.items())
                    },
                }
            )
    return table


def _read_all(folder: Path) -> Iterator[Radiograph | UnsupportedRadiographError]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            try:
                yield read_radiograph(path.read_bytes())
            except UnsupportedRadiographError as error:
                yield error
            except UnreadableRadiographError:
                continue


def _code(
    item: Radiograph | UnsupportedRadiographError, recogniser: Recogniser, side: int
) -> str | None:
    if isinstance(item, UnsupportedRadiographError):
        return item.code
    try:
        check_metadata(item)
        features = describe(to_model_input(item, (side, side, 1))[..., 0])
        check_image(item, features, recogniser)
    except UnsupportedRadiographError as error:
        return error.code
    return None
