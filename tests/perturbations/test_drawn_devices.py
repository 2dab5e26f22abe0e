"""Lines, tubes and wires are thin, bright, in their places, and change nothing else."""

import numpy as np
import pytest
from phantoms import draw_grey

from pneumonia.perturbations.drawn_devices import DEVICES

GREY = draw_grey(seed=1)


def drawn(name: str, side: int = 224) -> np.ndarray:
    """How much brighter each pixel of an even grey becomes."""
    even = np.full((side, side), 100, np.uint8)
    return DEVICES[name](even).astype(int) - even


@pytest.mark.parametrize("name", DEVICES)
def test_device_is_bright_and_thin(name: str) -> None:
    brighter = drawn(name)
    assert brighter.min() == 0
    assert brighter.max() == 110
    assert 0.001 < (brighter > 0).mean() < 0.05


@pytest.mark.parametrize("name", DEVICES)
def test_device_is_drawn_alike_at_any_size(name: str) -> None:
    small, large = drawn(name), drawn(name, 896)
    assert large.mean() == pytest.approx(small.mean(), rel=0.3)
    mean = large.reshape(224, 4, 224, 4).mean(axis=(1, 3))
    assert np.corrcoef(mean.ravel(), small.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("name", DEVICES)
def test_device_leaves_its_input_alone_and_the_rest_of_the_picture(name: str) -> None:
    before = GREY.copy()
    changed = DEVICES[name](GREY)
    np.testing.assert_array_equal(GREY, before)
    assert changed.dtype == np.uint8
    assert (changed >= before).all()
    np.testing.assert_array_equal(changed[drawn(name) == 0], before[drawn(name) == 0])


def test_device_works_on_radiographs_that_are_not_square() -> None:
    wide = draw_grey((300, 420), seed=2)
    assert all(device(wide).shape == wide.shape for device in DEVICES.values())


def test_devices_lie_where_they_lie_in_a_chest() -> None:
    def places(name: str) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = np.nonzero(drawn(name))
        return rows / 224, columns / 224

    rows, columns = places("sternal wires")
    assert np.abs(columns - 0.5).max() < 0.05
    rows, columns = places("tracheal tube")
    assert rows.max() < 0.35
    rows, columns = places("gastric tube")
    assert rows.min() < 0.01
    assert columns[rows > 0.8].min() > 0.5
    rows, columns = places("central line")
    assert columns[rows < 0.12].max() < 0.3
