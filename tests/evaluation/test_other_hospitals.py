"""Other hospitals: flags by source and label, separations, and a sound index."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import seeing_whole
from numpy.typing import NDArray
from PIL import Image

from pneumonia.errors import DatasetError
from pneumonia.evaluation.network_rule import DecisionRule
from pneumonia.evaluation.other_hospitals import measure_other_hospitals
from pneumonia.lungs.crop import Box
from pneumonia.model.network import Network
from pneumonia.phantom import draw_phantom
from pneumonia.statistics import intervals
from pneumonia.statistics.calibration import Calibration
from pneumonia.statistics.operating_points import OperatingPoint

COLUMNS = ("path", "source", "label", "label_origin", "patient", "colour")
RULE = DecisionRule(
    calibrated=False,
    calibration=Calibration(1.0, 0.0),
    prevalence=0.5,
    operating_points={"balanced": {"threshold": 0.5, "rule": "a half"}},
)


class Brightness(Network):
    """Scores a picture by its mean grey: above 127.5 it is flagged."""

    def logits(
        self, pictures: NDArray[np.uint8], boxes: Sequence[Box] | None = None
    ) -> NDArray[np.float64]:
        """Return logits of shape (N,)."""
        return np.asarray((pictures.mean(axis=(1, 2, 3)) - 127.5) / 10, np.float64)


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(scope="module")
def network() -> Network:
    whole = seeing_whole()
    return Brightness(whole.model, whole.finder, on_lungs=False)


class Hospitals:
    """A folder ``other_hospitals`` to which a test adds radiographs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, str]] = []

    def add(
        self, source: str, label: str, mean: float, *, patient: str = "", **more: str
    ) -> None:
        """Add a radiograph of about this mean grey."""
        number = len(self.rows)
        path = Path(source, label, f"{number}.png")
        target = self.folder / "other_hospitals" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        phantom = draw_phantom((96, 96), seed=number).astype(float)
        picture = np.clip(phantom / 4 - phantom.mean() / 4 + mean, 1, 254)
        Image.fromarray(picture.astype(np.uint8)).save(target)
        row = {
            "path": str(path),
            "source": source,
            "label": label,
            "label_origin": "radiologists",
            "patient": patient or str(number),
            "colour": "0",
        }
        self.rows.append(row | more)

    def write(self) -> Path:
        """Write the index; returns the folder to measure."""
        path = self.folder / "other_hospitals" / "index.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        return self.folder


@pytest.fixture
def hospitals(tmp_path: Path) -> Hospitals:
    return Hospitals(tmp_path)


def test_flags_are_counted_by_source_and_label(
    hospitals: Hospitals, network: Network
) -> None:
    for mean in (200, 180, 60):
        hospitals.add("east", "pneumonia", mean)
    hospitals.add("east", "normal", 50, label_origin="report")
    hospitals.add("east", "normal", 60, label_origin="radiologists")
    hospitals.add("west", "covid", 190)
    found = measure_other_hospitals(network, hospitals.write(), RULE)
    rows = [
        (row["source"], row["label"], row["n"], round(row["flagged"], 3))
        for row in found["groups"]
    ]
    assert rows == [
        ("east", "normal", 2, 0.0),
        ("east", "pneumonia", 3, 0.667),
        ("west", "covid", 1, 1.0),
    ]
    assert found["groups"][0]["labelled_by"] == "radiologists; report"
    low, high = found["groups"][1]["flagged_ci"]
    assert low is not None
    assert high is not None
    assert 0 <= low < 0.667 < high <= 1


def test_opaque_lungs_are_separated_from_normals_of_their_source_and_of_rsna(
    hospitals: Hospitals, network: Network
) -> None:
    for mean in (60, 70, 165):
        hospitals.add("rsna", "normal", mean)
    for mean in (140, 190):
        hospitals.add("rsna", "opacity", mean)
    for mean in (80, 200):
        hospitals.add("west", "covid", mean)
    hospitals.add("west", "effusion", 90)  # neither opaque nor normal
    found = measure_other_hospitals(network, hospitals.write(), RULE)["separations"]
    assert [(row["opaque"], row["normal"], row["n"]) for row in found] == [
        ("rsna opacity", "rsna normal", 5),
        ("west covid", "rsna normal", 5),
    ]
    # Of six pairs one is the wrong way round in the first, and one in the second.
    assert [row["auroc"] for row in found] == pytest.approx([5 / 6, 5 / 6])


