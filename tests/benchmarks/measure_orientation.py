"""Tell what is done with each orientation that a DICOM file can state.

A phantom is stored in the eight orientations at right angles, each is read, checked by
the metadata gate, and repaired as it offers: does every pixel then lie as in the
upright picture?
"""

import itertools
from typing import Any

import dicom_files as files
import numpy as np

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.gate.checks import check_metadata
from pneumonia.phantom import draw_phantom
from pneumonia.reading.orientation import apply_repair, find_repair
from pneumonia.reading.radiograph import read_radiograph

UPRIGHT = draw_phantom((96, 80), seed=1)


def measure() -> list[dict[str, Any]]:
    """Return one row for each of the eight orientations at right angles."""
    rows = []
    for turned, mirrored in itertools.product(range(4), (False, True)):
        stored = UPRIGHT[:, ::-1] if mirrored else UPRIGHT
        row, column = ("R" if mirrored else "L"), "F"
        for _ in range(turned):  # clockwise: what led down now leads left
            row, column = {"L": "R", "R": "L", "H": "F", "F": "H"}[column], row
        stored = np.rot90(stored, -turned)
        radiograph = read_radiograph(
            files.build(stored, PatientOrientation=[row, column])
        )
        try:
            codes = [notice.code for notice in check_metadata(radiograph).warnings]
            done = "read, with a warning" if "mirrored" in codes else "read"
        except UnsupportedRadiographError as error:
            done = f"refused ({error.code})"
        repair = find_repair(row, column)
        repaired = apply_repair(radiograph, repair) if repair else radiograph
        rows.append(
            {
                "rows_lead_to": row,
                "columns_lead_to": column,
                "done": done,
                "repair": repair,
                "restored": np.array_equal(repaired.pixels, UPRIGHT),
            }
        )
    return rows
