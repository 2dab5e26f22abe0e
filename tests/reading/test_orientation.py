"""Repairs that a person may ask for."""

from dataclasses import replace

import dicom_files as files
import numpy as np
import pytest
from numpy.typing import NDArray

from pneumonia.phantom import draw_phantom
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.orientation import apply_repair, find_repair, stated_sides
from pneumonia.reading.pixel_shape import PixelShape
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import Notice, Repair

GREY = np.arange(64 * 80, dtype=np.uint16).reshape(64, 80)


def in_units(radiograph: Radiograph) -> NDArray[np.float64]:
    assert radiograph.units is not None
    levels = radiograph.pixels * radiograph.units.slope + radiograph.units.intercept
    return np.asarray(levels, np.float64)


def picture() -> Radiograph:
    return Radiograph(GREY.astype(np.uint8), sha256="a", format="PNG")


@pytest.mark.parametrize(
    ("quarters", "repair"), [(1, "rotate_90"), (2, "rotate_180"), (3, "rotate_270")]
)
def test_a_turn_puts_a_turned_picture_right(quarters: int, repair: Repair) -> None:
    anticlockwise = np.rot90(GREY, quarters)
    turned = Radiograph(anticlockwise, sha256="a", format="PNG")

    upright = apply_repair(turned, repair)

    assert np.array_equal(upright.pixels, GREY)


def test_inverted_bytes_are_shown_inverted() -> None:
    inverted = apply_repair(picture(), "invert")

    assert inverted.pixels.dtype == np.uint8
    assert np.array_equal(inverted.pixels, 255 - picture().pixels)


def test_inverting_keeps_the_window_on_the_same_tissue() -> None:
    radiograph = read_radiograph(
        files.build(files.ramp(12), bits=12, WindowCenter=2000, WindowWidth=1000)
    )

    inverted = apply_repair(radiograph, "invert")

    assert np.array_equal(to_8_bit(inverted), 255 - to_8_bit(radiograph))


def test_inverting_keeps_the_modality_units() -> None:
    radiograph = read_radiograph(files.build(files.ramp(12), bits=12))

    inverted = apply_repair(radiograph, "invert")

    before, after = (in_units(it) for it in (radiograph, inverted))
    np.testing.assert_allclose(before, after)


def test_a_repair_is_recorded_and_keeps_the_file() -> None:
    repaired = apply_repair(picture(), "rotate_180")

    assert repaired.warnings == (Notice("turned_upside_down"),)
    assert repaired.sha256 == "a"


def test_an_unknown_repair_is_an_error() -> None:
    with pytest.raises(ValueError, match="Repairs are"):
        apply_repair(picture(), "flip")  # type: ignore[arg-type]


def test_a_quarter_turn_also_turns_the_shape_of_pixels() -> None:
    tall = replace(picture(), pixel_shape=PixelShape(2.0, (0.4, 0.2)))
    assert apply_repair(tall, "rotate_90").pixel_shape == PixelShape(0.5, (0.2, 0.4))
    assert apply_repair(tall, "rotate_180").pixel_shape == tall.pixel_shape
    assert apply_repair(tall, "invert").pixel_shape == tall.pixel_shape


UPRIGHT = draw_phantom((64, 96), seed=1)


def lying(row: str, column: str) -> NDArray[np.uint8]:
    """Store an upright picture so that rows and columns lead as is said."""
    rows, columns = UPRIGHT.shape
    toward_feet = np.repeat(np.arange(rows)[:, np.newaxis], columns, axis=1)
    toward_left = np.repeat(np.arange(columns)[np.newaxis], rows, axis=0)
    letters = {(0, 1): "L", (0, -1): "R", (1, 0): "F", (-1, 0): "H"}
    for flip in (slice(None), slice(None, None, -1)):
        for quarters in range(4):
            feet = np.rot90(toward_feet[:, flip], quarters)
            left = np.rot90(toward_left[:, flip], quarters)
            across = (feet[0, 1] - feet[0, 0], left[0, 1] - left[0, 0])
            down = (feet[1, 0] - feet[0, 0], left[1, 0] - left[0, 0])
            if (letters[across], letters[down]) == (row, column):
                return np.rot90(UPRIGHT[:, flip], quarters)
    raise ValueError((row, column))


@pytest.mark.parametrize("stated", ["RF", "LH", "RH", "FL", "FR", "HL", "HR"])
def test_the_repair_of_a_stated_orientation_gives_the_upright_picture(
    stated: str,
) -> None:
    row, column = stated[0], stated[1]
    repair = find_repair(row, column)
    assert repair is not None
    data = files.build(lying(row, column), PatientOrientation=[row, column])

    repaired = apply_repair(read_radiograph(data), repair)

    np.testing.assert_array_equal(repaired.pixels, UPRIGHT)
    assert stated_sides(repaired) == ("R", "L")


@pytest.mark.parametrize(
    ("row", "column"), [("L", "F"), ("A", "F"), (None, None), ("L", None), ("L", "R")]
)
def test_other_orientations_need_no_repair(row: str | None, column: str | None) -> None:
    assert find_repair(row, column) is None


def test_sides_are_known_where_the_file_says_them() -> None:
    mirrored = files.build(UPRIGHT, PatientOrientation=["R", "F"])

    assert stated_sides(read_radiograph(mirrored)) == ("L", "R")
    assert stated_sides(read_radiograph(files.build(UPRIGHT))) is None
    assert stated_sides(picture()) is None
