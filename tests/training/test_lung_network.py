"""Masks become pairs of lungs, and batches in which picture and mask move alike."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from phantoms import draw_grey, write_phantom
from PIL import Image

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.lungs.fields import SIDE
from pneumonia.model.network import PICTURE_SIDE
from pneumonia.training import lung_network as training
from pneumonia.training.augmentation import Augmentation
from pneumonia.training.lung_masks import read_masks, read_pair, split_lungs
from pneumonia.training.lung_network import (
    LungBatches,
    draw_lines,
    fit_lung_network,
    lung_network,
    make_opaque,
    overlap_loss,
)

Mask = NDArray[np.uint8]


def draw_mask(rows: int = 100, columns: int = 200) -> Mask:
    """Draw the lung at the left large, and that at the right small and lower."""
    mask = np.zeros((rows, columns), np.uint8)
    mask[rows // 5 : 4 * rows // 5, columns // 10 : 4 * columns // 10] = 255
    mask[2 * rows // 5 : 4 * rows // 5, 6 * columns // 10 : 8 * columns // 10] = 255
    return mask


# One mask, two lungs


def split(mask: Mask) -> NDArray[np.uint8]:
    """Split a mask that has two lungs."""
    lungs = split_lungs(mask > 0)
    assert lungs is not None
    return lungs


def test_mask_is_split_into_the_left_and_the_right_lung() -> None:
    mask = draw_mask() > 0
    lungs = split(draw_mask())
    assert lungs.shape == (100, 200, 2)
    assert lungs.dtype == np.uint8
    np.testing.assert_array_equal(lungs[:, :100, 0], mask[:, :100])
    np.testing.assert_array_equal(lungs[:, 100:, 1], mask[:, 100:])
    assert not lungs[:, 100:, 0].any()
    assert not lungs[:, :100, 1].any()


def test_right_lung_may_be_the_larger() -> None:
    mirrored = split(draw_mask()[:, ::-1])
    np.testing.assert_array_equal(mirrored, split(draw_mask())[:, ::-1, ::-1])


def test_crumbs_beside_two_lungs_are_left_out() -> None:
    mask = draw_mask()
    expected = split(mask)
    mask[2:5, 90:110] = 255
    np.testing.assert_array_equal(split(mask), expected)


def test_mask_without_two_lungs_is_not_split() -> None:
    one = draw_mask()
    one[:, 100:] = 0
    assert split_lungs(one > 0) is None
    assert split_lungs(np.zeros((9, 9), bool)) is None
    one[2:6, 150:160] = 255  # far below a tenth of the other
    assert split_lungs(one > 0) is None


# Files


def write_pair(folder: Path, mask: Mask | None = None) -> tuple[Path, Path]:
    radiograph = write_phantom(folder / "r.png", seed=1, shape=(100, 200))
    path = folder / "m.png"
    Image.fromarray(draw_mask() if mask is None else mask).save(path)
    return radiograph, path


def test_pair_has_the_documented_shapes(tmp_path: Path) -> None:
    pair = read_pair(*write_pair(tmp_path))
    assert pair is not None
    picture, lungs = pair
    assert picture.shape == (PICTURE_SIDE, PICTURE_SIDE)
    assert lungs.shape == (PICTURE_SIDE, PICTURE_SIDE, 2)
    assert picture.dtype == lungs.dtype == np.uint8
    assert set(np.unique(lungs)) == {0, 1}


def test_mask_may_have_another_size_than_its_radiograph(tmp_path: Path) -> None:
    same = read_pair(*write_pair(tmp_path))
    twice = read_pair(*write_pair(tmp_path, draw_mask(200, 400)))
    assert same is not None
    assert twice is not None
    assert (same[1] != twice[1]).mean() < 0.01


def test_plain_margin_is_cropped_from_picture_and_mask_alike(tmp_path: Path) -> None:
    grey = draw_grey((300, 300), seed=3)
    bright = np.maximum(grey, 40)  # so that its edge is no part of the margin
    lungs = np.zeros((300, 300), np.uint8)
    lungs[60:240, 30:130] = lungs[60:240, 170:270] = 255
    bright[lungs > 0] = 255  # the picture shows where its mask lies
    margin = ((0, 0), (80, 40))
    radiograph, mask = tmp_path / "r.png", tmp_path / "m.png"
    Image.fromarray(np.pad(bright, margin)).save(radiograph)
    Image.fromarray(np.pad(lungs, margin)).save(mask)
    pair = read_pair(radiograph, mask)
    assert pair is not None
    picture, split = pair
    # Where the lungs lie without the margin.
    rows, columns = np.nonzero(split.any(axis=-1))
    assert (columns.min() / 224, columns.max() / 224) == pytest.approx(
        (0.1, 0.9), abs=0.02
    )
    assert (rows.min() / 224, rows.max() / 224) == pytest.approx((0.2, 0.8), abs=0.02)
    assert picture[split.any(axis=-1)].mean() > 250


def test_mask_of_one_part_is_left_out(tmp_path: Path) -> None:
    mask = draw_mask()
    mask[:, 100:] = 0
    assert read_pair(*write_pair(tmp_path, mask)) is None


def test_empty_mask_is_refused_by_name(tmp_path: Path) -> None:
    pair = write_pair(tmp_path, np.zeros((100, 200), np.uint8))
    with pytest.raises(DatasetError, match=r"m\.png without any\. Draw it again"):
        read_pair(*pair)


def damage(data: bytes) -> bytes:
    """Change the compressed pixels of a PNG."""
    place = data.index(b"IDAT") + 12
    return data[:place] + bytes(8) + data[place + 8 :]


@pytest.mark.parametrize(
    "harm",
    [lambda data: b"no picture", lambda data: data[: len(data) // 2], damage],
    ids=["text", "cut off", "damaged"],
)
def test_mask_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    radiograph, mask = write_pair(tmp_path)
    mask.write_bytes(harm(mask.read_bytes()))
    with pytest.raises(DatasetError, match=r"m\.png, which cannot be read"):
        read_pair(radiograph, mask)


def test_radiograph_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    radiograph, mask = write_pair(tmp_path)
    radiograph.write_text("no picture")
    with pytest.raises(DatasetError, match=r"r\.png, which has a mask, cannot be read"):
        read_pair(radiograph, mask)


def write_files(folder: Path, count: int) -> list[LabelledFile]:
    return [
        LabelledFile(
            write_phantom(folder / f"{i}.png", seed=i), i % 2, f"{i}", None, f"{i:064}"
        )
        for i in range(count)
    ]


def test_files_with_masks_are_read_by_class_and_name(tmp_path: Path) -> None:
    files = write_files(tmp_path, 4)
    masks = tmp_path / "masks"
    for name in ("NORMAL/0", "PNEUMONIA/3", "PNEUMONIA/2"):  # 2 is a normal
        (masks / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw_mask(96, 96)).save(masks / f"{name}.png")
    pictures, lungs = read_masks(masks, files)
    assert pictures.shape == (2, PICTURE_SIDE, PICTURE_SIDE)
    assert lungs.shape == (2, PICTURE_SIDE, PICTURE_SIDE, 2)


@pytest.mark.parametrize("name", ["absent", "."])
def test_folder_without_masks_is_refused(tmp_path: Path, name: str) -> None:
    files = write_files(tmp_path / "files", 2)
    with pytest.raises(DatasetError, match="named as their radiographs in train"):
        read_masks(tmp_path / name, files)


# Batches


def draw_pairs(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw pictures that are white in the left lung and grey in the right one."""
    lungs = split(draw_mask(PICTURE_SIDE, PICTURE_SIDE))
    picture = np.where(lungs[..., 0] > 0, 250, np.where(lungs[..., 1] > 0, 130, 10))
    return (
        np.repeat(picture[np.newaxis].astype(np.uint8), count, axis=0),
        np.repeat(lungs[np.newaxis], count, axis=0),
    )


