"""The figures are pictures of sane size, drawn whatever the figures are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from pneumonia.card.figures import (
    draw_confusion_matrix,
    draw_reliability,
    draw_roc,
    draw_training_curves,
)
from pneumonia.statistics.calibration import reliability

LABELS = np.arange(40) % 2
SCORES = np.clip(LABELS * 0.3 + np.linspace(0, 0.7, 40), 0, 1)
POINTS: Any = {
    "balanced": {"threshold": 0.5, "rule": "a half"},
    "screening": {"threshold": 0.25, "rule": "a quarter"},
}


def course(epochs: int) -> list[dict[str, float]]:
    return [
        {
            "loss": 0.7 / epoch,
            "auroc": 1 - 0.4 / epoch,
            "validation_auroc": 1 - 0.5 / epoch,
            "seconds": 1.0,
        }
        for epoch in range(1, epochs + 1)
    ]


def draw_some_training(path: Path) -> None:
    draw_training_curves(course(8), path)


def draw_some_roc(path: Path) -> None:
    draw_roc(LABELS, SCORES, POINTS, path, title="tiny, internal test")


def draw_some_table(path: Path) -> None:
    draw_confusion_matrix(LABELS, SCORES, 0.5, path, title="tiny, internal test")


def draw_some_reliability(path: Path) -> None:
    bins = reliability(LABELS, SCORES, np.arange(40))
    draw_reliability(bins, path, title="tiny, internal test")


every_figure = pytest.mark.parametrize(
    "draw", [draw_some_training, draw_some_roc, draw_some_reliability, draw_some_table]
)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


@every_figure
def test_figure_is_a_png_of_sane_size(
    draw: Callable[[Path], None], tmp_path: Path
) -> None:
    draw(tmp_path / "figure.png")
    width, height = size_of(tmp_path / "figure.png")
    assert 400 <= width <= 1200
    assert 300 <= height <= 900
    assert (tmp_path / "figure.png").stat().st_size < 200_000


@every_figure
def test_figure_is_not_blank(draw: Callable[[Path], None], tmp_path: Path) -> None:
    draw(tmp_path / "figure.png")
    pixels = np.asarray(Image.open(tmp_path / "figure.png").convert("L"))
    assert pixels.std() > 5


@every_figure
def test_folder_of_a_figure_is_made(
    draw: Callable[[Path], None], tmp_path: Path
) -> None:
    draw(tmp_path / "new" / "folder" / "figure.png")
    assert (tmp_path / "new" / "folder" / "figure.png").is_file()


@every_figure
def test_older_figure_is_replaced(draw: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "figure.png").write_text("old")
    draw(tmp_path / "figure.png")
    assert size_of(tmp_path / "figure.png")


@every_figure
def test_same_numbers_draw_the_same_figure(
    draw: Callable[[Path], None], tmp_path: Path
) -> None:
    for name in ("one.png", "other.png"):
        draw(tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_drawing_opens_no_window(tmp_path: Path) -> None:
    draw_some_roc(tmp_path / "figure.png")
    assert pyplot.get_fignums() == []


def test_start_of_a_further_trunk_is_drawn(tmp_path: Path) -> None:
    draw_training_curves(course(8), tmp_path / "alone.png")
    draw_training_curves(course(8), tmp_path / "trunks.png", trunks_after=[6])
    alone, trunks = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB"), int)
        for name in ("alone", "trunks")
    )
    assert alone.shape == trunks.shape
    assert (alone != trunks).any()


def test_one_epoch_is_a_curve(tmp_path: Path) -> None:
    draw_training_curves(course(1), tmp_path / "figure.png")
    assert size_of(tmp_path / "figure.png")


@pytest.mark.parametrize(
    "scores", [LABELS, 1 - LABELS, np.full(40, 0.5)], ids=["right", "wrong", "alike"]
)
def test_extreme_scores_have_a_curve(scores: np.ndarray, tmp_path: Path) -> None:
    draw_roc(LABELS, scores, POINTS, tmp_path / "figure.png", title="extreme")
    assert size_of(tmp_path / "figure.png")


@pytest.mark.parametrize("threshold", [0.0, 1.1])
def test_table_with_an_empty_column_is_drawn(threshold: float, tmp_path: Path) -> None:
    draw_confusion_matrix(
        LABELS, SCORES, threshold, tmp_path / "figure.png", title="all or none"
    )
    assert size_of(tmp_path / "figure.png")


def test_table_of_one_class_is_drawn(tmp_path: Path) -> None:
    draw_confusion_matrix(
        np.ones(5), np.ones(5), 0.5, tmp_path / "figure.png", title="one class"
    )
    assert size_of(tmp_path / "figure.png")


def test_score_at_the_threshold_counts_as_flagged(tmp_path: Path) -> None:
    at, above = tmp_path / "at.png", tmp_path / "above.png"
    draw_confusion_matrix([0, 1], [0.1, 0.5], 0.5, at, title="")
    draw_confusion_matrix([0, 1], [0.1, 0.6], 0.5, above, title="")
    assert at.read_bytes() == above.read_bytes()
