"""What people drew on radiographs: boxes of opacities and masks of the lungs."""

import csv
import math
from collections import defaultdict
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.errors import DatasetError
from pneumonia.lungs.crop import Box

_COLUMNS: Final = ("x", "y", "width", "height", "image_width", "image_height")
# Other boxes, such as of a large heart, are not what the network looks for.
_OPACITIES: Final = ("opacity", "pneumonia", "infiltrat", "consolidation")


def read_boxes(path: Path) -> dict[Path, list[Box]]:
    """Read the boxes that readers drew around opacities.

    Parameters
    ----------
    path : Path
        CSV. ``path`` names the radiograph, from the folder of the CSV; ``x``, ``y``,
        ``width``, ``height``, ``image_width`` and ``image_height`` are in pixels of
        the picture that was drawn on; ``name`` is optional.

    Returns
    -------
    dict of Path to list of Box
        By radiograph, resolved. Boxes whose name is that of something else are left
        out.

    Raises
    ------
    DatasetError
        If it cannot be read. The message names the line.
    """
    found = defaultdict[Path, list[Box]](list)
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            for row in reader:
                line = reader.line_num
                x, y, width, height, across, down = (float(row[c]) for c in _COLUMNS)
                box = (y / down, (y + height) / down, x / across, (x + width) / across)
                inside = 0 <= box[0] < box[1] <= 1 and 0 <= box[2] < box[3] <= 1
                if not inside or not row["path"]:
                    raise ValueError(row)
                name = (row.get("name") or "opacity").lower()
                if any(kind in name for kind in _OPACITIES):
                    found[(path.parent / row["path"]).resolve()].append(box)
    except (
        *(OSError, KeyError, TypeError, ValueError),
        *(ZeroDivisionError, csv.Error),
    ) as error:
        raise DatasetError(
            f"A file of boxes is CSV with path, {', '.join(_COLUMNS)}, each box within "
            f"its picture. Received: {path}, of which line {line} is none. Correct or "
            "delete the line."
        ) from error
    return dict(found)


def find_masks(folder: Path) -> dict[str, Path]:
    """Find masks of lungs.

    Parameters
    ----------
    folder : Path
        Holds PNG files, also in folders inside, each named as its radiograph.

    Returns
    -------
    dict of str to Path
        By the name without its ending.

    Raises
    ------
    DatasetError
        If there is none, or two masks have one name.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.png")):
        if path.stem in found:
            raise DatasetError(
                "Each radiograph has one mask of its name. Received: "
                f"{found[path.stem]} and {path}. Delete one of them."
            )
        found[path.stem] = path
    if not found:
        raise DatasetError(
            "Masks lie in a folder of PNG files. Received: "
            f"{folder} without any. Name the folder, or leave --masks out."
        )
    return found


def read_mask(path: Path, side: int) -> NDArray[np.bool_]:
    """Read a mask of both lungs.

    Parameters
    ----------
    path : Path
        Light where the lungs are.
    side : int
        Of the square to return, in pixels.

    Returns
    -------
    ndarray of bool, shape (side, side)

    Raises
    ------
    DatasetError
        If it cannot be read, or marks nothing.
    """
    try:
        grey = np.asarray(Image.open(path).convert("L"))
        if not (grey > 127).any():
            raise ValueError(path)
    except (OSError, ValueError) as error:
        raise DatasetError(
            "A mask is a PNG file that is light where the lungs are. Received: "
            f"{path}, which cannot be read as one. Delete it, or draw it again."
        ) from error
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 127)


def within_boxes(boxes: list[Box], side: int) -> NDArray[np.bool_]:
    """Mark boxes on a square over the whole radiograph, shape (side, side)."""
    mask = np.zeros((side, side), bool)
    for top, bottom, left, right in boxes:
        rows, columns = (
            slice(int(low * side), math.ceil(high * side))
            for low, high in ((top, bottom), (left, right))
        )
        mask[rows, columns] = True
    return mask
