"""Properties of picture and file that have nothing to do with the lungs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from phantoms import draw_squares

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.evaluation.shortcuts import image_properties, native_sizes
from pneumonia.perturbations.corruptions import scale_local_contrast


def file(path: str) -> LabelledFile:
    return LabelledFile(Path(path), 0, "patient", "normal", "0" * 64)


def test_lighter_picture_is_brighter_and_nothing_else() -> None:
    squares = np.clip(draw_squares(4), 20, 200)
    before, after = image_properties(squares), image_properties(squares + 30)
    np.testing.assert_allclose(after["brightness"], before["brightness"] + 30)
    np.testing.assert_allclose(after["contrast"], before["contrast"])
    np.testing.assert_allclose(after["sharpness"], before["sharpness"])


def test_blur_costs_sharpness() -> None:
    squares = draw_squares(4, side=64)
    soft = np.stack([cv2.GaussianBlur(s, (0, 0), 1.5) for s in squares])
    before = image_properties(squares)["sharpness"]
    assert (image_properties(soft[..., np.newaxis])["sharpness"] < before).all()


def test_haze_costs_local_contrast() -> None:
    squares = draw_squares(4, side=64)
    hazy = np.stack([scale_local_contrast(s[..., 0], 0.5) for s in squares])
    before = image_properties(squares)["local contrast"]
    after = image_properties(hazy[..., np.newaxis])["local contrast"]
    assert (after < 0.75 * before).all()


def test_border_is_measured_apart() -> None:
    square = np.full((1, 50, 50, 1), 100, np.uint8)
    square[0, 2:-2, 2:-2, 0] = np.arange(46, dtype=np.uint8)
    found = image_properties(square)
    assert found["border brightness"] == [100]
    assert found["border contrast"] == [0]
    assert found["contrast"] > 0


def test_empty_picture_has_no_sharpness() -> None:
    assert image_properties(np.zeros((1, 8, 8, 1), np.uint8))["sharpness"] == [0]


def test_native_size_is_found_by_class_and_name(tmp_path: Path) -> None:
    table = tmp_path / "sizes.csv"
    table.write_text(
        "path,native_width,native_height\n"
        "train/NORMAL/one.jpeg,2000,1600\n"
        "train/PNEUMONIA/other.jpeg,1200,800\n"
    )
    found = native_sizes(
        table, [file("data/train/NORMAL/one.jpeg"), file("x/NORMAL/other.jpeg")]
    )
    assert found["native width"][0] == 2000
    assert found["native aspect"][0] == 1.25
    assert np.isnan(found["native width"][1])


@pytest.mark.parametrize(
    "text", ["path,width\na/b,1\n", "path,native_width,native_height\na/b,one,2\n"]
)
def test_table_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    table = tmp_path / "sizes.csv"
    table.write_text(text)
    with pytest.raises(DatasetError, match="native_width and native_height"):
        native_sizes(table, [file("data/train/NORMAL/one.jpeg")])