def test_batch_has_the_documented_shapes_and_types() -> None:
    pictures, masks = LungBatches(*draw_pairs(33), seed=0)[0]
    assert pictures.shape == (32, SIDE, SIDE, 1)
    assert masks.shape == (32, SIDE, SIDE, 2)
    assert pictures.dtype == np.uint8
    assert masks.dtype == np.float32
    assert set(np.unique(masks)) <= {0, 1}


def test_batch_depends_on_seed_and_step_only() -> None:
    pairs = draw_pairs(40)
    forwards, backwards = LungBatches(*pairs, seed=3), LungBatches(*pairs, seed=3)
    expected = [forwards[step] for step in range(3)]
    for step in reversed(range(3)):
        for one, other in zip(backwards[step], expected[step], strict=True):
            np.testing.assert_array_equal(one, other)
    assert (LungBatches(*pairs, seed=4)[0][0] != expected[0][0]).any()
    assert (expected[1][0] != expected[0][0]).any()


def test_fewer_pictures_than_a_batch_are_one_batch() -> None:
    batches = LungBatches(*draw_pairs(3), seed=0)
    assert batches.num_batches is None
    assert batches[5][0].shape[0] == 3


def only(monkeypatch: pytest.MonkeyPatch, **ranges: float) -> None:
    """Draw these changes and no others."""
    monkeypatch.setattr(training, "AUGMENTATION", Augmentation(**ranges))  # type: ignore[arg-type]
    monkeypatch.setattr(training, "OPAQUE", 0)
    monkeypatch.setattr(training, "LINES", 0)
    monkeypatch.setattr(training, "INVERTED", 0)


