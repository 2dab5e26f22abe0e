"""Turns, mirrors and inverts a radiograph when a person asks for it."""

import re
from dataclasses import replace
from typing import Final, cast, get_args

import numpy as np

from pneumonia.reading.dicom_orientation import Direction, mirror, turn
from pneumonia.reading.grey_levels import GreyLevels, ModalityUnits
from pneumonia.reading.radiograph import Radiograph
from pneumonia.reasons.codes import Notice, Repair

_UPRIGHT: Final = ("L", "F")
NOTICES: Final[dict[str, Notice]] = {
    "rotate_90": Notice("turned_clockwise"),
    "rotate_180": Notice("turned_upside_down"),
    "rotate_270": Notice("turned_anticlockwise"),
    "mirror": Notice("mirrored_on_request"),
    "invert": Notice("grey_levels_inverted"),
}


def find_repair(row: Direction, column: Direction) -> Repair | None:
    """Find what makes a frontal radiograph lie as usual.

    Parameters
    ----------
    row, column : {"L", "R", "A", "P", "H", "F"} or None
        Where rows and columns of pixels lead.

    Returns
    -------
    Repair or None
        None where rows lead to the patient's left and columns to the feet, and where
        the directions are unknown or not those of a frontal view.

    References
    ----------
    * DICOM PS3.3, C.7.6.1.1.1
    """
    for quarters in range(4):
        turned = f"rotate_{90 * quarters}_" if quarters else ""
        if (row, column) == _UPRIGHT:
            return cast(Repair, turned.rstrip("_")) if turned else None
        if mirror(row, column) == _UPRIGHT:
            return cast(Repair, f"{turned}mirror")
        row, column = turn(row, column)
    return None


def stated_sides(radiograph: Radiograph) -> tuple[str, str] | None:
    """Name the patient's sides that lie left and right in the picture.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    tuple of str or None
        ``("R", "L")`` as usual; None where the file does not say it.
    """
    said = radiograph.dicom
    if said is None or said.row_direction not in ("L", "R"):
        return None
    return ("R", "L") if said.row_direction == "L" else ("L", "R")


def apply_repair(radiograph: Radiograph, repair: Repair) -> Radiograph:
    """Turn or mirror a radiograph, or invert its grey levels.

    Parameters
    ----------
    radiograph : Radiograph
    repair : Repair
        Turns are clockwise.

    Returns
    -------
    Radiograph
        Of the same file, with a warning that tells what was done. Inverted grey
        levels keep their range, their modality units and the tissue that the window
        shows; a quarter turn also turns the shape of the pixels.

    Raises
    ------
    ValueError
        If there is no such repair.
    """
    if repair not in get_args(Repair):
        raise ValueError(
            f"Repairs are {', '.join(get_args(Repair))}. Received: {repair!r}."
        )
    if repair == "invert":
        return _invert(radiograph)
    for step in re.findall(r"rotate_\d+|mirror", repair):
        radiograph = _turn_or_mirror(radiograph, step)
    return radiograph


def _invert(radiograph: Radiograph) -> Radiograph:
    old = radiograph.pixels
    new: GreyLevels
    # 8 bits are shown from 0 to 255; of 16 bits seldom all are in use.
    if old.dtype == np.uint8:
        ends = 255
        new = np.subtract(np.uint8(255), old, dtype=np.uint8)
    else:
        ends = int(old.min()) + int(old.max())
        new = (ends - old.astype(np.int32)).astype(np.uint16)
    new.flags.writeable = False
    (low, high), units = radiograph.window, radiograph.units
    return replace(
        radiograph,
        pixels=new,
        warnings=(*radiograph.warnings, NOTICES["invert"]),
        window=(ends - high, ends - low),
        units=units
        and ModalityUnits(
            -units.slope, units.intercept + units.slope * ends, units.name
        ),
    )


def _turn_or_mirror(radiograph: Radiograph, step: str) -> Radiograph:
    pixel_shape, said = radiograph.pixel_shape, radiograph.dicom
    directions = (said.row_direction, said.column_direction) if said else (None, None)
    if step == "mirror":
        new = radiograph.pixels[:, ::-1].copy()
        directions = mirror(*directions)
    else:
        quarters = int(step.removeprefix("rotate_")) // 90
        new = np.rot90(radiograph.pixels, -quarters).copy()
        for _ in range(quarters):
            directions, pixel_shape = turn(*directions), pixel_shape.turned()
    new.flags.writeable = False
    return replace(
        radiograph,
        pixels=new,
        warnings=(*radiograph.warnings, NOTICES[step]),
        pixel_shape=pixel_shape,
        dicom=said
        and replace(said, row_direction=directions[0], column_direction=directions[1]),
    )
