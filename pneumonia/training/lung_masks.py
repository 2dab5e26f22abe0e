"""Read radiographs with the masks of the lungs that people drew on them."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.data.labelled_files import CLASSES, LabelledFile
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.lungs.crop import cut_to_box
from pneumonia.model.network import PICTURE_SIDE
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import read_radiograph


def read_masks(
    folder: Path, files: Sequence[LabelledFile]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the radiographs that have a mask, and their masks, without plain margins.

    Parameters
    ----------
    folder : Path
        ``{NORMAL,PNEUMONIA}/<name>.png``: grey masks, 255 inside both lungs and 0
        outside, over the whole radiograph of that name at any size.
    files : sequence of LabelledFile

    Returns
    -------
    pictures : ndarray of uint8, shape (N, 224, 224)
    masks : ndarray of uint8, shape (N, 224, 224, 2)
        0 or 1; the lung at the picture's left, and that at its right. Of the N files
        that have a mask of two parts.

    Raises
    ------
    DatasetError
        If no file has a mask, or a mask is empty or cannot be read.
    """
    paths = [
        (file.path, folder / CLASSES[file.label] / f"{file.path.stem}.png")
        for file in files
    ]
    found = read_pairs([(path, mask) for path, mask in paths if mask.is_file()])
    if found is None:
        raise DatasetError(
            "Masks of the lungs are PNG files in NORMAL and PNEUMONIA, named as their "
            f"radiographs in train. Received: {folder} without any of them."
        )
    return found


def read_pairs(
    paths: Sequence[tuple[Path, Path]],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Read radiographs and their masks, as of `read_masks`; None without any."""
    pairs = [
        pair
        for both in tqdm(paths, "Reading masks", unit="file", disable=None)
        if (pair := read_pair(*both)) is not None
    ]
    if not pairs:
        return None
    pictures, masks = zip(*pairs, strict=True)
    return np.stack(pictures), np.stack(masks)


def read_pair(
    radiograph: Path, mask: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Read one radiograph and its mask, as of `read_masks`; None without two parts."""
    try:
        read = read_radiograph(radiograph.read_bytes())
        picture = to_model_input(read, (PICTURE_SIDE, PICTURE_SIDE, 1))[..., 0]
    except (OSError, RadiographError) as error:
        raise DatasetError(
            f"The radiograph {radiograph}, which has a mask, cannot be read: {error} "
            "Take its mask out."
        ) from error
    try:
        with Image.open(mask) as image:
            drawn = np.asarray(image.convert("L"))
    except (OSError, SyntaxError, ValueError) as error:  # as Pillow's readers raise
        raise DatasetError(
            "A mask of the lungs is a grey PNG file. Received: "
            f"{mask.name}, which cannot be read. Draw it again, or take it out."
        ) from error
    within = cut_to_box(drawn, read.frame.shares(read.pixels.shape), PICTURE_SIDE)
    if within.max() < 128:
        raise DatasetError(
            "A mask of the lungs is 255 inside them. Received: "
            f"{mask.name} without any. Draw it again, or take it out."
        )
    lungs = split_lungs(within > 127)
    if lungs is None:
        return None
    return picture, lungs


def split_lungs(mask: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """Split a mask of both lungs by its two largest parts.

    Parameters
    ----------
    mask : ndarray of bool, shape (H, W)

    Returns
    -------
    ndarray of uint8, shape (H, W, 2), or None
        The left and the right part, 0 or 1; None where there are not two parts.
    """
    count, parts, statistics, centres = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    if count < 3:
        return None
    areas = statistics[1:, cv2.CC_STAT_AREA]
    two = 1 + np.argsort(areas)[-2:]
    if areas[two - 1].min() < 0.1 * areas.max():
        return None
    two = two[np.argsort(centres[two, 0])]
    return np.stack([parts == part for part in two], axis=-1).astype(np.uint8)
