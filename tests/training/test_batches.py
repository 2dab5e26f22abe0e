"""Batches depend on seed and step alone, are balanced, and show the lungs."""

from typing import Any

import cv2
import numpy as np
import pytest
from fixtures_training import TURNING, assert_same_arrays, make_trunk
from phantoms import draw_squares

from pneumonia.lungs.crop import WHOLE, Box
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import (
    LabelledPictures,
    TrainingBatches,
    steps_per_epoch,
)


def numbered(normal: int, pneumonia: int) -> LabelledPictures:
    """Make pictures that all hold their own number."""
    count = normal + pneumonia
    pictures = np.arange(count, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    labels = np.repeat([0, 1], [normal, pneumonia])
    return LabelledPictures(np.broadcast_to(pictures, (count, 8, 8, 1)).copy(), labels)


def stream(
    data: LabelledPictures,
    *,
    augmentation: Augmentation | None = None,
    batch_size: int = 8,
    input_shape: tuple[int, int, int] | None = None,
    **changes: Any,
) -> TrainingBatches:
    trunk = make_trunk(
        batch_size=batch_size, augmentation=augmentation or Augmentation()
    )
    side = data.pictures.shape[1]
    return TrainingBatches(
        data, trunk, input_shape or (side, side, 1), **{"seed": 0, **changes}
    )


def numbers_in(data: LabelledPictures, epoch: int, **changes: Any) -> list[int]:
    """Tell which radiographs an epoch shows, in order."""
    batches = stream(data, **changes)
    steps = steps_per_epoch(len(data.labels), changes.get("batch_size", 8))
    inputs = [batches[epoch * steps + step][0] for step in range(steps)]
    numbers: list[int] = np.concatenate(inputs)[:, 0, 0, 0].tolist()
    return numbers


def test_batch_depends_on_seed_and_step_only() -> None:
    data = LabelledPictures(draw_squares(24), np.arange(24) % 2)
    forwards, backwards = (stream(data, augmentation=TURNING) for _ in range(2))
    expected = [forwards[step] for step in range(7)]
    for step in reversed(range(7)):
        assert_same_arrays(backwards[step], expected[step])


def test_other_seed_gives_other_batches() -> None:
    data = numbered(12, 12)
    assert numbers_in(data, 0) != numbers_in(data, 0, seed=1)


@pytest.mark.parametrize("first_step", [1, 3, 5])
def test_stream_from_a_later_step_equals_the_continued_one(first_step: int) -> None:
    data = LabelledPictures(draw_squares(24), np.arange(24) % 2)
    whole = stream(data, augmentation=TURNING)
    later = stream(data, augmentation=TURNING, first_step=first_step)
    for step in range(5):
        assert_same_arrays(later[step], whole[first_step + step])


@pytest.mark.parametrize("epoch", [0, 1, 17])
def test_epoch_shows_each_radiograph_once(epoch: int) -> None:
    assert sorted(numbers_in(numbered(14, 10), epoch)) == list(range(24))


def test_epoch_leaves_the_incomplete_batch_out() -> None:
    data = numbered(10, 10)
    assert steps_per_epoch(len(data.labels), 8) == 2
    assert len(set(numbers_in(data, 0))) == 16


def test_fewer_radiographs_than_a_batch_are_one_batch() -> None:
    data = numbered(3, 2)
    assert steps_per_epoch(len(data.labels), 32) == 1
    assert sorted(numbers_in(data, 4, batch_size=32)) == list(range(5))


def test_epochs_are_shuffled_anew() -> None:
    data = numbered(12, 12)
    assert numbers_in(data, 0) != numbers_in(data, 1)


def test_epochs_change_a_radiograph_anew() -> None:
    data = LabelledPictures(draw_squares(2), np.array([0, 1]))
    batches = stream(data, batch_size=2, augmentation=TURNING)
    first = {picture.tobytes() for picture in batches[0][0]}
    assert first.isdisjoint(picture.tobytes() for picture in batches[1][0])


def test_stream_is_endless() -> None:
    assert stream(numbered(12, 12)).num_batches is None


def test_labels_follow_their_radiographs() -> None:
    inputs, labels, _ = stream(numbered(12, 12))[1]
    np.testing.assert_array_equal(labels[:, 0], inputs[:, 0, 0, 0] >= 12)


@pytest.mark.parametrize(("normal", "pneumonia"), [(6, 18), (18, 6), (12, 12)])
def test_both_classes_weigh_the_same_in_total(normal: int, pneumonia: int) -> None:
    batches = stream(numbered(normal, pneumonia))
    _, labels, weights = (
        np.concatenate(part)
        for part in zip(*(batches[step] for step in range(3)), strict=True)
    )
    assert weights[labels[:, 0] == 0].sum() == pytest.approx(12)
    assert weights[labels[:, 0] == 1].sum() == pytest.approx(12)


def test_batch_has_the_documented_shapes_and_types() -> None:
    inputs, labels, weights = stream(numbered(12, 12), input_shape=(8, 8, 3))[0]
    assert inputs.shape == (8, 8, 8, 3)
    assert labels.shape == (8, 1)
    assert weights.shape == (8,)
    assert inputs.dtype == np.uint8
    assert labels.dtype == weights.dtype == np.float32


def test_channels_hold_the_same_grey() -> None:
    data = LabelledPictures(draw_squares(8), np.arange(8) % 2)
    inputs, _, _ = stream(data, input_shape=(32, 32, 3), augmentation=TURNING)[0]
    np.testing.assert_array_equal(inputs[..., 0], inputs[..., 2])


def test_pictures_in_memory_are_left_alone() -> None:
    pictures = draw_squares(8)
    before = pictures.copy()
    data = LabelledPictures(pictures, np.arange(8) % 2)
    stream(data, augmentation=TURNING)[0]
    np.testing.assert_array_equal(pictures, before)


# The lungs' box


QUADRANTS: dict[int, Box] = {
    10: (0.0, 0.5, 0.0, 0.5),
    20: (0.0, 0.5, 0.5, 1.0),
    30: (0.5, 1.0, 0.0, 0.5),
    40: (0.5, 1.0, 0.5, 1.0),
}


def in_quadrants() -> LabelledPictures:
    """Make pictures of four greys; the box of each holds one grey alone."""
    rows = np.repeat([[10, 20], [30, 40]], 16, axis=1).repeat(16, axis=0)
    pictures = np.broadcast_to(rows[np.newaxis, ..., np.newaxis], (4, 32, 32, 1))
    return LabelledPictures(
        pictures.astype(np.uint8), np.arange(4) % 2, list(QUADRANTS.values())
    )


def test_only_the_box_of_each_radiograph_is_seen() -> None:
    inputs, _, _ = stream(in_quadrants(), batch_size=4, input_shape=(24, 24, 1))[0]
    assert inputs.shape == (4, 24, 24, 1)
    middle = inputs[:, 2:-2, 2:-2, 0]
    seen = [int(level) for level in middle[:, 0, 0]]
    assert sorted(seen) == list(QUADRANTS)
    for level, square in zip(seen, middle, strict=True):
        assert (square == level).all()


def test_whole_radiographs_are_seen_without_boxes() -> None:
    data = LabelledPictures(draw_squares(8), np.arange(8) % 2)
    assert data.box(3) == WHOLE
    inputs, _, _ = stream(data)[0]
    shown = {square.tobytes() for square in inputs[..., 0]}
    assert shown == {picture.tobytes() for picture in data.pictures[..., 0]}


def test_wrong_boxes_come_as_often_as_they_are_asked_for() -> None:
    data = in_quadrants()
    wrong = Augmentation(wrong_box=0.25)
    batches = stream(data, batch_size=4, augmentation=wrong, input_shape=(8, 8, 1))
    greys = [len(np.unique(square)) for i in range(60) for square in batches[i][0]]
    # Two thirds of the wrong boxes are halves of the right one: of one grey as well.
    assert 0.03 < np.mean(np.array(greys) > 1) < 0.15


# The lungs as a second target


def with_halves() -> LabelledPictures:
    """Make white pictures whose left half is lung."""
    lungs = np.zeros((8, 16, 16), np.uint8)
    lungs[:, :, :8] = 255
    pictures = np.full((8, 32, 32, 1), 255, np.uint8)
    return LabelledPictures(pictures, np.arange(8) % 2, lungs=lungs)


def test_second_target_is_the_share_of_lung_in_each_cell() -> None:
    _, (labels, lungs), weights = stream(with_halves(), cells=4)[0]
    assert labels.shape == (8, 1)
    assert lungs.shape == (8, 4, 4, 1)
    assert lungs.dtype == np.float32
    # Interpolation blurs the edge of a mask that is smaller than the picture.
    expected = np.broadcast_to([1, 1, 0, 0], (8, 4, 4))
    np.testing.assert_allclose(lungs[..., 0], expected, atol=0.1)
    for each in weights:
        np.testing.assert_array_equal(each, weights[0])


def test_lungs_move_with_the_picture() -> None:
    data = with_halves()
    data.pictures[:, :, 16:] = 0
    moving = Augmentation(flip=True, rotation=20.0, shift=0.2, log_scale=0.2)
    inputs, (_, lungs), _ = stream(data, augmentation=moving, cells=8)[0]
    seen = [cv2.resize(each, (8, 8), interpolation=cv2.INTER_AREA) for each in inputs]
    np.testing.assert_allclose(np.stack(seen) / 255, lungs[..., 0], atol=0.15)
    assert len({each.tobytes() for each in inputs}) == 8
