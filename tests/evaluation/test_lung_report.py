"""How well the lungs are found is measured against masks, also under changes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lung_fields import FixedLungs, brightness_network, lungs_at
from numpy.typing import NDArray

from pneumonia.errors import DatasetError
from pneumonia.evaluation.lung_report import find_adults, measure_lungs
from pneumonia.lungs.areas import Picture
from pneumonia.lungs.fields import LungFields
from pneumonia.lungs.finder import LungFinder

LEFT, RIGHT = (0.25, 0.75, 0.125, 0.4375), (0.25, 0.75, 0.5625, 0.875)
Pairs = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def draw_pairs(count: int = 3) -> Pairs:
    """Draw bright lungs on dark ground, with their masks."""
    masks = np.zeros((count, 224, 224, 2), np.uint8)
    for lung, (top, bottom, left, right) in enumerate((LEFT, RIGHT)):
        rows = slice(round(224 * top), round(224 * bottom))
        masks[:, rows, round(224 * left) : round(224 * right), lung] = 1
    return np.where(masks.any(axis=-1), 220, 20).astype(np.uint8), masks


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return draw_pairs()


def test_lungs_that_are_found_exactly_have_the_best_figures(pairs: Pairs) -> None:
    exact = FixedLungs(lungs_at(LEFT, RIGHT))
    row = measure_lungs(exact, pairs, None)["by_change"]["unchanged"]
    assert row["dice"] == row["dice_low"] == pytest.approx(1, abs=0.01)
    assert row["dice_ci"] == pytest.approx([row["dice"]] * 2)
    assert (row["n"], row["both_found"], row["in_box"]) == (3, 3, 3)


def test_half_of_the_lungs_has_two_thirds_as_dice(pairs: Pairs) -> None:
    upper = FixedLungs(lungs_at((0.25, 0.5, *LEFT[2:]), (0.25, 0.5, *RIGHT[2:])))
    row = measure_lungs(upper, pairs, None)["by_change"]["unchanged"]
    assert row["dice"] == pytest.approx(2 / 3, abs=0.01)
    assert (row["both_found"], row["in_box"]) == (3, 0)


def test_missed_lung_is_neither_found_nor_in_the_box(pairs: Pairs) -> None:
    row = measure_lungs(FixedLungs(lungs_at(LEFT)), pairs, None)["by_change"][
        "unchanged"
    ]
    assert (row["both_found"], row["in_box"]) == (0, 0)


def test_every_change_moves_picture_and_mask_alike(pairs: Pairs) -> None:
    rows = measure_lungs(LungFinder(brightness_network()), pairs, None)["by_change"]
    assert list(rows) == [
        "unchanged",
        "noisy margin of 10 %",
        "turned by +20°",
        "turned by -20°",
        "light and dark exchanged",
        "8 % cut off each side",
        "one lung opaque",
        "lines, tubes and wires",
    ]
    for name in ("unchanged", "turned by +20°", "turned by -20°"):
        assert rows[name]["dice"] > 0.97, name
    assert rows["8 % cut off each side"]["dice"] > 0.97
    # What is bright is no longer lung.
    assert rows["light and dark exchanged"]["dice"] < 0.2


def test_quality_is_described_from_the_lowest_to_the_median(pairs: Pairs) -> None:
    class Worsening(FixedLungs):
        def find_all(self, pictures: Picture) -> Iterator[LungFields]:
            for number, fields in enumerate(super().find_all(pictures)):
                yield LungFields(fields.probabilities * (1 - 0.1 * number))

    quality = measure_lungs(Worsening(lungs_at(LEFT, RIGHT)), pairs, None)["quality"]
    assert list(quality) == ["lowest", "1 %", "5 %", "median"]
    values = list(quality.values())
    assert values == sorted(values)
    assert values[0] < values[-1] < 1


def test_adults_are_measured_where_they_are_at_hand(pairs: Pairs) -> None:
    exact = FixedLungs(lungs_at(LEFT, RIGHT))
    rows = measure_lungs(exact, pairs, draw_pairs(2))["by_change"]
    assert rows["adults of other hospitals"]["n"] == 2


# The adults with masks

HEADER = "path,source,label,label_origin,patient\n"


def write_index(folder: Path, text: str) -> Path:
    path = folder / "other_hospitals" / "index.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return folder


def test_adults_with_a_mask_are_paired_with_it(tmp_path: Path) -> None:
    lines = "east/covid/a.jpeg,east,covid,x,1\neast/covid/b.png,east,covid,x,2\n"
    external = write_index(tmp_path / "data", HEADER + lines)
    mask = tmp_path / "masks" / "other_hospitals" / "east" / "a.png"
    mask.parent.mkdir(parents=True)
    mask.touch()
    radiograph = external / "other_hospitals" / "east" / "covid" / "a.jpeg"
    assert find_adults(tmp_path / "masks", external) == [(radiograph, mask)]


def test_there_are_no_adults_without_their_folder(tmp_path: Path) -> None:
    assert find_adults(tmp_path / "masks", tmp_path / "data") == []


@pytest.mark.parametrize(
    "text", ["file,source\na,b\n", HEADER + ",east,covid,x,1\n", HEADER + "a\n"]
)
def test_index_that_names_no_path_is_refused(tmp_path: Path, text: str) -> None:
    external = write_index(tmp_path, text)
    with pytest.raises(DatasetError, match=r"index\.csv, which cannot be read as one"):
        find_adults(tmp_path / "masks", external)
