"""Class folders and splits as people have them; what lies beside radiographs."""

from pathlib import Path

import pytest

from pneumonia.data.folders import find_split
from pneumonia.data.labelled_files import index_radiographs
from pneumonia.errors import DatasetError


def write_classes(folder: Path, normal: str, pneumonia: str) -> None:
    for name in (normal, pneumonia):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "a.png").write_bytes(name.encode())


def test_class_folders_may_be_in_lower_case(tmp_path: Path) -> None:
    write_classes(tmp_path, "normal", "Pneumonia")
    assert [file.label for file in index_radiographs(tmp_path)] == [0, 1]


def test_class_folders_that_differ_in_capitals_only_are_named(tmp_path: Path) -> None:
    write_classes(tmp_path, "Normal", "PNEUMONIA")
    write_classes(tmp_path, "normal", "PNEUMONIA")
    with pytest.raises(DatasetError, match=r"Normal.*normal"):
        index_radiographs(tmp_path)


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "labels.csv"])
def test_the_same_junk_in_both_classes_is_left_out(tmp_path: Path, name: str) -> None:
    write_classes(tmp_path, "NORMAL", "PNEUMONIA")
    for folder in ("NORMAL", "PNEUMONIA"):
        (tmp_path / folder / name).write_bytes(b"junk")
    assert {file.path.name for file in index_radiographs(tmp_path)} == {"a.png"}


def test_empty_files_in_both_classes_are_not_the_same_picture(tmp_path: Path) -> None:
    write_classes(tmp_path, "NORMAL", "PNEUMONIA")
    for folder in ("NORMAL", "PNEUMONIA"):
        (tmp_path / folder / "IM-0001-0001.jpeg").touch()
    files = index_radiographs(tmp_path)
    assert len(files) == 4
    assert len({file.patient for file in files}) == 4


def test_a_split_is_found_in_the_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "chest_xray" / "Val").mkdir(parents=True)
    assert find_split(tmp_path, "val") == tmp_path / "chest_xray" / "Val"


def test_a_split_in_two_folders_is_refused_with_their_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "val").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"one/val, .*two/val"):
        find_split(tmp_path, "val")
