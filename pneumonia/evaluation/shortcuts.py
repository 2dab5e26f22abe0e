"""Shortcuts: properties of picture and file that predict the class without the lungs.

A network can use them instead of the lungs, and figures from the same folder would not
show it.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pneumonia.card.sections import Shortcut, Shortcuts
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.lungs.crop import WHOLE, Box, cut_to_box
from pneumonia.lungs.finder import LungFinder
from pneumonia.statistics import metrics

# Of each radiograph a number, or a row of numbers.
Properties = Mapping[str, NDArray[np.float64]]

# Share of the side that counts as border.
_BORDER = 0.04
# Standard deviation of the blur for local contrast, as a fraction of the side: about
# the size of a lung zone.
_REACH = 15 / 224
_FOLDS = 5
# Side of the thumbnails that are fitted by themselves, in pixels.
_THUMBNAIL = 32


def image_properties(squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Measure properties of the squares that the network reads.

    Parameters
    ----------
    squares : ndarray of uint8, shape (N, S, S, 1)

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        ``brightness`` and ``contrast``: mean and standard deviation of the grey
        levels; ``local_contrast``: standard deviation of the difference from the
        blurred picture, in the middle of the square; ``sharpness``: mean absolute
        Laplacian per unit of contrast; ``border_brightness`` and ``border_contrast``:
        of a frame of 4 % of the side.
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
    names = [
        "brightness",
        "contrast",
        "local_contrast",
        "sharpness",
        "border_brightness",
        "border_contrast",
    ]
    columns = np.array(rows, np.float64).T
    return dict(zip(names, columns, strict=True))


def lung_properties(
    finder: LungFinder, pictures: NDArray[np.uint8]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Measure what the cut to the lungs could bring in, and what it leaves out.

    Parameters
    ----------
    finder : LungFinder
    pictures : ndarray of uint8, shape (N, P, P, 1)

    Returns
    -------
    numbers : dict of str to ndarray of float64, shape (N,)
        ``lung_box_aspect``: width over height of the lungs' box.
    thumbnails : dict of str to ndarray of float64, shape (N, 1024)
        ``lung_outline``: both masks, 32 x 32 over the picture;
        ``lung_outline_in_the_box``: the same over the lungs' box;
        ``picture_without_the_lungs_box``: grey levels with the box made even.
    """
    aspects, whole, boxed, rest = [], [], [], []
    for picture, fields in zip(
        pictures[..., 0], finder.find_all(pictures[..., 0]), strict=True
    ):
        top, bottom, left, right = fields.box
        aspects.append((right - left) / (bottom - top))
        mask = np.asarray(255 * np.any(fields.masks, axis=0), np.uint8)
        whole.append(cut_to_box(mask, WHOLE, _THUMBNAIL))
        boxed.append(cut_to_box(mask, fields.box, _THUMBNAIL))
        rest.append(cut_to_box(hide_box(picture, fields.box), WHOLE, _THUMBNAIL))

    def stack(squares: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
        return np.stack(squares).reshape(len(squares), -1) / 255.0

    return {"lung_box_aspect": np.array(aspects)}, {
        "lung_outline": stack(whole),
        "lung_outline_in_the_box": stack(boxed),
        "picture_without_the_lungs_box": stack(rest),
    }


def hide_box(
    picture: NDArray[np.uint8], box: Box, *, outside: bool = False
) -> NDArray[np.uint8]:
    """Make a box of a picture, or all outside it, an even grey.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)
    box : tuple of float
        Top, bottom, left and right edge, from 0 to 1.
    outside : bool

    Returns
    -------
    ndarray of uint8, shape (H, W)
        The hidden part has the mean grey of the visible rest, so that it carries no
        sign of what it hides.
    """
    rows, columns = picture.shape
    top, bottom, left, right = box
    inside = np.zeros((rows, columns), bool)
    inside[
        round(top * rows) : round(bottom * rows),
        round(left * columns) : round(right * columns),
    ] = True
    hidden = ~inside if outside else inside
    copy = picture.copy()
    rest = picture if hidden.all() else picture[~hidden]
    copy[hidden] = round(float(rest.mean()))
    return copy


def native_sizes(
    table: Path, files: Sequence[LabelledFile]
) -> dict[str, NDArray[np.float64]]:
    """Look up the size of radiographs before they were squashed to a square.

    Parameters
    ----------
    table : Path
        CSV with the columns ``path`` (such as ``train/NORMAL/IM-0115-0001.jpeg``),
        ``native_width`` and ``native_height``.
    files : sequence of LabelledFile

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        ``native_width`` in pixels and ``native_aspect``, width by height; nan where
        the table lacks the file.

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
    return {"native_width": sizes[:, 0], "native_aspect": sizes[:, 1]}


def audit_shortcuts(
    picture: Properties,
    file: Properties,
    labels: NDArray[np.int64],
    patients: NDArray[np.str_],
    thumbnails: Properties,
) -> Shortcuts:
    """Measure how well properties of picture and file alone predict the class.

    Parameters
    ----------
    picture, file : mapping of str to ndarray of shape (N,)
        As of `image_properties` and `native_sizes`; nan where unknown. `file` may be
        empty.
    labels : ndarray of shape (N,)
    patients : ndarray of shape (N,)
    thumbnails : mapping of str to ndarray of shape (N, D)
        As of `lung_properties`; each is fitted by itself.

    Returns
    -------
    Shortcuts
        ``alone``: each property by itself; ``higher_in`` names the class with the
        higher values. ``jointly``: a logistic regression on all of ``picture`` and,
        where file properties are known, ``picture_and_file``. Each patient is scored
        by a fit to other patients.
    """
    alone: dict[str, Shortcut] = {}
    for name, values in {**picture, **file}.items():
        known = ~np.isnan(values)
        if len(set(labels[known].tolist())) == 2:
            score = values[known]
            higher = metrics.auroc(labels[known], score) >= 0.5
            score = score if higher else -score
            alone[name] = {
                **_separation(labels[known], score, patients[known]),
                "higher_in": "pneumonia" if higher else "normal",
            }
    together = {"picture": picture}
    if set(file) & set(alone):
        together["picture_and_file"] = {**picture, **file}
    jointly = {}
    for name, properties in together.items():
        table = np.column_stack(list(properties.values()))
        known = ~np.isnan(table).any(axis=1)
        predicted = _predict_across(table[known], labels[known], patients[known])
        jointly[name] = _separation(labels[known], predicted, patients[known])
    for name, pixels in thumbnails.items():
        predicted = _predict_across(pixels, labels, patients, penalty=100.0)
        jointly[name] = _separation(labels, predicted, patients)
    return {"measured_on": "train_folder", "alone": alone, "jointly": jointly}


def _separation(
    labels: NDArray[np.int64],
    score: NDArray[np.float64],
    patients: NDArray[np.str_],
) -> Shortcut:
    return {
        "n": len(labels),
        "auroc": metrics.auroc(labels, score),
        "auroc_ci": list(metrics.auroc_interval(labels, score, patients)),
    }


def _predict_across(
    table: NDArray[np.float64],
    labels: NDArray[np.int64],
    patients: NDArray[np.str_],
    *,
    penalty: float = 1.0,
) -> NDArray[np.float64]:
    """Score each patient by a fit to other patients; returns logits."""
    smaller = min(len(set(patients[labels == label])) for label in (0, 1))
    folds = StratifiedGroupKFold(min(_FOLDS, smaller), shuffle=True, random_state=0)
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=1 / penalty, max_iter=1000)
    )
    logits = cross_val_predict(
        model, table, labels, groups=patients, cv=folds, method="decision_function"
    )
    return np.asarray(logits, np.float64)
