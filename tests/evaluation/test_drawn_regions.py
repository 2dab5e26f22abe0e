"""Boxes and masks that people drew are read, or refused with the line or the file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pneumonia.errors import DatasetError
from pneumonia.evaluation.drawn_regions import (
    find_masks,
    read_boxes,
    read_mask,
    within_boxes,
)

HEADER = "path,name,x,y,width,height,image_width,image_height\n"
GOOD = "a.png,Lung Opacity,10,20,30,40,100,200\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_are_shares_of_their_picture_by_radiograph(tmp_path: Path) -> None:
    second = "a.png,Pneumonia,50,0,50,200,100,200\nb/c.png,,0,0,1,1,2,2\n"
    found = read_boxes(write(tmp_path / "boxes.csv", HEADER + GOOD + second))
    assert found == {
        (tmp_path / "a.png").resolve(): [(0.1, 0.3, 0.1, 0.4), (0, 1, 0.5, 1)],
        (tmp_path / "b" / "c.png").resolve(): [(0, 0.5, 0, 0.5)],
    }


def test_boxes_of_something_else_than_opacities_are_left_out(tmp_path: Path) -> None:
    line = "b.png,Cardiomegaly,10,20,30,40,100,200\n"
    found = read_boxes(write(tmp_path / "boxes.csv", HEADER + line + GOOD))
    assert list(found) == [(tmp_path / "a.png").resolve()]


@pytest.mark.parametrize(
    "bad",
    [
        "a.png,Lung Opacity,10,twenty,30,40,100,200",
        "a.png,Lung Opacity,10,20,30",
        "a.png,Lung Opacity,90,20,30,40,100,200",
        "a.png,Lung Opacity,-1,20,30,40,100,200",
        "a.png,Lung Opacity,10,20,0,40,100,200",
        "a.png,Lung Opacity,10,20,30,40,0,200",
        "a.png,Lung Opacity,nan,20,30,40,100,200",
        ",Lung Opacity,10,20,30,40,100,200",
    ],
    ids=["word", "short", "beyond", "negative", "empty", "zero", "nan", "no path"],
)
def test_malformed_line_is_named(tmp_path: Path, bad: str) -> None:
    path = write(tmp_path / "boxes.csv", f"{HEADER}{GOOD}{bad}\n{GOOD}")
    with pytest.raises(DatasetError, match=r"boxes\.csv, of which line 3 is none"):
        read_boxes(path)


def test_file_without_the_columns_is_refused_at_its_first_line(tmp_path: Path) -> None:
    path = write(tmp_path / "boxes.csv", "file,left,top\na.png,1,2\n")
    with pytest.raises(DatasetError, match="CSV with path, x, y, width, height"):
        read_boxes(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"\x89PNG\r\n"])
def test_missing_or_other_file_is_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "boxes.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"boxes\.csv"):
        read_boxes(path)


def test_boxes_are_marked_on_the_whole_radiograph() -> None:
    mask = within_boxes([(0, 0.5, 0, 0.25), (0.75, 1, 0.75, 1)], 8)
    assert mask[:4, :2].all()
    assert mask[6:, 6:].all()
    assert mask.sum() == 8 + 4


def test_box_thinner_than_a_pixel_still_marks_one() -> None:
    assert within_boxes([(0.5, 0.501, 0.5, 0.501)], 8).sum() == 1


def draw_mask(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = np.zeros((40, 40), np.uint8)
    drawn[:20] = 255
    Image.fromarray(drawn).save(path)
    return path


def test_masks_are_found_by_the_name_of_the_radiograph(tmp_path: Path) -> None:
    path = draw_mask(tmp_path / "train" / "a.png")
    write(tmp_path / "notes.txt", "no mask")
    assert find_masks(tmp_path) == {"a": path}
    mask = read_mask(path, 10)
    assert mask[:5].all()
    assert not mask[5:].any()


def test_two_masks_of_one_name_are_refused(tmp_path: Path) -> None:
    draw_mask(tmp_path / "one" / "a.png")
    draw_mask(tmp_path / "two" / "a.png")
    with pytest.raises(DatasetError, match=r"Received: .*one/a\.png and .*two/a\.png"):
        find_masks(tmp_path)


@pytest.mark.parametrize("name", [".", "masks"])
def test_folder_without_masks_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path / "notes.txt", "no mask")
    with pytest.raises(DatasetError, match=r"without any.*or leave --masks out"):
        find_masks(tmp_path / name)


@pytest.mark.parametrize("harm", ["text", "empty", "black"])
def test_mask_that_marks_nothing_is_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "a.png"
    if harm == "black":
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    else:
        write(path, "no picture" if harm == "text" else "")
    with pytest.raises(DatasetError, match=r"a\.png, which cannot be read as one"):
        read_mask(path, 8)
