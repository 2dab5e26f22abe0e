"""Batches depend on seed and step alone, are balanced, and hold counterfactuals."""

from typing import Any

import numpy as np
import pytest
from fixtures_training import TURNING, assert_same_arrays, make_stage
from phantoms import draw_squares

from pneumonia.training.augmentation import Augmentation
from pneumonia.training.batches import LabelledSquares, TrainingBatches
from pneumonia.training.settings import Counterfactuals

COUNTERFACTUALS = ("background_swap", "mediastinum_swap", "drawn_lines")


def numbered(normal: int, pneumonia: int) -> LabelledSquares:
    """Make squares that all hold their own number."""
    count = normal + pneumonia
    squares = np.arange(count, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    labels = np.repeat([0, 1], [normal, pneumonia])
    return LabelledSquares(np.broadcast_to(squares, (count, 8, 8, 1)).copy(), labels)


def stream(
    data: LabelledSquares,
    *,
    augmentation: Augmentation | None = None,
    batch_size: int = 8,
    counterfactuals: Counterfactuals | None = None,
    **changes: Any,
) -> TrainingBatches:
    stage = make_stage(
        batch_size=batch_size,
        augmentation=augmentation or Augmentation(),
        counterfactuals=counterfactuals or Counterfactuals(),
    )
    return TrainingBatches(
        data, stage, **{"channels": 1, "columns": 1, "seed": 0, **changes}
    )


def numbers_in(data: LabelledSquares, epoch: int, **changes: Any) -> list[int]:
    """Tell which radiographs an epoch shows, in order."""
    batches = stream(data, **changes)
    steps = data.steps_per_epoch(changes.get("batch_size", 8))
    inputs = [batches[epoch * steps + step][0] for step in range(steps)]
    numbers: list[int] = np.concatenate(inputs)[:, 0, 0, 0].tolist()
    return numbers


def test_batch_depends_on_seed_and_step_only() -> None:
    data = LabelledSquares(draw_squares(24), np.arange(24) % 2)
    forwards, backwards = (stream(data, augmentation=TURNING) for _ in range(2))
    expected = [forwards[step] for step in range(7)]
    for step in reversed(range(7)):
        assert_same_arrays(backwards[step], expected[step])


def test_other_seed_gives_other_batches() -> None:
    data = numbered(12, 12)
    assert numbers_in(data, 0) != numbers_in(data, 0, seed=1)


@pytest.mark.parametrize("first_step", [1, 3, 5])
def test_stream_from_a_later_step_equals_the_continued_one(first_step: int) -> None:
    data = LabelledSquares(draw_squares(24), np.arange(24) % 2)
    whole = stream(data, augmentation=TURNING)
    later = stream(data, augmentation=TURNING, first_step=first_step)
    for step in range(5):
        assert_same_arrays(later[step], whole[first_step + step])


@pytest.mark.parametrize("epoch", [0, 1, 17])
def test_epoch_shows_each_radiograph_once(epoch: int) -> None:
    assert sorted(numbers_in(numbered(14, 10), epoch)) == list(range(24))


def test_epoch_leaves_the_incomplete_batch_out() -> None:
    data = numbered(10, 10)
    assert data.steps_per_epoch(8) == 2
    assert len(set(numbers_in(data, 0))) == 16


def test_fewer_radiographs_than_a_batch_are_one_batch() -> None:
    data = numbered(3, 2)
    assert data.steps_per_epoch(32) == 1
    assert sorted(numbers_in(data, 4, batch_size=32)) == list(range(5))


def test_epochs_are_shuffled_anew() -> None:
    data = numbered(12, 12)
    assert numbers_in(data, 0) != numbers_in(data, 1)


def test_epochs_change_a_radiograph_anew() -> None:
    data = LabelledSquares(draw_squares(2), np.array([0, 1]))
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
    inputs, labels, weights = stream(numbered(12, 12), channels=3)[0]
    assert inputs.shape == (8, 8, 8, 3)
    assert labels.shape == (8, 1)
    assert weights.shape == (8,)
    assert inputs.dtype == np.uint8
    assert labels.dtype == weights.dtype == np.float32


def test_kinds_are_targets_of_a_network_that_learns_them() -> None:
    kinds = np.array([0, 1, 2, -1])
    data = LabelledSquares(draw_squares(4), np.array([0, 1, 1, 1]), kinds)
    np.testing.assert_array_equal(
        data.targets(3), [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0.5, 0.5]]
    )
    np.testing.assert_array_equal(data.targets(1), [[0], [1], [1], [1]])