def test_flip_exchanges_the_lungs(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, flip=True)
    drawn, lungs = draw_pairs(32)
    pictures, masks = LungBatches(drawn, lungs, seed=0)[0]
    flipped = 0
    for picture, mask in zip(pictures[..., 0], masks, strict=True):
        # The first channel is the lung at the picture's left, whichever it is.
        left, right = (np.nonzero(mask[..., side])[1].mean() for side in range(2))
        assert left < SIDE / 2 < right
        greys = [float(picture[mask[..., side] > 0].mean()) for side in range(2)]
        assert sorted(greys) == pytest.approx([130, 250], abs=12)
        flipped += greys[0] < greys[1]
    assert 8 <= flipped <= 24


def test_mask_moves_with_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, rotation=20.0, log_scale=0.4, shift=0.1, shear=0.1)
    pictures, masks = LungBatches(*draw_pairs(32), seed=0)[0]
    moved = 0
    for picture, mask in zip(pictures[..., 0], masks, strict=True):
        white = picture > 190
        common = (white & (mask[..., 0] > 0)).sum()
        assert 2 * common > 0.9 * (white.sum() + mask[..., 0].sum())
        moved += (mask[..., 0] != masks[0, ..., 0]).any()
    assert moved > 25


def test_some_pictures_are_inverted_and_their_masks_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(monkeypatch)
    monkeypatch.setattr(training, "INVERTED", 0.5)
    pictures, masks = LungBatches(*draw_pairs(32), seed=0)[0]
    dark = [
        picture[mask[..., 0] > 0].mean() < 20
        for picture, mask in zip(pictures, masks, strict=True)
    ]
    assert 8 <= sum(dark) <= 24
    for mask in masks:
        np.testing.assert_array_equal(mask, masks[0])


def test_opaque_lung_is_as_light_as_its_surroundings() -> None:
    grey = np.full((200, 200), 170, np.uint8)
    lung = np.zeros((200, 200), bool)
    lung[40:160, 20:90] = True
    grey[lung] = 40
    other = np.s_[40:160, 110:180]
    grey[other] = 40
    changed = make_opaque(grey, lung, np.random.default_rng(0))
    assert changed.dtype == np.uint8
    assert changed[70:130, 40:70].mean() > 90
    np.testing.assert_array_equal(changed[other], grey[other])
    assert grey[100, 50] == 40


def test_lines_cover_little_of_a_copy() -> None:
    grey = np.full((200, 200), 128, np.uint8)
    for seed in range(20):
        drawn = draw_lines(grey, np.random.default_rng(seed))
        assert 0 < (drawn != 128).mean() < 0.5
    assert (grey == 128).all()


# The network


def test_loss_is_least_for_the_right_mask() -> None:
    masks = np.zeros((1, 8, 8, 2), np.float32)
    masks[0, 2:6, 1:3, 0] = masks[0, 2:6, 5:7, 1] = 1
    right, exchanged, unsure = (
        float(keras.ops.mean(overlap_loss(masks, logits)))
        for logits in (
            40 * masks - 20,
            40 * masks[..., ::-1] - 20,
            np.zeros_like(masks),
        )
    )
    assert right == pytest.approx(0, abs=0.01)
    assert right < unsure < exchanged


def test_network_gives_two_logits_for_every_place() -> None:
    network = lung_network()
    assert network.input_shape == (None, SIDE, SIDE, 1)
    assert network.output_shape == (None, SIDE, SIDE, 2)
    assert network.count_params() == pytest.approx(470_000, rel=0.05)


def test_training_is_the_same_for_the_same_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training, "_FILTERS", (2, 3, 4))
    pairs = draw_pairs(4)
    one, same, other = (
        fit_lung_network(*pairs, seed=seed, epochs=2).get_weights()
        for seed in (0, 0, 1)
    )
    for mine, theirs in zip(one, same, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)
    assert any((mine != theirs).any() for mine, theirs in zip(one, other, strict=True))
