"""Each named change does what its name says, always the same way."""

import cv2
import numpy as np
import pytest
from phantoms import draw_grey

from pneumonia.perturbations.corruptions import CORRUPTIONS

GREY = draw_grey(seed=1)
GEOMETRIC = ("crop", "rotation", "stretch")


def blob(name: str) -> tuple[float, float]:
    """Height and width of a square of 60 pixels after a corruption."""
    picture = np.zeros((224, 224), np.uint8)
    picture[82:142, 82:142] = 255
    rows, columns = np.nonzero(CORRUPTIONS[name](picture) > 127)
    return float(np.ptp(rows) + 1), float(np.ptp(columns) + 1)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_gives_8_bit_grey(name: str) -> None:
    changed = CORRUPTIONS[name](GREY)
    assert changed.dtype == np.uint8
    assert changed.ndim == 2


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_is_the_same_every_time(name: str) -> None:
    np.testing.assert_array_equal(CORRUPTIONS[name](GREY), CORRUPTIONS[name](GREY))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_leaves_its_input_alone(name: str) -> None:
    before = GREY.copy()
    CORRUPTIONS[name](GREY)
    np.testing.assert_array_equal(GREY, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_changes_the_picture(name: str) -> None:
    changed = CORRUPTIONS[name](GREY)
    assert changed.shape != GREY.shape or (changed != GREY).any()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_works_at_native_shapes(name: str) -> None:
    changed = CORRUPTIONS[name](draw_grey((300, 420), seed=2))
    assert changed.shape == (300, 420) or name == "crop 8 %"


@pytest.mark.parametrize(
    "name", [name for name in CORRUPTIONS if not name.startswith(GEOMETRIC)]
)
def test_corruption_keeps_most_of_what_is_seen(name: str) -> None:
    changed = CORRUPTIONS[name](GREY)
    if changed.shape == GREY.shape and "stretch" not in name:
        assert np.corrcoef(changed.ravel(), GREY.ravel())[0, 1] > 0.8


def test_gamma_below_one_brightens() -> None:
    assert CORRUPTIONS["gamma 0.7"](GREY).mean() > GREY.mean()
    assert CORRUPTIONS["gamma 1.4"](GREY).mean() < GREY.mean()


def test_brightness_is_an_offset() -> None:
    grey = np.full((224, 224), 100, np.uint8)
    assert CORRUPTIONS["brightness +35"](grey).max() == 135
    assert CORRUPTIONS["brightness -35"](grey).max() == 65


def test_local_contrast_changes_what_is_small_and_keeps_what_is_large() -> None:
    names = ("local contrast 0.6", "local contrast 1.6")
    hazy, clear = (CORRUPTIONS[name](GREY) for name in names)

    def small(grey: np.ndarray) -> float:
        soft = cv2.GaussianBlur(grey.astype(float), (0, 0), 15)
        return float((grey - soft)[40:180, 40:180].std())

    assert small(hazy) < 0.8 * small(GREY)
    assert small(clear) > 1.3 * small(GREY)
    assert hazy.mean() == pytest.approx(GREY.mean(), abs=3)


def test_crop_cuts_8_percent_off_each_side() -> None:
    assert CORRUPTIONS["crop 8 %"](GREY).shape == (188, 188)


def test_vertical_stretch_makes_things_taller_not_wider() -> None:
    height, width = blob("vertical stretch 1.22")
    assert height == pytest.approx(73, abs=2)
    assert width == pytest.approx(60, abs=1)


def test_horizontal_squeeze_makes_things_narrower_not_shorter() -> None:
    height, width = blob("horizontal stretch 0.82")
    assert height == pytest.approx(60, abs=1)
    assert width == pytest.approx(49, abs=2)


def test_collimation_blackens_the_border_only() -> None:
    framed = CORRUPTIONS["collimation border"](np.full((200, 200), 90, np.uint8))
    assert framed[:12].max() == 0
    assert framed[12:-12, 12:-12].min() == 90


def test_markers_are_bright_and_in_corners() -> None:
    changed = CORRUPTIONS["markers"](GREY).astype(int) - GREY
    rows, columns = np.nonzero(changed)
    assert ((rows < 40) | (rows > 180)).all()
    assert changed.max() > 100
    assert len(columns) < 0.03 * GREY.size