def test_network_that_learns_kinds_needs_them() -> None:
    with pytest.raises(ValueError, match=r"needs kinds\. Received: None"):
        stream(numbered(12, 12), columns=3)


def test_kinds_follow_their_radiographs() -> None:
    data = numbered(12, 12)
    kinds = np.repeat([0, 1, 2], [12, 6, 6])
    known = LabelledSquares(data.squares, data.labels, kinds)
    inputs, targets, _ = stream(known, columns=3)[1]
    np.testing.assert_array_equal(targets.argmax(axis=1), kinds[inputs[:, 0, 0, 0]])


def test_channels_hold_the_same_grey() -> None:
    data = LabelledSquares(draw_squares(8), np.arange(8) % 2)
    inputs, _, _ = stream(data, channels=3, augmentation=TURNING)[0]
    np.testing.assert_array_equal(inputs[..., 0], inputs[..., 2])


def test_resized_squares_keep_their_grey_and_their_labels() -> None:
    data = numbered(3, 5)
    small = data.resized(4)
    assert small.squares.shape == (8, 4, 4, 1)
    np.testing.assert_array_equal(small.squares[:, 0, 0, 0], np.arange(8))
    np.testing.assert_array_equal(small.labels, data.labels)


def test_squares_of_the_wanted_side_are_not_copied() -> None:
    data = numbered(3, 5)
    assert data.resized(8) is data


def test_squares_in_memory_are_left_alone() -> None:
    squares = draw_squares(8)
    before = squares.copy()
    data = LabelledSquares(squares, np.arange(8) % 2)
    stream(data, augmentation=TURNING)[0]
    np.testing.assert_array_equal(squares, before)


@pytest.mark.parametrize(
    ("swap", "kept", "swapped"),
    [("background_swap", (4, 4), (0, 0)), ("mediastinum_swap", (0, 0), (5, 4))],
)
def test_swapped_parts_come_as_often_from_either_class(
    swap: str, kept: tuple[int, int], swapped: tuple[int, int]
) -> None:
    data = numbered(normal=12, pneumonia=36)
    batches = stream(data, counterfactuals=Counterfactuals(**{swap: 1.0}))
    plain = stream(data)
    strangers = []
    for index in range(6):
        inputs, own = batches[index][0], plain[index][0]
        place = (slice(None), *kept)
        np.testing.assert_array_equal(inputs[place], own[place])
        strangers += inputs[(slice(None), *swapped)][:, 0].tolist()
    normal = np.mean([number < 12 for number in strangers])
    assert 0.3 < normal < 0.7


@pytest.mark.parametrize("name", COUNTERFACTUALS)
def test_share_of_radiographs_is_counterfactual_and_all_else_stays(name: str) -> None:
    data = LabelledSquares(draw_squares(32), np.arange(32) % 2)
    batches = stream(
        data, augmentation=TURNING, counterfactuals=Counterfactuals(**{name: 0.5})
    )
    plain = stream(data, augmentation=TURNING)
    changed = 0
    for index in range(4):
        inputs, *rest = batches[index]
        expected, *others = plain[index]
        assert_same_arrays(rest, others)
        changed += int((inputs != expected).any(axis=(1, 2, 3)).sum())
    assert 8 <= changed <= 24


@pytest.mark.parametrize("name", COUNTERFACTUALS)
def test_continued_stream_makes_the_same_counterfactuals(name: str) -> None:
    data = LabelledSquares(draw_squares(16), np.arange(16) % 2)
    shares = Counterfactuals(**{name: 0.7})
    whole = stream(data, counterfactuals=shares)
    rest = stream(data, counterfactuals=shares, first_step=3)
    assert_same_arrays(whole[5], rest[2])
