"""Plain margins are found from the picture alone."""

import io
import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.reading.margins import Frame, find_exact_frame, find_frame
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import Repair

Pixels = NDArray[Any]
CHEST = draw_phantom((220, 180), seed=4).astype(np.uint8)
WHOLE = Frame(0, 220, 0, 180)
# Top, bottom, left, right, in pixels.
SIDES = [(30, 0, 0, 0), (0, 30, 0, 0), (0, 0, 30, 0), (0, 0, 0, 30), (5, 90, 60, 1)]


def bordered(pixels: Pixels, sides: tuple[int, int, int, int], level: int) -> Pixels:
    top, bottom, left, right = sides
    return np.pad(pixels, ((top, bottom), (left, right)), constant_values=level)


def png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_chest_is_not_cropped() -> None:
    assert find_frame(CHEST) == WHOLE


@pytest.mark.parametrize("level", [0, 60, 128, 200, 255])
@pytest.mark.parametrize("sides", SIDES)
def test_a_margin_is_found_on_any_side_at_any_level(
    sides: tuple[int, int, int, int], level: int
) -> None:
    framed = bordered(CHEST, sides, level)
    np.testing.assert_array_equal(find_frame(framed).cut(framed), CHEST)


def test_a_slide_frame_within_a_white_margin_is_found() -> None:
    black = bordered(CHEST, (20, 20, 10, 10), 0)
    white = bordered(black, (40, 40, 40, 40), 255)
    np.testing.assert_array_equal(find_frame(white).cut(white), CHEST)


def test_margins_of_different_levels_are_found() -> None:
    framed = bordered(bordered(CHEST, (0, 0, 50, 0), 255), (30, 0, 0, 0), 0)
    np.testing.assert_array_equal(find_frame(framed).cut(framed), CHEST)


@pytest.mark.parametrize("spread", [2, 5])
def test_noise_in_a_margin_does_not_hide_it(spread: int) -> None:
    framed = bordered(CHEST, (40, 40, 40, 40), 240).astype(int)
    random = np.random.default_rng(0)
    noisy = framed + random.integers(-spread, spread + 1, framed.shape)
    found = find_frame(noisy.clip(0, 255).astype(np.uint8))
    assert found == Frame(40, 260, 40, 220)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_what_jpeg_leaves_of_a_margin_is_narrower_than_a_block(level: int) -> None:
    file = io.BytesIO()
    framed = bordered(CHEST, (40, 40, 40, 40), level)
    Image.fromarray(framed).save(file, "JPEG", quality=75)
    found = find_frame(np.asarray(Image.open(file)))
    assert np.abs(np.subtract(found, (40, 260, 40, 220))).max() < 8


def test_dust_does_not_hide_a_margin() -> None:
    framed = bordered(CHEST, (40, 40, 40, 40), 255)
    framed[[70, 200], 5] = 0
    assert find_frame(framed) == Frame(40, 260, 40, 220)


@pytest.mark.parametrize("level", [0, 255])
def test_text_and_side_markers_in_a_margin_are_cropped_with_it(level: int) -> None:
    framed = bordered(CHEST, (60, 0, 60, 0), level)
    framed[20:30, 20:120:2] = 255 - level  # a line of text
    framed[120:150, 20:35] = 128  # an R
    np.testing.assert_array_equal(find_frame(framed).cut(framed), CHEST)


def test_a_mark_that_touches_the_chest_stays() -> None:
    framed = bordered(CHEST, (40, 0, 0, 0), 0)
    framed[35:40, 20:120:2] = 255
    assert find_frame(framed).top == 35


def test_what_fills_most_of_a_line_is_no_mark() -> None:
    framed = bordered(CHEST, (40, 0, 0, 0), 0)
    framed[20:30, 20:140] = 255
    assert find_frame(framed).top == 20


def test_what_is_high_is_no_mark() -> None:
    framed = bordered(CHEST, (100, 0, 0, 0), 0)
    framed[20:60, 20:60] = 255
    assert find_frame(framed).top == 20


@pytest.mark.parametrize("repair", ["rotate_90", "rotate_180", "rotate_270", "invert"])
def test_the_frame_follows_a_repair(repair: Repair) -> None:
    framed = bordered(CHEST, (30, 10, 50, 0), 255)
    turned = apply_repair(Radiograph(framed, sha256="", format="PNG"), repair)
    assert sorted(turned.frame.shape) == sorted(CHEST.shape)


def test_a_picture_without_contrast_is_all_margin() -> None:
    assert 0 in find_frame(np.full((90, 80), 7, np.uint8)).shape


def test_a_light_margin_does_not_darken_16_bits() -> None:
    pixels = draw_phantom((220, 180), seed=4, bit_depth=12)
    framed = bordered(pixels, (30, 30, 30, 30), 65_535)
    alone, within = read_radiograph(png(pixels)), read_radiograph(png(framed))
    assert within.window == alone.window
    assert within.frame == Frame(30, 250, 30, 210)


def test_a_margin_of_noise_does_not_set_the_window_of_16_bits() -> None:
    pixels = draw_phantom((220, 180), seed=4, bit_depth=12)
    framed = bordered(pixels, (30, 30, 30, 30), 4000)
    framed[:30] -= np.random.default_rng(0).integers(0, 40, (30, 240), np.uint16)
    alone, within = read_radiograph(png(pixels)), read_radiograph(png(framed))
    assert within.window == pytest.approx(alone.window, abs=5)


def test_only_equal_pixels_are_an_exact_margin() -> None:
    framed = bordered(CHEST, (9, 9, 9, 9), 200)
    framed[0, 0] = 201
    assert find_exact_frame(framed) == Frame(0, 229, 0, 189)
    framed[0, 0] = 200
    assert find_exact_frame(framed) == Frame(9, 229, 9, 189)


def test_time_grows_with_the_pixels_and_not_faster() -> None:
    small, large = (time_to_find(side) for side in (1750, 7000))
    assert large < 3 * 16 * small  # 16 times the pixels


def time_to_find(side: int) -> float:
    """Return the processor's time for a chest in a wide margin."""
    picture = np.full((side, side), 250, np.uint8)
    picture[900:1200, 900:1200] = (
        CHEST[:200, :150].repeat(2, 1)[:, :300].repeat(2, 0)[:300]
    )
    start = time.process_time()
    assert find_frame(picture) == Frame(900, 1200, 900, 1200)
    return time.process_time() - start
