"""Fit the image gate of published weights, and measure it on real pictures.

    python tests/benchmarks/measure_gate.py ../shared/data --weights resnet --fit

Prints what of each kind is admitted, with 95 % intervals; with ``--fit`` the gate is
fitted on ``chest_xray/train`` first, and gate and table are written to the card; with
``--gate-of NAME`` the gate of other weights is taken, which saves fitting it again.
Folders that are not there are left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from pneumonia import dataset, gate_fitting, weights
from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.radiograph import Radiograph, read_radiograph
from pneumonia.repair import apply_repair
from pneumonia.shifts import SHIFTS

_FOLDERS = (
    "chest_xray/val",
    "native_resolution",
    "adults_nih",
    "dicom/chest",
    "dicom/not_chest",
    "not_frontal_chest/lateral",
    "not_frontal_chest/brain_mri",
    "not_frontal_chest/chest_ct",
)
_TURNS = ("rotate_90", "rotate_180", "rotate_270", "invert")
# As train.py splits the training folder.
_SHARES, _SPLIT_SEED = (0.1, 0.1), 0


def read_all(folder: Path) -> list[Radiograph | UnsupportedRadiographError]:
    """Read what a folder holds; a refusal by the reader is kept as such."""
    found: list[Radiograph | UnsupportedRadiographError] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            found.append(read_radiograph(path.read_bytes()))
        except UnsupportedRadiographError as error:
            found.append(error)
        except UnreadableRadiographError:
            sys.stderr.write(f"unreadable in {folder.name}: one file\n")
    return found


def kinds_of(data: Path, squares: np.ndarray) -> Iterator[tuple[str, list]]:
    """Yield every kind's name and its pictures."""
    internal = [Radiograph(s[..., 0], sha256="", format="PNG") for s in squares]
    yield "internal test", internal
    for repair in _TURNS:
        yield f"internal test, {repair}", [apply_repair(r, repair) for r in internal]
    for name, shift in SHIFTS.items():
        yield (
            f"internal test, {name}",
            [replace(r, pixels=shift(r.pixels)) for r in internal],
        )
    for folder in _FOLDERS:
        if (data / folder).is_dir():
            yield folder, read_all(data / folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", default=weights.DEFAULT_WEIGHTS)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--fit", action="store_true")
    how.add_argument("--gate-of", metavar="NAME")
    options = parser.parse_args()
    card, path = weights.load_card(options.weights)
    side = card["input_shape"][0]
    folder = options.data / "chest_xray"
    others = {"val": dataset.index_radiographs(folder / "val")}
    files = dataset.without_overlap(dataset.index_radiographs(folder / "train"), others)
    split = dataset.split_by_patient(files, _SHARES, seed=_SPLIT_SEED)
    wanted = split if options.fit else split[2:]
    parts = [dataset.load_squares(part, side)[1] for part in wanted]
    if options.fit:
        card["gate"] = gate_fitting.fit_gate(parts[0], parts[1], seed=0)
    elif options.gate_of:
        card["gate"] = weights.load_card(options.gate_of)[0]["gate"]
    kinds = dict(kinds_of(options.data, parts[-1]))
    table = gate_fitting.measure_gate(card["gate"], kinds, side=side)
    for kind, row in table.items():
        low, high = row["admitted_ci"]
        sys.stdout.write(
            f"{kind:45} {row['admitted']:4} of {row['n']:4} admitted "
            f"({low:.3f} to {high:.3f}) {json.dumps(row['refused'])}\n"
        )
    if options.fit or options.gate_of:
        card["gate_measured"] = table
        weights.save_card(path, card)


if __name__ == "__main__":
    main()
