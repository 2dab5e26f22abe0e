"""Labelled folders: names, twins, overlap, patient-grouped splits, pixels."""

import functools
import io
import json
import logging
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pneumonia.data import partitions
from pneumonia.data.labelled_files import (
    LabelledFile,
    describe_files,
    index_radiographs,
    index_sha256,
    labels_of,
    patients_of,
    split_by_patient,
    without_overlap,
)
from pneumonia.data.squares import load_squares
from pneumonia.errors import DatasetError
from pneumonia.phantom import draw_phantom

KINDS = {"normal": 0, "bacteria": 1, "virus": 1}


def real_folder(split: str) -> Path:
    root = Path(__file__).parents[2]
    data = Path(os.environ.get("PNEUMONIA_DATA", root.parent / "shared" / "data"))
    folder = data / "chest_xray" / split
    if not folder.is_dir():
        pytest.skip(f"there is no data set at {folder}")
    return folder


@functools.cache
def index_real(split: str) -> list[LabelledFile]:
    return index_radiographs(real_folder(split))


def write_files(folder: Path, *names: str, **contents: bytes) -> None:
    """Write files, each with content of its own unless it is given."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents.get(path.stem, str(path).encode()))


def index_names(folder: Path, *names: str, **contents: bytes) -> dict[str, str]:
    """Index a folder with these files, and one of the other class; name: patient."""
    write_files(folder, "NORMAL/alone.png", "PNEUMONIA/alone.png")
    write_files(folder, *names, **contents)
    return {file.path.stem: file.patient for file in index_radiographs(folder)}


def make_files(patients: int, *, each: int = 1, kinds: str = "") -> list[LabelledFile]:
    """Make as many patients of every kind, with radiographs of their own."""
    return [
        LabelledFile(
            path=Path(f"{kind}_{patient}_{number}.png"),
            label=KINDS[kind],
            patient=f"{kind}_{patient}",
            kind=kind,
            sha256=f"{kind}_{patient}_{number}",
        )
        for kind in kinds.split() or KINDS
        for patient in range(patients)
        for number in range(each)
    ]


@functools.cache
def draw_png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom((64, 64), seed=seed)).save(file, "PNG")
    return file.getvalue()


def write_radiographs(folder: Path, broken: int = 0) -> list[LabelledFile]:
    """Write three normal and three pneumonia radiographs and some broken files."""
    for label, name in enumerate(("NORMAL", "PNEUMONIA")):
        for number in range(3):
            path = f"{name}/{number}.jpeg"
            write_files(folder, path, **{str(number): draw_png(3 * label + number)})
    write_files(folder, *(f"PNEUMONIA/broken_{number}.png" for number in range(broken)))
    return index_radiographs(folder)


# Names


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("IM-0429-0001", "IM-0429"),
        ("IM-0429-0001-0002", "IM-0429"),
        ("NORMAL2-IM-0007-0001", "NORMAL2-IM-0007"),
        ("NORMAL2-IM-1320-0001-0002", "NORMAL2-IM-1320"),
    ],
)
def test_normal_name_tells_the_patient(name: str, patient: str, tmp_path: Path) -> None:
    assert index_names(tmp_path, f"NORMAL/{name}.jpeg")[name] == patient


@pytest.mark.parametrize(
    ("name", "patient", "kind"),
    [
        ("person1_virus_6", "person1_virus", "virus"),
        ("person1_bacteria_1", "person1_bacteria", "bacteria"),
        ("person447_virus_921_1", "person447_virus", "virus"),
        ("person1000_bacteria_2931", "person1000_bacteria", "bacteria"),
    ],
)
def test_pneumonia_name_tells_patient_and_kind(
    name: str, patient: str, kind: str, tmp_path: Path
) -> None:
    write_files(tmp_path, "NORMAL/alone.png", f"PNEUMONIA/{name}.jpeg")
    file = index_radiographs(tmp_path)[1]
    assert (file.patient, file.kind, file.label) == (patient, kind, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PNEUMONIA/person5_virus_1", "PNEUMONIA/person5_virus_2"),
        ("PNEUMONIA/person5_virus_1", "PNEUMONIA/person5_virus_1_1"),
        ("NORMAL/IM-0033-0001", "NORMAL/IM-0033-0001-0002"),
        ("NORMAL/NORMAL2-IM-0033-0001", "NORMAL/NORMAL2-IM-0033-0002"),
    ],
)
def test_names_of_one_patient_are_joined(
    first: str, second: str, tmp_path: Path
) -> None:
    patients = index_names(tmp_path, f"{first}.jpeg", f"{second}.jpeg")
    assert patients[Path(first).name] == patients[Path(second).name]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PNEUMONIA/person5_virus_9", "PNEUMONIA/person5_bacteria_9"),
        ("PNEUMONIA/person5_virus_9", "PNEUMONIA/person55_virus_9"),
        ("NORMAL/IM-0033-0001", "NORMAL/NORMAL2-IM-0033-0001"),
        ("NORMAL/IM-0033-0001", "NORMAL/IM-0034-0001"),
        ("NORMAL/child", "NORMAL/other_child"),
    ],
)
def test_names_of_two_patients_are_kept_apart(
    first: str, second: str, tmp_path: Path
) -> None:
    patients = index_names(tmp_path, f"{first}.jpeg", f"{second}.jpeg")
    assert patients[Path(first).name] != patients[Path(second).name]


@pytest.mark.parametrize(
    ("name", "kind"), [("NORMAL/child", "normal"), ("PNEUMONIA/child", None)]
)
def test_unnamed_file_stands_for_itself(
    name: str, kind: str | None, tmp_path: Path
) -> None:
    write_files(tmp_path, "NORMAL/IM-1-1.png", "PNEUMONIA/person1_virus_1.png")
    write_files(tmp_path, f"{name}.png")
    file = next(f for f in index_radiographs(tmp_path) if f.path.stem == "child")
    assert file.patient == file.sha256
    assert file.kind == kind


# The index


def test_index_is_sorted_by_class_and_path(tmp_path: Path) -> None:
    write_files(tmp_path, "PNEUMONIA/a.png", "NORMAL/b.png", "NORMAL/sub/a.png")
    files = index_radiographs(tmp_path)
    paths = [file.path.relative_to(tmp_path).as_posix() for file in files]
    assert paths == ["NORMAL/b.png", "NORMAL/sub/a.png", "PNEUMONIA/a.png"]
    assert labels_of(files).tolist() == [0, 0, 1]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    hidden = ("NORMAL/.DS_Store", "PNEUMONIA/.cache/a.png", "PNEUMONIA/.a/b/c.png")
    assert set(index_names(tmp_path, *hidden)) == {"alone"}


def test_hidden_parent_hides_nothing(tmp_path: Path) -> None:
    assert set(index_names(tmp_path / ".data" / "train")) == {"alone"}


@pytest.mark.parametrize("missing", ["NORMAL", "PNEUMONIA"])
def test_missing_class_is_refused(missing: str, tmp_path: Path) -> None:
    write_files(tmp_path, "NORMAL/a.png", "PNEUMONIA/b.png")
    next((tmp_path / missing).iterdir()).unlink()
    with pytest.raises(DatasetError, match=f"without any under {missing}"):
        index_radiographs(tmp_path)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="without any under NORMAL"):
        index_radiographs(tmp_path / "nowhere")


def test_identical_files_join_their_patients(tmp_path: Path) -> None:
    names = ("person1_virus_1", "person1_virus_2", "person2_virus_3")
    patients = index_names(
        tmp_path,
        *(f"PNEUMONIA/{name}.jpeg" for name in names),
        person1_virus_2=b"same",
        person2_virus_3=b"same",
    )
    assert len({patients[name] for name in names}) == 1


def test_chain_of_identical_files_joins_all_patients(tmp_path: Path) -> None:
    names = {
        "person1_virus_1": b"first",
        "person2_virus_1": b"second",
        "person3_virus_1": b"second",
        "person3_virus_2": b"third",
        "person1_virus_2": b"third",
        "person2_bacteria_1": b"first",
    }
    patients = index_names(
        tmp_path, *(f"PNEUMONIA/{name}.png" for name in names), **names
    )
    assert len({patients[name] for name in names}) == 1


def test_contradicting_labels_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path, "NORMAL/a.png", "PNEUMONIA/b.png", a=b"same", b=b"same")
    with pytest.raises(DatasetError, match=r"NORMAL/a\.png and .*PNEUMONIA/b\.png"):
        index_radiographs(tmp_path)


def test_digest_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    digests = set()
    for folder in (tmp_path / "here", tmp_path / "there" / "again"):
        write_files(folder, "NORMAL/a.png", "PNEUMONIA/b.png", a=b"a", b=b"b")
        digests.add(index_sha256(index_radiographs(folder)))
    assert len(digests) == 1


def test_digest_does_not_depend_on_the_order() -> None:
    files = make_files(4)
    assert index_sha256(files) == index_sha256(files[::-1])


@pytest.mark.parametrize(
    "change", [{"label": 1}, {"sha256": "other"}, {"path": Path("other.png")}]
)
def test_digest_depends_on_name_label_and_content(change: dict[str, Any]) -> None:
    files = make_files(4)
    changed = [replace(files[0], **change), *files[1:]]
    assert index_sha256(files) != index_sha256(changed)


def test_files_are_described_by_radiographs_patients_and_classes() -> None:
    files = make_files(5, each=3)

    assert describe_files(files) == {
        "radiographs": 45,
        "patients": 15,
        "normal": 15,
        "pneumonia": 30,
        "index_sha256": index_sha256(files),
    }


# Overlap


def test_same_patient_in_another_split_is_left_out() -> None:
    files = make_files(3, each=2)
    assert without_overlap(files, {"val": [files[0]]}) == files[2:]


def test_same_content_in_another_split_is_left_out() -> None:
    files = make_files(3)
    renamed = LabelledFile(Path("copy.png"), 0, "copy", "normal", files[4].sha256)
    assert without_overlap(files, {"test": [renamed]}) == files[:4] + files[5:]


def test_overlap_is_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    files = make_files(3, each=2)
    without_overlap(files, {"val": files[:1], "test": files[2:5]})
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0].startswith("2 radiographs of 1 patients are also in val")
    assert messages[1].startswith("4 radiographs of 2 patients are also in test")


def test_splits_without_overlap_are_kept_silently(
    caplog: pytest.LogCaptureFixture,
) -> None:
    files = make_files(6)
    kept = without_overlap(files[::2], {"val": files[1::2], "test": []})
    assert kept == files[::2]
    assert not caplog.records


# Splits


def test_split_keeps_the_radiographs_of_a_patient_together() -> None:
    parts = split_by_patient(make_files(60, each=4), (0.1, 0.1), seed=0)
    patients = [set(patients_of(part)) for part in parts]
    assert sum(map(len, patients)) == len(set.union(*patients)) == 180


def test_split_loses_and_repeats_nothing() -> None:
    files = make_files(60, each=2)
    parts = split_by_patient(files, (0.1, 0.2), seed=0)
    assert sorted(file.path for part in parts for file in part) == sorted(
        file.path for file in files
    )


@pytest.mark.parametrize("fractions", [(0.1, 0.1), (0.5,), (0.2, 0.1, 0.3)])
def test_split_has_the_asked_shares(fractions: tuple[float, ...]) -> None:
    files = make_files(100, each=2)
    parts = split_by_patient(files, fractions, seed=0)
    shares = [len(part) / len(files) for part in parts]
    assert shares == pytest.approx([1 - sum(fractions), *fractions], abs=0.01)


def test_split_has_the_same_share_of_every_kind() -> None:
    files = make_files(200, kinds="normal") + make_files(50, each=3, kinds="virus")
    for part in split_by_patient(files, (0.1, 0.1), seed=0):
        kinds = Counter(file.kind for file in part)
        assert kinds["normal"] / len(part) == pytest.approx(200 / 350, abs=0.05)


def test_split_is_the_same_for_the_same_seed() -> None:
    files = make_files(50)
    assert split_by_patient(files, (0.2,), seed=7) == split_by_patient(
        files, (0.2,), seed=7
    )


def test_split_differs_for_another_seed() -> None:
    files = make_files(50)
    assert split_by_patient(files, (0.2,), seed=7) != split_by_patient(
        files, (0.2,), seed=8
    )


def test_split_does_not_depend_on_the_order_of_the_files() -> None:
    files = make_files(50, each=2)
    forwards = split_by_patient(files, (0.2,), seed=7)
    backwards = split_by_patient(files[::-1], (0.2,), seed=7)
    assert [part[::-1] for part in backwards] == forwards


def test_split_keeps_the_order_of_the_files() -> None:
    files = make_files(50)
    for part in split_by_patient(files, (0.2,), seed=7):
        assert part == sorted(part, key=files.index)


def test_patient_of_two_kinds_is_not_split() -> None:
    files = make_files(40)
    joined = [
        LabelledFile(Path(f"{kind}.png"), 1, "both", kind, kind)
        for kind in ("bacteria", "virus")
    ]
    for seed in range(10):
        parts = split_by_patient(files + joined, (0.3, 0.3), seed=seed)
        assert sum("both" in patients_of(part) for part in parts) == 1


def test_patient_larger_than_a_part_stays_in_the_first() -> None:
    large = make_files(1, each=30, kinds="normal")
    first, _ = split_by_patient(large + make_files(40)[1:], (0.1,), seed=0)
    assert sum(file.patient == "normal_0" for file in first) == 30


@pytest.mark.parametrize("files", [[], make_files(1), make_files(9, kinds="normal")])
def test_too_few_to_split_is_refused(files: list[LabelledFile]) -> None:
    with pytest.raises(DatasetError, match=f"Received: {len(files)} radiographs"):
        split_by_patient(files, (0.1, 0.1), seed=0)


# Pixels


def test_squares_follow_the_order_of_the_files(tmp_path: Path) -> None:
    files = write_radiographs(tmp_path)[::-1]
    kept, squares = load_squares(files, 64)
    assert kept == files
    expected = [draw_phantom((64, 64), seed=seed) for seed in range(5, -1, -1)]
    np.testing.assert_array_equal(squares[..., 0], expected)


def test_squares_have_the_asked_side(tmp_path: Path) -> None:
    _, squares = load_squares(write_radiographs(tmp_path), 32)
    assert squares.shape == (6, 32, 32, 1)
    assert squares.dtype == np.uint8


def test_unreadable_files_are_counted_and_named(tmp_path: Path) -> None:
    files = write_radiographs(tmp_path, broken=2)
    with pytest.raises(
        DatasetError, match=r"^2 of 8 .*\n.*broken_0\.png: .*\n.*broken_1\.png: "
    ):
        load_squares(files, 32)


def test_only_the_first_unreadable_files_are_named(tmp_path: Path) -> None:
    files = write_radiographs(tmp_path, broken=25)
    with pytest.raises(DatasetError, match="25 of 31 radiographs") as caught:
        load_squares(files, 32)
    assert str(caught.value).count("broken_") == 20


def test_unreadable_files_can_be_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = write_radiographs(tmp_path, broken=2)
    kept, squares = load_squares(files[::-1], 32, skip_unreadable=True)
    assert [file.path.stem for file in kept] == ["2", "1", "0"] * 2
    assert squares.shape == (6, 32, 32, 1)
    _, expected = load_squares(kept, 32)
    np.testing.assert_array_equal(squares, expected)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


def test_content_decides_over_the_name_of_a_file(tmp_path: Path) -> None:
    files = write_radiographs(tmp_path)
    assert {file.path.suffix for file in files} == {".jpeg"}
    assert files[0].path.read_bytes().startswith(b"\x89PNG")
    assert len(load_squares(files, 32)[0]) == 6


# The real set


def test_real_training_folder_is_indexed_whole() -> None:
    described = describe_files(index_real("train"))
    del described["index_sha256"]
    assert described == {
        "radiographs": 5216,
        "patients": 3654,
        "normal": 1341,
        "pneumonia": 3875,
    }


def test_every_real_name_tells_patient_and_kind() -> None:
    for file in index_real("train") + index_real("val"):
        assert file.kind is not None
        assert file.patient != file.sha256


def test_real_training_folder_does_not_overlap_the_validation_folder() -> None:
    train = index_real("train")
    assert without_overlap(train, {"val": index_real("val")}) == train


def test_real_split_is_the_one_of_the_shipped_cards() -> None:
    card = json.loads((Path(__file__).parents[2] / "weights/ensemble.json").read_text())
    train = without_overlap(index_real("train"), {"val": index_real("val")})
    split = split_by_patient(
        train,
        (partitions.VALIDATION_SHARE, partitions.INTERNAL_TEST_SHARE),
        seed=partitions.SPLIT_SEED,
    )
    for name, part in zip(partitions.TRAIN_PARTS, split, strict=True):
        assert index_sha256(part) == card["partitions"][name]["index_sha256"]


def test_real_split_has_shares_of_eighty_ten_and_ten() -> None:
    train = index_real("train")
    parts = split_by_patient(train, (0.1, 0.1), seed=0)
    assert [len(part) / len(train) for part in parts] == pytest.approx(
        [0.8, 0.1, 0.1], abs=0.005
    )
    whole = Counter(file.kind for file in train)
    for part in parts:
        for kind, number in Counter(file.kind for file in part).items():
            share = number / len(part)
            assert share == pytest.approx(whole[kind] / len(train), abs=0.01)
