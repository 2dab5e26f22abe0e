"""The colours and the opacity of a heatmap."""

import numpy as np
import pytest

from pneumonia.model.transfer_table import TRANSFER_TABLE


def test_there_is_a_colour_and_an_opacity_for_every_strength() -> None:
    assert TRANSFER_TABLE.shape == (256, 4)
    assert TRANSFER_TABLE.dtype == np.uint8


def test_brightness_and_opacity_never_fall_as_the_strength_rises() -> None:
    luminance = TRANSFER_TABLE[:, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert np.diff(luminance).min() > -1  # colours are whole numbers
    assert (np.diff(TRANSFER_TABLE[:, 3].astype(int)) >= 0).all()


def test_low_strengths_are_transparent_and_high_ones_opaque() -> None:
    assert not TRANSFER_TABLE[: int(0.12 * 255), 3].any()
    assert (TRANSFER_TABLE[int(0.5 * 255) + 1 :, 3] == 255).all()


def test_it_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TRANSFER_TABLE[0] = 0
