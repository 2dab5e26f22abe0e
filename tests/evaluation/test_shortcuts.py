"""Properties of picture and file that have nothing to do with the lungs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from lung_fields import FixedLungs, lungs_at
from phantoms import draw_squares

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.evaluation.shortcuts import (
    audit_shortcuts,
    hide_box,
    image_properties,
    lung_properties,
    native_sizes,
)
from pneumonia.perturbations.corruptions import scale_local_contrast

N = 200
LABELS = np.arange(N) % 2
PATIENTS = np.array([f"patient{i}" for i in range(N)])
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=N)


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
    before = image_properties(squares)["local_contrast"]
    after = image_properties(hazy[..., np.newaxis])["local_contrast"]
    assert (after < 0.75 * before).all()


def test_border_is_measured_apart() -> None:
    square = np.full((1, 50, 50, 1), 100, np.uint8)
    square[0, 2:-2, 2:-2, 0] = np.arange(46, dtype=np.uint8)
    found = image_properties(square)
    assert found["border_brightness"] == [100]
    assert found["border_contrast"] == [0]
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
    assert found["native_width"][0] == 2000
    assert found["native_aspect"][0] == 1.25
    assert np.isnan(found["native_width"][1])


@pytest.mark.parametrize(
    "text", ["path,width\na/b,1\n", "path,native_width,native_height\na/b,one,2\n"]
)
def test_table_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    table = tmp_path / "sizes.csv"
    table.write_text(text)
    with pytest.raises(DatasetError, match="native_width and native_height"):
        native_sizes(table, [file("data/train/NORMAL/one.jpeg")])


def test_property_that_gives_the_class_away_is_found() -> None:
    found = audit_shortcuts(
        {"noise": NOISE, "tell": -5 * LABELS.astype(np.float64)},
        {},
        LABELS,
        PATIENTS,
        {},
    )
    assert found["alone"]["tell"]["auroc"] == 1
    assert found["alone"]["tell"]["higher_in"] == "normal"
    assert found["alone"]["noise"]["auroc"] < 0.6
    assert found["jointly"]["picture"]["auroc"] == 1


def test_properties_without_a_tell_predict_nothing_in_other_patients() -> None:
    noise = {str(i): RNG.normal(size=N) for i in range(4)}
    found = audit_shortcuts(noise, {}, LABELS, PATIENTS, {})
    assert found["jointly"]["picture"]["auroc"] == pytest.approx(0.5, abs=0.12)


def test_unknown_sizes_are_left_out_and_counted() -> None:
    width = np.where(np.arange(N) < 100, LABELS + NOISE, np.nan)
    found = audit_shortcuts({"noise": NOISE}, {"width": width}, LABELS, PATIENTS, {})
    assert found["alone"]["width"]["n"] == 100
    assert found["jointly"]["picture"]["n"] == N
    assert found["jointly"]["picture_and_file"]["n"] == 100


def test_size_that_is_never_known_is_not_audited() -> None:
    width = {"width": np.full(N, np.nan)}
    found = audit_shortcuts({"noise": NOISE}, width, LABELS, PATIENTS, {})
    assert set(found["alone"]) == {"noise"}
    assert set(found["jointly"]) == {"picture"}


def test_thumbnails_that_tell_the_class_are_audited_by_themselves() -> None:
    thumbnails = RNG.normal(size=(N, 16))
    thumbnails[:, 3] += 4 * LABELS

    found = audit_shortcuts(
        {"noise": NOISE}, {}, LABELS, PATIENTS, {"outline": thumbnails}
    )

    assert found["jointly"]["outline"]["auroc"] > 0.95


def test_a_hidden_box_is_even_and_has_the_grey_of_the_rest() -> None:
    picture = np.full((40, 20), 60, np.uint8)
    picture[10:30, 5:15] = 200

    hidden = hide_box(picture, (0.25, 0.75, 0.25, 0.75))
    rest = hide_box(picture, (0.25, 0.75, 0.25, 0.75), outside=True)

    assert (hidden == 60).all()
    assert (rest == 200).all()
    assert picture[20, 10] == 200


def test_the_lungs_box_and_outline_are_measured_and_the_lungs_are_hidden() -> None:
    pictures = np.full((1, 64, 64, 1), 50, np.uint8)
    pictures[0, 16:48, 8:56] = 220
    finder = FixedLungs(lungs_at((0.25, 0.75, 0.125, 0.4), (0.25, 0.75, 0.6, 0.875)))

    numbers, thumbnails = lung_properties(finder, pictures)

    assert numbers["lung_box_aspect"] == pytest.approx([1.5], abs=0.05)
    assert thumbnails["lung_outline"].shape == (1, 1024)
    assert thumbnails["lung_outline"].mean() == pytest.approx(0.5 * 0.55, abs=0.03)
    assert thumbnails["picture_without_the_lungs_box"].max() < 0.3
