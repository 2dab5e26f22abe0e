"""Turns and inverts a refused radiograph when a person asks for it."""

from dataclasses import replace
from typing import Final, get_args

import numpy as np

from pneumonia.reading.grey_levels import GreyLevels, ModalityUnits
from pneumonia.reading.radiograph import Radiograph
from pneumonia.sentences import Notice, Repair

NOTICES: Final[dict[Repair, Notice]] = {
    "rotate_90": Notice("turned_clockwise"),
    "rotate_180": Notice("turned_upside_down"),
    "rotate_270": Notice("turned_anticlockwise"),
    "invert": Notice("grey_levels_inverted"),
}


def apply_repair(radiograph: Radiograph, repair: Repair) -> Radiograph:
    """Turn a radiograph or invert its grey levels.

    Parameters
    ----------
    radiograph : Radiograph
    repair : {"rotate_90", "rotate_180", "rotate_270", "invert"}
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
    old = radiograph.pixels
    new: GreyLevels
    window, units = radiograph.window, radiograph.units
    pixel_shape = radiograph.pixel_shape
    if repair == "invert":
        # 8 bits are shown from 0 to 255; of 16 bits seldom all are in use.
        if old.dtype == np.uint8:
            ends = 255
            new = np.subtract(np.uint8(255), old, dtype=np.uint8)
        else:
            ends = int(old.min()) + int(old.max())
            new = (ends - old.astype(np.int32)).astype(np.uint16)
        window = (ends - window[1], ends - window[0])
        units = units and ModalityUnits(
            -units.slope, units.intercept + units.slope * ends, units.name
        )
    else:
        quarters = int(repair.removeprefix("rotate_")) // 90
        new = np.rot90(old, -quarters).copy()
        if quarters % 2:
            pixel_shape = pixel_shape.turned()
    new.flags.writeable = False
    return replace(
        radiograph,
        pixels=new,
        warnings=(*radiograph.warnings, NOTICES[repair]),
        window=window,
        units=units,
        pixel_shape=pixel_shape,
    )
