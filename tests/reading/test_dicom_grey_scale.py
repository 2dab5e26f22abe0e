"""The grey scale pipeline: each step follows the standard, in its order."""

import dicom_files as files
import numpy as np
import pytest
from dicom_rendering import dataset, in_units, run, shown

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.reading.dicom_grey_scale import (
    to_grey_levels,
)
from pneumonia.reading.dicom_lookup_tables import Lut
from pneumonia.reading.dicom_modality import find_padding
from pneumonia.reading.dicom_pixels import grey_of_colour
from pneumonia.reading.grey_levels import ModalityUnits, default_window
from pneumonia.reasons.codes import Notice


def test_unsigned_values_are_the_grey_levels() -> None:
    assert run([0, 5, 4095]).levels[0].tolist() == [0, 5, 4095]


def test_signed_values_are_raised_above_zero() -> None:
    grey = run([-2048, 0, 2047], signed=True)

    assert grey.levels[0].tolist() == [0, 2048, 4095]
    assert in_units(grey) == [-2048, 0, 2047]


def test_rescale_keeps_the_depth_and_gives_the_units() -> None:
    grey = run([0, 1, 4095], RescaleSlope=0.5, RescaleIntercept=-100)

    assert grey.levels[0].tolist() == [0, 1, 4095]
    assert in_units(grey) == [-100, -99.5, 1947.5]


def test_negative_rescale_slope_turns_the_levels_over() -> None:
    grey = run([0, 1, 4095], RescaleSlope=-1, RescaleIntercept=4095)

    assert grey.levels[0].tolist() == [4095, 4094, 0]
    assert in_units(grey) == [4095, 4094, 0]


def test_negative_rescale_slope_and_monochrome1_cancel() -> None:
    grey = run(
        [0, 1, 4095],
        RescaleSlope=-1,
        RescaleIntercept=4095,
        PhotometricInterpretation="MONOCHROME1",
    )

    assert grey.levels[0].tolist() == [0, 1, 4095]
    assert in_units(grey) == [4095, 4094, 0]


def test_a_window_after_a_negative_slope_stays_upright() -> None:
    grey = run(
        [1000, 2000, 3000],
        RescaleSlope=-1,
        RescaleIntercept=4095,
        WindowCenter=2095.5,
        WindowWidth=2001,
    )

    assert shown(grey) == [255, 128, 0]


def test_rescale_type_names_the_units() -> None:
    grey = run([0, 9], RescaleSlope=1, RescaleIntercept=0, RescaleType="OD")

    assert grey.units == ModalityUnits(name="OD")


def test_modality_lut_is_applied_at_its_depth() -> None:
    grey = run(
        [0, 1, 3], bits=2, ModalityLUTSequence=files.lut([0, 10, 20, 4000], bits=12)
    )

    assert grey.levels[0].tolist() == [0, 10, 4000]
    assert in_units(grey) == [0, 10, 4000]


def test_modality_lut_comes_before_the_window() -> None:
    grey = run(
        [0, 1, 2, 3],
        bits=2,
        ModalityLUTSequence=files.lut([0, 1000, 2000, 4000], bits=12),
        WindowCenter=1500,
        WindowWidth=1000,
        VOILUTFunction="LINEAR_EXACT",
    )

    assert shown(grey) == [0, 0, 255, 255]


def test_linear_window_follows_the_formula_of_the_standard() -> None:
    # PS3.3, C.11.2.1.2.1: (x - (c - 0.5)) / (w - 1) + 0.5
    grey = run(np.arange(100), bits=12, WindowCenter=50, WindowWidth=11)

    assert grey.window == (44.5, 54.5)


def test_linear_exact_window_follows_the_formula_of_the_standard() -> None:
    grey = run(
        np.arange(100), WindowCenter=50, WindowWidth=10, VOILUTFunction="LINEAR_EXACT"
    )

    assert grey.window == (45, 55)


def test_window_of_width_1_is_a_step() -> None:
    grey = run([48, 49, 50, 51], WindowCenter=50, WindowWidth=1)

    assert shown(grey) == [0, 0, 255, 255]


def test_a_window_is_in_modality_units() -> None:
    grey = run(
        np.arange(100),
        WindowCenter=-950,
        WindowWidth=50,
        VOILUTFunction="LINEAR_EXACT",
        RescaleSlope=2,
        RescaleIntercept=-1024,
    )

    assert grey.window == (24.5, 49.5)


def test_the_first_of_several_windows_is_taken() -> None:
    grey = run(
        np.arange(100),
        WindowCenter=[50, 10],
        WindowWidth=[10, 4],
        VOILUTFunction="LINEAR_EXACT",
    )

    assert grey.window == (45, 55)


