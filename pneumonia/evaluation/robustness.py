"""How a network performs when pictures change and the lungs do not."""

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.card.sections import Extremes, Perturbed, Regions, Robustness, Separation
from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.corruptions import CORRUPTIONS, Perturbation
from pneumonia.perturbations.region_swaps import REGION_SWAPS, swap_region
from pneumonia.statistics import metrics

UNCHANGED = "unchanged"


def perturbed_logits(
    model: keras.Model,
    squares: NDArray[np.uint8],
    perturbations: Mapping[str, Perturbation] = CORRUPTIONS,
) -> dict[str, NDArray[np.float64]]:
    """Score radiographs unchanged and under every perturbation.

    Parameters
    ----------
    model : keras.Model
    squares : ndarray of uint8, shape (N, S, S, 1)
    perturbations : mapping of str to Perturbation, optional

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        Logits; ``"unchanged"`` first, then by the names of `perturbations`.
    """
    side = squares.shape[1]
    logits = {UNCHANGED: predict_logits(model, squares)}
    for name, perturb in tqdm(
        perturbations.items(), "Scoring perturbed copies", unit="perturbation"
    ):
        copies = [_resize(perturb(square[..., 0]), side) for square in squares]
        logits[name] = predict_logits(model, np.stack(copies)[..., np.newaxis])
    return logits


def swapped_logits(
    model: keras.Model, squares: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Score each radiograph with a region of another patient's.

    Parameters
    ----------
    model : keras.Model
    squares : ndarray of uint8, shape (N, S, S, 1)
    labels : ndarray of int, shape (N,)

    Returns
    -------
    dict of str to dict of str to ndarray of float64, shape (N,)
        Logits by the names of `REGION_SWAPS`, then for a region of a radiograph of the
        ``same_class`` and of the ``other_class``.
    """
    return {
        region: {
            name: predict_logits(
                model, swap_region(squares, labels, region, of_other_class=other)
            )
            for name, other in (("same_class", False), ("other_class", True))
        }
        for region in REGION_SWAPS
    }


def measure_robustness(
    y_true: ArrayLike,
    scores: Mapping[str, NDArray[np.float64]],
    *,
    threshold: float,
) -> Robustness:
    """Measure each perturbation of the held-out internal test at a fixed threshold.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    scores : mapping of str to ndarray of shape (N,)
        In [0, 1], by perturbation, among them ``"unchanged"``.
    threshold : float
        In [0, 1].

    Returns
    -------
    Robustness
        ``normal_change`` and ``pneumonia_change`` are the mean absolute changes of the
        scores of either class against the unchanged radiographs.
    """
    y = np.asarray(y_true, int)
    rows = {
        name: _measure_perturbed(y, score, scores[UNCHANGED], threshold)
        for name, score in scores.items()
    }
    table = np.array(
        [
            [row["auroc"], row["sensitivity"], row["specificity"]]
            for row in rows.values()
        ]
    )

    def extremes(values: NDArray[np.float64]) -> Extremes:
        auroc, sensitivity, specificity = values.tolist()
        return {
            "auroc": auroc,
            "sensitivity": sensitivity,
            "specificity": specificity,
        }

    return {
        "measured_on": "internal_test",
        "by_perturbation": rows,
        "worst": extremes(table.min(axis=0)),
        "mean": extremes(table.mean(axis=0)),
    }


def measure_regions(
    y_true: NDArray[np.int64],
    patients: NDArray[np.str_],
    *,
    occluded: Mapping[str, NDArray[np.float64]],
    swapped: Mapping[str, Mapping[str, NDArray[np.float64]]],
    threshold: float,
) -> Regions:
    """Measure the held-out internal test with regions occluded or swapped.

    Parameters
    ----------
    y_true : ndarray of shape (N,)
        1 for pneumonia, 0 for normal.
    patients : ndarray of shape (N,)
    occluded : mapping of str to ndarray of shape (N,)
        Scores in [0, 1], by occlusion, among them ``"unchanged"``.
    swapped : mapping of str to mapping of str to ndarray of shape (N,)
        Scores by swapped region and class, as of `swapped_logits`.
    threshold : float
        In [0, 1].

    Returns
    -------
    Regions
        An AUROC of 0.5 means that the network cannot separate the classes.
    """

    def separate(scores: NDArray[np.float64]) -> Separation:
        row = metrics.evaluate(y_true, scores, threshold=threshold, groups=patients)
        return {
            "n": row["n"],
            "auroc": row["auroc"],
            "auroc_ci": row["auroc_ci"],
            "sensitivity": row["sensitivity"],
            "sensitivity_ci": row["sensitivity_ci"],
            "specificity": row["specificity"],
            "specificity_ci": row["specificity_ci"],
        }

    occlusions = {name: separate(scores) for name, scores in occluded.items()}
    return {
        "measured_on": "internal_test",
        "unchanged": occlusions.pop(UNCHANGED),
        "occlusions": occlusions,
        "region_swaps": {
            region: {name: separate(scores) for name, scores in by_class.items()}
            for region, by_class in swapped.items()
        },
    }


def _measure_perturbed(
    y: NDArray[np.int64],
    score: NDArray[np.float64],
    unchanged: NDArray[np.float64],
    threshold: float,
) -> Perturbed:
    counted = metrics.proportions(y, score >= threshold)
    change = np.abs(score - unchanged)
    return {
        "auroc": metrics.auroc(y, score),
        "sensitivity": counted["sensitivity"][0] / counted["sensitivity"][1],
        "specificity": counted["specificity"][0] / counted["specificity"][1],
        "normal_change": float(change[y == 0].mean()),
        "pneumonia_change": float(change[y == 1].mean()),
    }


def _resize(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if grey.shape == (side, side):
        return grey
    image = Image.fromarray(grey).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image)
