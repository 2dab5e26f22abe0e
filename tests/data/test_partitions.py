"""Parts hold different patients, the same in every run, and none of the test split."""

from pathlib import Path

import numpy as np
import pytest
from phantoms import write_kaggle_folder

from pneumonia.data.partitions import TRAIN_PARTS, read_parts, split_train
from pneumonia.errors import DatasetError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "chest_xray"
    return write_kaggle_folder(folder, train=24, val=4, test=2)


def test_parts_are_of_different_patients_and_none_of_the_test_split(data: Path) -> None:
    parts = read_parts(data, 32, skip_unreadable=False)
    assert list(parts) == [*TRAIN_PARTS, "official_val"]
    patients = [set(parts[name].patients) for name in TRAIN_PARTS]
    assert len(set.union(*patients)) == sum(map(len, patients))
    for part in parts.values():
        assert part.squares.shape == (len(part.files), 32, 32, 1)
        assert all("test" not in file.path.parts for file in part.files)


def test_parts_are_the_same_each_time(data: Path) -> None:
    one, other = (read_parts(data, 32, skip_unreadable=False) for _ in range(2))
    for name, part in one.items():
        assert [f.path for f in part.files] == [f.path for f in other[name].files]
        np.testing.assert_array_equal(part.squares, other[name].squares)


def test_part_left_with_one_class_is_refused(data: Path) -> None:
    for file in (data / "val" / "NORMAL").iterdir():
        file.write_bytes(b"damaged")
    with pytest.raises(DatasetError, match="in official_val, not of both classes"):
        read_parts(data, 32, skip_unreadable=True)


def test_split_is_that_of_the_parts_and_reads_no_picture(data: Path) -> None:
    parts = read_parts(data, 32, skip_unreadable=False)
    split = split_train(data)
    assert list(split) == list(parts)
    for name, part in parts.items():
        assert list(split[name]) == list(part.files)
    (data / "train" / "NORMAL" / "IM-9000-1.jpeg").write_bytes(b"damaged")
    names = [file.path.name for part in split_train(data).values() for file in part]
    assert "IM-9000-1.jpeg" in names
