"""A network sees whole pictures, or the box of the lungs and nothing else."""

import cv2
import numpy as np
import pytest
from fixtures_models import seeing_lungs, seeing_whole, tiny_network
from lung_fields import TWO_LUNGS, FixedLungs, brightness_network, lungs_at
from numpy.typing import NDArray
from phantoms import draw_squares

from pneumonia.lungs.crop import WHOLE, Box, box_to_see, cut_to_box
from pneumonia.lungs.finder import LungFinder
from pneumonia.model.network import PICTURE_SIDE, Network
from pneumonia.model.prediction import predict_logits

PICTURES = draw_squares(3, PICTURE_SIDE)


def test_network_on_the_lungs_takes_pictures_that_are_larger_than_its_square() -> None:
    assert seeing_lungs().picture_side == PICTURE_SIDE
    assert seeing_whole().picture_side == 32


def test_whole_pictures_are_seen_as_they_are() -> None:
    network, squares = seeing_whole(), draw_squares(3)
    assert network.boxes(squares) == [WHOLE] * 3
    np.testing.assert_array_equal(network.squares(squares, [WHOLE] * 3), squares)
    np.testing.assert_array_equal(
        network.logits(squares), predict_logits(network.model, squares)
    )


def test_lungs_are_seen_with_their_margin() -> None:
    network = seeing_lungs()
    box = box_to_see(TWO_LUNGS)
    assert network.boxes(PICTURES) == [box] * 3
    seen = network.squares(PICTURES, [box] * 3)
    assert seen.shape == (3, 32, 32, 1)
    for square, picture in zip(seen[..., 0], PICTURES[..., 0], strict=True):
        np.testing.assert_array_equal(square, cut_to_box(picture, box, 32))
    np.testing.assert_array_equal(
        network.logits(PICTURES), predict_logits(network.model, seen)
    )


def test_picture_without_lungs_is_seen_whole() -> None:
    network = seeing_lungs(finder=FixedLungs(lungs_at()))
    assert network.boxes(PICTURES) == [WHOLE] * 3


def test_named_boxes_are_seen_instead() -> None:
    network = seeing_lungs()
    half: Box = (0.0, 1.0, 0.0, 0.5)
    changed = PICTURES.copy()
    changed[:, :, 120:] = 0
    same, other = (network.logits(each, [half] * 3) for each in (PICTURES, changed))
    np.testing.assert_array_equal(same, other)
    assert (network.logits(PICTURES) != network.logits(changed)).all()


def test_each_picture_needs_its_box() -> None:
    with pytest.raises(ValueError, match="shorter"):
        seeing_lungs().squares(PICTURES, [WHOLE] * 2)


def test_network_of_three_channels_sees_the_same_grey() -> None:
    network = seeing_whole(tiny_network(channels=3))
    assert network.logits(draw_squares(3)).shape == (3,)


def draw_bright_lungs(seed: int) -> NDArray[np.uint8]:
    """Draw two bright lungs with some structure on dark ground."""
    noise = np.random.default_rng(seed).standard_normal((256, 256), np.float32)
    coarse = cv2.GaussianBlur(noise, (0, 0), 8)
    picture = np.full((256, 256), 30.0)
    for columns in (slice(40, 116), slice(140, 216)):
        lung = np.s_[48:208, columns]
        picture[lung] = 200 + 30 * coarse[lung] / coarse.std()
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def framed_logits(network: Network, grey: int | None) -> NDArray[np.float64]:
    """Score bright lungs with a frame of a grey around each picture; None: without."""
    pictures = [draw_bright_lungs(seed) for seed in range(6)]
    if grey is not None:
        pictures = [np.pad(each, 40, constant_values=grey) for each in pictures]
    side = network.picture_side
    squares = np.stack([cut_to_box(each, WHOLE, side) for each in pictures])
    return network.logits(squares[..., np.newaxis])


def test_frame_around_the_picture_leaves_the_logits_nearly_as_they_are() -> None:
    on_lungs = seeing_lungs(finder=LungFinder(brightness_network()))
    plain, black, dark, grey = (
        framed_logits(on_lungs, level) for level in (None, 0, 60, 110)
    )
    # The grey of the frame is not seen.
    np.testing.assert_allclose(dark, black, atol=1e-5)
    np.testing.assert_allclose(grey, black, atol=1e-5)
    # The lungs are found on a square of 128, so the cut moves by a fraction of 1/128.
    whole = seeing_whole()
    moved = np.abs(framed_logits(whole, 0) - framed_logits(whole, None))
    assert np.abs(black - plain).max() < 0.25 * moved.max()