@pytest.mark.parametrize("width", [0, -5, 0.5, "nan"])
def test_an_invalid_window_is_passed_over_for_the_next(width: float | str) -> None:
    grey = run(np.arange(100), WindowCenter=[9, 50], WindowWidth=[width, 11])

    assert grey.window == (44.5, 54.5)


def test_without_a_window_robust_percentiles_are_shown() -> None:
    grey = run(np.arange(1000))

    assert grey.rendering == "percentiles"
    assert grey.window == pytest.approx((4.995, 994.005))


def test_percentiles_are_those_of_other_pictures() -> None:
    pixels = np.random.default_rng(0).integers(0, 4096, (64, 64)).astype(np.uint16)
    expected = tuple(np.percentile(pixels, (0.5, 99.5)))
    assert default_window(pixels) == expected


def test_8_bits_without_a_window_are_shown_as_they_are() -> None:
    grey = run([20, 200], bits=8)

    assert grey.window == (0, 255)
    assert to_grey_levels(grey).dtype == np.uint8


def test_6_bits_are_shown_over_their_range() -> None:
    assert run([20, 40], bits=6).window == (0, 63)


def test_a_window_that_misses_the_picture_is_replaced_with_a_note() -> None:
    grey = run(np.arange(3000, 4000), WindowCenter=128, WindowWidth=256)

    assert grey.rendering == "percentiles"
    assert grey.warnings == (Notice("window_misses_picture"),)


@pytest.mark.parametrize("width", [65_536, 1e9])
def test_a_window_of_more_bits_than_are_stored_is_replaced_with_a_note(
    width: float,
) -> None:
    # The picture would be one grey, or nearly so.
    grey = run(list(range(1000)), WindowCenter=2048, WindowWidth=width)

    assert grey.window == pytest.approx((4.995, 994.005))
    assert Notice("window_misses_picture") in grey.warnings


def test_sigmoid_is_applied_at_full_depth() -> None:
    grey = run(
        [0, 2048, 4095], WindowCenter=2048, WindowWidth=1024, VOILUTFunction="SIGMOID"
    )

    # PS3.3, C.11.2.1.3.1: 65535 / (1 + exp(-4 (x - c) / w))
    assert grey.levels[0].tolist() == [22, 32768, 65513]
    assert grey.window == (0, 65535)
    assert grey.units is None


def test_voi_lut_comes_before_a_window() -> None:
    grey = run(
        [0, 1, 2, 3],
        bits=2,
        VOILUTSequence=files.lut([0, 300, 800, 1023], bits=10),
        WindowCenter=1,
        WindowWidth=2,
    )

    assert grey.rendering == "VOI LUT"
    assert grey.levels[0].tolist() == [0, 300, 800, 1023]
    assert grey.window == (0, 1023)
    assert grey.units is None


def test_voi_lut_repeats_its_ends() -> None:
    grey = run([0, 10, 11, 12, 4095], VOILUTSequence=files.lut([5, 900], first=11))

    assert grey.levels[0].tolist() == [5, 5, 5, 900, 900]


def test_voi_lut_begins_at_negative_modality_units() -> None:
    grey = run(
        [0, 24, 4095],
        RescaleSlope=1,
        RescaleIntercept=-1024,
        VOILUTSequence=files.lut([1, 2, 65535], first=-1001),
    )

    assert grey.levels[0].tolist() == [1, 2, 65535]


def test_voi_lut_that_overstates_its_depth_is_not_shown_dark() -> None:
    grey = run([0, 3], bits=2, VOILUTSequence=files.lut([0, 100, 500, 1000], bits=16))

    assert shown(grey) == [0, 255]


def test_voi_lut_of_bytes_is_read() -> None:
    table = files.lut(np.arange(4), bits=8)
    table[0].LUTData = bytes([0, 50, 100, 250])

    grey = run([0, 1, 3], bits=2, VOILUTSequence=table)
    assert grey.levels[0].tolist() == [0, 50, 250]


def test_lut_of_65536_entries_states_0() -> None:
    table = files.lut(np.arange(65_536))

    assert len(Lut.of(table[0]).data) == 65_536


def test_monochrome1_is_inverted() -> None:
    grey = run([0, 5, 4095], PhotometricInterpretation="MONOCHROME1")

    assert grey.levels[0].tolist() == [4095, 4090, 0]
    assert in_units(grey) == [0, 5, 4095]


def test_monochrome1_inverts_its_window() -> None:
    grey = run(
        [0, 1000, 1500, 2000, 4095],
        PhotometricInterpretation="MONOCHROME1",
        WindowCenter=1500,
        WindowWidth=1000,
        VOILUTFunction="LINEAR_EXACT",
    )

    assert shown(grey) == [255, 255, 128, 0, 0]


