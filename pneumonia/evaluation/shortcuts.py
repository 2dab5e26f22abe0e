"""What a radiograph's picture and file are like, apart from what they show.

These are the shortcuts: in the Kaggle set they tell the classes apart without a look
at the lungs, so what a network does is reported by them.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError

# Share of the side that counts as border.
_BORDER = 0.04
# Standard deviation of a blur that leaves no zone of a lung apart, by the side.
_REACH = 15 / 224


def image_properties(squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Measure squares as the network sees them.

    Parameters
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        ``brightness`` and ``contrast``: mean and standard deviation of the grey
        levels; ``local contrast``: standard deviation of what differs from the blurred
        picture, in the middle of the square, which processing lowers as disease does;
        ``sharpness``: mean absolute Laplacian per unit of contrast;
        ``border brightness`` and ``border contrast``: of a frame of 4 % of the side.
    """
    side = squares.shape[1]
    width = max(1, round(_BORDER * side))
    frame = np.ones((side, side), bool)
    frame[width:-width, width:-width] = False
    middle = np.s_[side // 5 : side - side // 6, side // 7 : side - side // 7]
    rows = []
    for square in squares[..., 0]:
        border = square[frame]
        contrast = float(square.std())
        blurred = cv2.GaussianBlur(square.astype(np.float32), (0, 0), _REACH * side)
        edges = np.abs(cv2.Laplacian(square, cv2.CV_32F)).mean()
        rows.append(
            (
                square.mean(),
                contrast,
                (square - blurred)[middle].std(),
                edges / max(contrast, 1.0),  # an empty square has none
                border.mean(),
                border.std(),
            )
        )
    names = (
        *("brightness", "contrast", "local contrast", "sharpness"),
        *("border brightness", "border contrast"),
    )
    columns = np.array(rows, np.float64).T
    return dict(zip(names, columns, strict=True))


def native_sizes(
    table: Path, files: Sequence[LabelledFile]
) -> dict[str, NDArray[np.float64]]:
    """Look up the size that radiographs had before they were squashed.

    Parameters
    ----------
    table : Path
        CSV with the columns ``path`` (such as ``train/NORMAL/IM-0115-0001.jpeg``),
        ``native_width`` and ``native_height``.
    files : sequence of LabelledFile

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        ``native width`` in pixels and ``native aspect``, width by height; nan where
        the table does not say.

    Raises
    ------
    DatasetError
        If the table cannot be read.
    """
    known: dict[tuple[str, ...], tuple[float, float]] = {}
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                width, height = float(row["native_width"]), float(row["native_height"])
                known[Path(row["path"]).parts[-2:]] = (width, width / height)
    except (OSError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise DatasetError(
            "A table of native sizes has the columns path, native_width and "
            f"native_height. Received: {table}, which cannot be read as one."
        ) from error
    unknown = (np.nan, np.nan)
    found = [known.get(file.path.parts[-2:], unknown) for file in files]
    sizes = np.array(found, np.float64).reshape(-1, 2)
    return {"native width": sizes[:, 0], "native aspect": sizes[:, 1]}