def test_unsure_is_measured_in_each_source_and_in_all_where_labels_are_known(
    hospitals: Hospitals, network: Network
) -> None:
    # Flagged from 0.5; the zone holds the two greys in the middle.
    for mean in (40, 140):
        hospitals.add("east", "normal", mean)
    for mean in (110, 220):
        hospitals.add("west", "pneumonia", mean)
    hospitals.add("west", "effusion", 90)  # neither opaque nor normal
    zone = RULE.scores([-2.75, 2.25]).tolist()  # of the greys 100 and 150
    point: OperatingPoint = {"threshold": 0.5, "rule": "a half", "unsure": zone}
    rule = replace(RULE, operating_points={"balanced": point})
    found = measure_other_hospitals(network, hospitals.write(), rule)["selective"]
    assert [(row["source"], row["n"]) for row in found] == [
        ("east", 2),
        ("west", 2),
        ("all", 4),
    ]
    assert [row["unsure"] for row in found] == [0.5, 0.5, 0.5]
    assert [row["wrong"] for row in found] == [0.5, 0.5, 0.5]
    assert [row["wrong_when_sure"] for row in found] == [0, 0, 0]


def test_without_a_zone_nothing_is_said_of_it(
    hospitals: Hospitals, network: Network
) -> None:
    hospitals.add("east", "normal", 50)
    assert "selective" not in measure_other_hospitals(network, hospitals.write(), RULE)


def test_radiographs_in_colour_are_left_out(
    hospitals: Hospitals, network: Network
) -> None:
    hospitals.add("east", "normal", 50)
    hospitals.add("east", "normal", 200, colour="1")
    (row,) = measure_other_hospitals(network, hospitals.write(), RULE)["groups"]
    assert (row["n"], row["flagged"]) == (1, 0.0)


@pytest.mark.parametrize("column", COLUMNS[:-2])
def test_line_that_lacks_a_column_is_refused(
    hospitals: Hospitals, network: Network, column: str
) -> None:
    hospitals.add("east", "normal", 50)
    hospitals.rows[0][column] = ""
    with pytest.raises(DatasetError, match=r"index\.csv, which cannot be read as one"):
        measure_other_hospitals(network, hospitals.write(), RULE)


@pytest.mark.parametrize(
    "content",
    [
        b"path,source\na,b\n",
        b"path,source,label,label_origin,patient\na,b\n",
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["columns", "short line", "encoding", "picture"],
)
def test_index_of_another_kind_is_refused(
    hospitals: Hospitals, network: Network, content: bytes
) -> None:
    folder = hospitals.write()
    (folder / "other_hospitals" / "index.csv").write_bytes(content)
    with pytest.raises(DatasetError, match="is a CSV file with path, source, label"):
        measure_other_hospitals(network, folder, RULE)


def test_index_without_lines_is_refused(hospitals: Hospitals, network: Network) -> None:
    with pytest.raises(DatasetError, match=r"index\.csv without any"):
        measure_other_hospitals(network, hospitals.write(), RULE)


def test_missing_index_is_refused(tmp_path: Path, network: Network) -> None:
    with pytest.raises(DatasetError, match=r"index\.csv, which cannot be read"):
        measure_other_hospitals(network, tmp_path, RULE)


@pytest.mark.parametrize("harm", ["missing", "text"])
def test_radiograph_that_cannot_be_read_is_named(
    hospitals: Hospitals, network: Network, harm: str
) -> None:
    hospitals.add("east", "normal", 50)
    folder = hospitals.write()
    path = folder / "other_hospitals" / "east" / "normal" / "0.png"
    path.unlink()
    if harm == "text":
        path.write_text("no picture")
    with pytest.raises(DatasetError, match=r"0\.png cannot be read: .*index\.csv"):
        measure_other_hospitals(network, folder, RULE)
