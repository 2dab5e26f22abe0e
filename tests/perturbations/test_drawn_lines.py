"""Lines of any shape are thin, bright, anywhere, and replayed by a seed."""

import numpy as np
from phantoms import draw_grey

from pneumonia.perturbations.drawn_lines import draw_any_lines

GREY = draw_grey(seed=1)
EVEN = np.full((224, 224), 100, np.uint8)


def test_lines_brighten_a_little_of_the_picture_and_leave_the_rest() -> None:
    before = GREY.copy()
    changed = draw_any_lines(GREY, np.random.default_rng(2))
    np.testing.assert_array_equal(GREY, before)
    assert changed.shape == GREY.shape
    assert changed.dtype == np.uint8
    assert (changed >= before).all()
    assert 0 < (changed > before).mean() < 0.2


def test_seed_replays_the_lines() -> None:
    first, same, other = (
        draw_any_lines(GREY, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_lines_reach_every_quarter_of_the_picture_alike() -> None:
    rng = np.random.default_rng(0)
    marked = np.mean([draw_any_lines(EVEN, rng) > EVEN for _ in range(200)], axis=0)
    quarters = marked.reshape(2, 112, 2, 112).mean(axis=(1, 3))
    assert quarters.min() > 0.6 * quarters.max()
    assert 0.005 < marked.mean() < 0.1


def test_lines_differ_in_brightness_and_number() -> None:
    rng = np.random.default_rng(1)
    brighter = [draw_any_lines(EVEN, rng).astype(int) - EVEN for _ in range(60)]
    brightest = np.array([each.max() for each in brighter])
    assert brightest[brightest > 0].min() < 60
    assert brightest.max() > 115
    assert np.ptp([(each > 0).mean() for each in brighter]) > 0.03


def test_lines_are_drawn_on_radiographs_that_are_not_square() -> None:
    wide = draw_grey((300, 420), seed=2)
    assert draw_any_lines(wide, np.random.default_rng(0)).shape == wide.shape
