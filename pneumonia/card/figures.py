"""Figures of the report: curves and counts, never a radiograph."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, confusion_matrix

from pneumonia.card.schema import Card
from pneumonia.statistics.calibration import ReliabilityBin
from pneumonia.statistics.operating_points import OperatingPoint

_SIZE = (5.0, 4.0)
_TRAINING_COLOR = "#7a8794"
_MEASURED_COLOR = "#1f6fb2"
_POINT_COLOR = "#b26a00"


def draw_figures(
    card: Card, y_true: ArrayLike, y_score: ArrayLike, folder: Path
) -> None:
    """Draw every figure of a network's report.

    Parameters
    ----------
    card : Card
        Of published weights.
    y_true, y_score : array-like of shape (N,)
        Of the held-out internal test.
    folder : Path
        For the PNGs, which are named after the network.
    """
    name, points, course = card["name"], card["operating_points"], card["training"]
    # Cards of older programs lack the history: their curves stay as they were drawn.
    if "history" in course:
        draw_training_curves(
            course["history"],
            folder / f"{name}_training.png",
            trunks_after=course.get("trunks_after", []),
        )
    title = f"{name}, held-out internal test"
    draw_roc(y_true, y_score, points, folder / f"{name}_roc.png", title=title)
    draw_reliability(
        card["reliability"]["bins"], folder / f"{name}_reliability.png", title=title
    )
    draw_confusion_matrix(
        y_true,
        y_score,
        points["balanced"]["threshold"],
        folder / f"{name}_confusion.png",
        title=f"{title}, balanced",
    )


def draw_training_curves(
    history: Sequence[Mapping[str, float]],
    path: Path,
    *,
    trunks_after: Sequence[int] = (),
) -> None:
    """Draw loss and AUROC over the epochs.

    Parameters
    ----------
    history : sequence of mapping
        As in `pneumonia.training.fit.Fit`.
    path : Path
        Of the PNG to write.
    trunks_after : sequence of int
        Numbers of epochs after which the training of a further trunk began.
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for epoch, axes in itertools.product(trunks_after, (left, right)):
        axes.axvline(epoch + 0.5, color=_POINT_COLOR, linestyle=":")
    epochs = np.arange(1, len(history) + 1)
    left.plot(epochs, [h["loss"] for h in history], color=_TRAINING_COLOR)
    left.set(xlabel="Epoch", ylabel="Training loss", ylim=(0, None))
    right.plot(
        epochs, [h["auroc"] for h in history], color=_TRAINING_COLOR, label="training"
    )
    right.plot(
        epochs,
        [h["validation_auroc"] for h in history],
        color=_MEASURED_COLOR,
        label="validation",
    )
    right.set(xlabel="Epoch", ylabel="AUROC")
    right.legend(frameon=False)
    _save(figure, path)


def draw_roc(
    y_true: ArrayLike,
    y_score: ArrayLike,
    operating_points: Mapping[str, OperatingPoint],
    path: Path,
    *,
    title: str,
) -> None:
    """Draw the receiver operating characteristic with the operating points on it.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
    operating_points : mapping of str to OperatingPoint
    path : Path
        Of the PNG to write.
    title : str
        Names the radiographs.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    RocCurveDisplay.from_predictions(
        y_true, y_score, ax=axes, curve_kwargs={"color": _MEASURED_COLOR, "label": None}
    )
    y, score = np.asarray(y_true), np.asarray(y_score)
    for marker, (name, point) in zip("osD^", operating_points.items(), strict=False):
        flagged = score >= point["threshold"]
        axes.plot(
            flagged[y == 0].mean(),
            flagged[y == 1].mean(),
            marker,
            color=_POINT_COLOR,
            label=f"{name}, threshold {point['threshold']:.2f}",
        )
    axes.set(xlabel="1 - specificity", ylabel="Sensitivity", title=title)
    axes.legend(frameon=False, loc="lower right")
    _save(figure, path)


def draw_reliability(bins: Sequence[ReliabilityBin], path: Path, *, title: str) -> None:
    """Draw the share of pneumonia against the mean score, bin by bin.

    Parameters
    ----------
    bins : sequence of ReliabilityBin
        As of `pneumonia.statistics.calibration.reliability`.
    path : Path
        Of the PNG to write.
    title : str
        Names the radiographs.
    """
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    score = np.array([row["mean_score"] for row in bins])
    observed = np.array([row["observed"] for row in bins])
    low, high = np.array([row["observed_ci"] for row in bins]).T
    axes.plot(
        [0, 1], [0, 1], color=_TRAINING_COLOR, linewidth=1, label="perfect calibration"
    )
    axes.errorbar(
        score,
        observed,
        yerr=[observed - low, high - observed],
        fmt="o",
        color=_MEASURED_COLOR,
        markersize=4,
        capsize=2,
        label=f"{len(bins)} bins of equal mass, 95 % intervals",
    )
    axes.set(
        xlabel="Mean score",
        ylabel="Share of pneumonia",
        title=title,
        ylim=(-0.02, 1.02),
    )
    axes.legend(frameon=False, loc="upper left")
    _save(figure, path)


def draw_confusion_matrix(
    y_true: ArrayLike, y_score: ArrayLike, threshold: float, path: Path, *, title: str
) -> None:
    """Draw the 2 x 2 table at a threshold.

    Parameters
    ----------
    y_true, y_score : array-like of shape (N,)
    threshold : float
    path : Path
        Of the PNG to write.
    title : str
        Names the radiographs.
    """
    flagged = np.asarray(y_score) >= threshold
    table = confusion_matrix(y_true, flagged.astype(int), labels=[0, 1])
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    display: Any = ConfusionMatrixDisplay(table)
    display.plot(ax=axes, cmap="Blues", colorbar=False)
    axes.set(xlabel="Model", ylabel="Label", title=title)
    axes.set_xticks([0, 1], ["not flagged", "flagged"])
    axes.set_yticks([0, 1], ["normal", "pneumonia"])
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