def test_monochrome1_inverts_a_voi_lut() -> None:
    grey = run(
        [0, 1, 3],
        bits=2,
        PhotometricInterpretation="MONOCHROME1",
        VOILUTSequence=files.lut([0, 300, 800, 1023], bits=10),
    )

    assert grey.levels[0].tolist() == [1023, 723, 0]


def test_inverse_shape_inverts_monochrome1_once() -> None:
    grey = run(
        [0, 5, 4095],
        PhotometricInterpretation="MONOCHROME1",
        PresentationLUTShape="INVERSE",
    )

    assert grey.levels[0].tolist() == [4095, 4090, 0]
    assert grey.warnings == ()


def test_inverse_shape_inverts_monochrome2_with_a_note() -> None:
    grey = run([0, 5, 4095], PresentationLUTShape="INVERSE")

    assert grey.levels[0].tolist() == [4095, 4090, 0]
    assert grey.warnings == (Notice("contradictory_black"),)


def test_identity_shape_leaves_monochrome1_with_a_note() -> None:
    grey = run(
        [0, 5, 4095],
        PhotometricInterpretation="MONOCHROME1",
        PresentationLUTShape="IDENTITY",
    )

    assert grey.levels[0].tolist() == [0, 5, 4095]
    assert grey.warnings == (Notice("contradictory_black"),)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_presentation_lut_sequence_takes_the_place_of_inversion(
    photometric: str,
) -> None:
    grey = run(
        [1000, 1500, 2000],
        PhotometricInterpretation=photometric,
        WindowCenter=1500,
        WindowWidth=1000,
        VOILUTFunction="LINEAR_EXACT",
        PresentationLUTSequence=files.lut([4000, 1000, 0], bits=12),
    )

    assert grey.levels[0].tolist() == [4000, 1000, 0]
    assert grey.rendering == "presentation LUT"


def test_padding_becomes_black_and_is_left_out_of_the_percentiles() -> None:
    grey = run([4095] * 500 + list(range(1000)), PixelPaddingValue=4095)

    assert to_grey_levels(grey)[0, 0] == 0
    assert grey.window == pytest.approx((4.995, 994.005))


def test_padding_is_black_after_inversion() -> None:
    grey = run(
        [0, 0, 7, 9], PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0
    )

    assert to_grey_levels(grey)[0].tolist() == [0, 0, 4088, 4086]


@pytest.mark.parametrize("limits", [(10, 20), (20, 10)])
def test_padding_covers_a_range(limits: tuple[int, int]) -> None:
    grey = run(
        [9, 10, 15, 20, 21],
        PixelPaddingValue=limits[0],
        PixelPaddingRangeLimit=limits[1],
    )

    assert grey.padding[0].tolist() == [False, True, True, True, False]


@pytest.mark.parametrize("value", [-2000, 65_536 - 2000])
def test_padding_of_signed_pixels_has_either_vr(value: int) -> None:
    source = dataset()
    source.add_new("PixelPaddingValue", "SS" if value < 0 else "US", value)
    stored = np.array([[-2000, 0, 5]], np.int32)

    padding = find_padding(source, stored, True)
    assert padding[0].tolist() == [True, False, False]


def test_grey_stored_as_rgb_is_grey() -> None:
    grey = files.ramp(8).astype(np.int32)

    np.testing.assert_array_equal(
        grey_of_colour(np.stack([grey, grey, grey], -1), 8), grey
    )


def test_grey_stored_as_rgb_may_stray_by_8_levels() -> None:
    grey = files.ramp(8).astype(np.int32)
    channels = np.stack([grey, np.clip(grey + 8, 0, 255), grey], -1)

    assert np.abs(grey_of_colour(channels, 8) - grey.astype(float)).max() <= 5


def test_grey_stored_as_luma_and_chroma_is_grey() -> None:
    luma = files.ramp(8).astype(np.int32)
    middle = np.full_like(luma, 128)

    np.testing.assert_array_equal(
        grey_of_colour(np.stack([luma, middle, middle + 3], -1), 8), luma
    )


def test_grey_of_16_bits_keeps_them() -> None:
    grey = files.ramp(16).astype(np.int32)

    levels = grey_of_colour(np.stack([grey, grey, grey], -1), 16)

    np.testing.assert_array_equal(levels, grey)


def test_a_small_coloured_mark_is_overlooked() -> None:
    channels = np.repeat(files.ramp(8).astype(np.int32)[..., np.newaxis], 3, -1)
    channels[:5, :5] = (255, 0, 0)

    assert grey_of_colour(channels, 8).shape == (64, 80)


def test_colour_is_refused() -> None:
    grey = files.ramp(8).astype(np.int32)

    with pytest.raises(UnsupportedRadiographError) as caught:
        grey_of_colour(np.stack([grey, grey[::-1], grey[:, ::-1]], -1), 8)

    assert caught.value.code == "colour_image"
