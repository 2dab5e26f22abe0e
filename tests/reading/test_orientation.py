"""Repairs that a person may ask for."""

import dicom_files as files
import numpy as np
import pytest

from pneumonia.reading.model_input import to_8_bit
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.sentences import Notice

GREY = np.arange(64 * 80, dtype=np.uint16).reshape(64, 80)


def picture(dtype=np.uint8):
    return Radiograph(GREY.astype(dtype), sha256="a", format="PNG")


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turn_puts_a_turned_picture_right(quarters):
    turned = Radiograph(
        np.rot90(GREY, quarters), sha256="a", format="PNG"
    )  # anticlockwise

    upright = apply_repair(turned, f"rotate_{90 * quarters}")

    assert np.array_equal(upright.pixels, GREY)


def test_inverted_bytes_are_shown_inverted():
    inverted = apply_repair(picture(), "invert")

    assert inverted.pixels.dtype == np.uint8
    assert np.array_equal(inverted.pixels, 255 - picture().pixels)


def test_inverting_keeps_the_window_on_the_same_tissue():
    radiograph = read_radiograph(
        files.build(files.ramp(12), bits=12, WindowCenter=2000, WindowWidth=1000)
    )

    inverted = apply_repair(radiograph, "invert")

    assert np.array_equal(to_8_bit(inverted), 255 - to_8_bit(radiograph))


def test_inverting_keeps_the_modality_units():
    radiograph = read_radiograph(files.build(files.ramp(12), bits=12))

    inverted = apply_repair(radiograph, "invert")

    units = [
        r.pixels * r.units.slope + r.units.intercept for r in (radiograph, inverted)
    ]
    assert np.allclose(*units)


def test_a_repair_is_recorded_and_keeps_the_file():
    repaired = apply_repair(picture(), "rotate_180")

    assert repaired.warnings == (Notice("turned_upside_down"),)
    assert repaired.sha256 == "a"


def test_an_unknown_repair_is_an_error():
    with pytest.raises(ValueError, match="Repairs are"):
        apply_repair(picture(), "mirror")
