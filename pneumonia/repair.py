"""What would make a refused radiograph readable, done when a person asks for it."""

from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np

from pneumonia.greyscale import ModalityUnits
from pneumonia.radiograph import Radiograph

# Turns are clockwise, in degrees.
Repair = Literal["rotate_90", "rotate_180", "rotate_270", "invert"]

WARNINGS: Final[dict[Repair, str]] = {
    "rotate_90": "The radiograph was turned clockwise by 90° on request.",
    "rotate_180": "The radiograph was turned by 180° on request.",
    "rotate_270": "The radiograph was turned anticlockwise by 90° on request.",
    "invert": "The grey levels were inverted on request.",
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
        Of the same file, with a warning that says what was done. Inverted grey
        levels keep their range, window and modality units.

    Raises
    ------
    ValueError
        If there is no such repair.
    """
    if repair not in get_args(Repair):
        raise ValueError(
            f"Repairs are {', '.join(get_args(Repair))}. Received: {repair!r}."
        )
    warnings = (*radiograph.warnings, WARNINGS[repair])
    if repair != "invert":
        quarters = int(repair.removeprefix("rotate_")) // 90
        pixels = np.ascontiguousarray(np.rot90(radiograph.pixels, -quarters))
        pixels.flags.writeable = False
        return replace(radiograph, pixels=pixels, warnings=warnings)
    # 8 bits are shown from 0 to 255; of 16 bits seldom all are in use.
    deep = radiograph.pixels.dtype != np.uint8
    ends = int(radiograph.pixels.min()) + int(radiograph.pixels.max()) if deep else 255
    pixels = np.asarray(ends - radiograph.pixels.astype(np.int32)).astype(
        radiograph.pixels.dtype
    )
    pixels.flags.writeable = False
    window, units = radiograph.window, radiograph.units
    return replace(
        radiograph,
        pixels=pixels,
        warnings=warnings,
        window=window and (ends - window[1], ends - window[0]),
        units=units
        and ModalityUnits(-units.slope, units.intercept + units.slope * ends, units.name),
    )
