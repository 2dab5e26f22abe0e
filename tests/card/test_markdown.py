"""The model card says what was measured, and only of sound weights."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import describe as describe_tiny
from fixtures_models import publish_tiny, tiny_network
from phantoms import draw_squares

from pneumonia.card import provenance
from pneumonia.card.limitations import weak_points
from pneumonia.card.markdown import write_model_card
from pneumonia.card.provenance import REPORTED, describe_training
from pneumonia.data import labelled_files
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.partitions import TRAIN_PARTS, Part
from pneumonia.evaluation.network_report import measure
from pneumonia.model.weights import (
    load_card,
    save_site_card,
    save_weights,
    trained_cards,
)
from pneumonia.statistics import intervals, metrics

PARTITIONS = ("training", "validation", "internal_test", "train_folder", "official_val")
HISTORY = [
    {"loss": 0.7, "auroc": 0.5, "validation_auroc": 0.6, "seconds": 65.04},
    {"loss": 0.6, "auroc": 0.7, "validation_auroc": 0.8, "seconds": 60.0},
]


def files(count: int = 20) -> list[LabelledFile]:
    return [
        LabelledFile(Path(f"{i}.png"), i % 2, f"patient{i // 2}", None, f"{i:064}")
        for i in range(count)
    ]


def measure_some(count: int = 20) -> dict[str, Any]:
    labels = np.arange(count) % 2
    scores = (labels + np.linspace(0, 1, count)) / 2
    return metrics.evaluate(labels, scores, threshold=0.5, n_resamples=20)


def describe(**changes: Any) -> dict[str, Any]:
    part = {
        **labelled_files.count(files()),
        "index_sha256": labelled_files.index_sha256(files()),
    }
    return {
        **provenance.describe_code(),
        "partitions": dict.fromkeys(PARTITIONS, part),
        "training": {
            "seed": 7,
            "hardware": "2 CPU cores",
            **describe_training(HISTORY, 2, radiographs=20),
        },
        **changes,
    }


def publish(folder: Path, **changes: Any) -> Path:
    """Publish the tiny network with a card as train.py writes it."""
    measured = measure_some()
    point = {"threshold": 0.5, "rule": "highest mean", **measured}
    return publish_tiny(
        folder,
        **{
            "parameters": 1234567,
            "operating_points": {"balanced": point, "screening": point},
            "metrics": {name: measured for name in PARTITIONS},
            **describe(),
            **changes,
        },
    )


def write(folder: Path) -> str:
    return write_model_card(trained_cards(folder), folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("weights")
    publish(folder)
    return write(folder)


def test_model_card_is_written_beside_the_weights(tmp_path: Path) -> None:
    publish(tmp_path)
    assert write_model_card(trained_cards(tmp_path), tmp_path) == tmp_path / "README.md"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "README.md",
        "tiny.json",
        "tiny.keras",
    ]


def test_model_card_states_the_intended_use(readme: str) -> None:
    text = " ".join(readme.split())
    assert "not a medical device" in text
    assert "children of one to five years" in text


def test_model_card_attributes_data_and_weights(readme: str) -> None:
    for part in ("Kermany", "CC BY 4.0", "10.17632/rscbjbr9sj", "Apache-2.0"):
        assert part in readme


def test_model_card_describes_the_weights(tmp_path: Path) -> None:
    path = publish(tmp_path)
    readme = " ".join(write(tmp_path).split())
    assert "## `tiny`" in readme
    assert "1,234,567 parameters, input 32 × 32 × 1, not calibrated" in readme
    assert "Seed 7, best of 2 epochs: 2; 2 minutes on 2 CPU cores" in readme
    assert load_card(path)[0]["sha256"] in readme


def test_model_card_tells_the_lessons_and_the_other_seeds(tmp_path: Path) -> None:
    course = describe_training(
        [*HISTORY, HISTORY[0]],
        3,
        radiographs=20,
        lessons_after=[1, 2],
        others={8: HISTORY[:1], 9: HISTORY[:1]},
    )
    told = {"seed": 7, "hardware": "2 CPU cores", "lessons": [{}, {"label_share": 0.5}]}
    publish(tmp_path, training={**told, **course})
    readme = " ".join(write(tmp_path).split())
    assert (
        "Seed 7: 1 epochs from the labels, then 1 from what it said itself by then, "
        "then 1 from what it said itself by then, with a share of 0.5 of the labels; "
        "others alike from seed 8 and 9; all together; 5 minutes"
    ) in readme
    assert "validation auroc" not in readme


def test_model_card_has_two_rows_a_partition(readme: str) -> None:
    lines = readme.splitlines()
    for figures in ("(patients) | AUROC", "(patients) | accuracy"):
        (start,) = [i for i, line in enumerate(lines) if figures in line]
        rows = lines[start + 2 : start + 2 + len(PARTITIONS)]
        assert all("| 10 / 10 (10) |" in row for row in rows)
        assert {row.count("|") for row in rows} == {lines[start].count("|")}


def test_row_of_the_official_test_waits(readme: str) -> None:
    assert readme.count("| Official `test` folder | not yet scored |") == 2
    assert "three trial networks" in readme


def test_official_test_once_scored_has_its_row(tmp_path: Path) -> None:
    names = (*PARTITIONS, "official_test")
    part = {**labelled_files.count(files()), "index_sha256": ""}
    publish(
        tmp_path,
        metrics=dict.fromkeys(names, measure_some()),
        partitions=dict.fromkeys(names, part),
    )
    readme = write(tmp_path)
    assert "not yet scored" not in readme
    assert "| Official `test` folder | 10 / 10 (10) |" in readme


def test_model_card_gives_figures_with_their_intervals(readme: str) -> None:
    measured = measure_some()
    low, high = measured["auroc_ci"]
    assert f"{measured['auroc']:.3f} ({low:.3f} to {high:.3f})" in readme


def test_model_card_names_both_operating_points(readme: str) -> None:
    for name in ("balanced", "screening"):
        assert f"- **{name}**: threshold 0.5000, the highest mean" in readme
        assert f"| **{name}** | 0.5000 | " in readme


def test_model_card_has_no_stray_values(readme: str) -> None:
    words = readme.replace("(", " ").replace("|", " ").split()
    assert not {"nan", "None", "inf", "NaN"} & set(words)


def test_undefined_figure_is_called_so(tmp_path: Path) -> None:
    undefined = {**measure_some(), "auroc": None, "auroc_ci": [None, None]}
    publish(tmp_path, metrics=dict.fromkeys(PARTITIONS, undefined))
    assert write(tmp_path).count("| undefined |") >= len(PARTITIONS)


def test_partition_that_was_not_measured_has_no_row(tmp_path: Path) -> None:
    publish(tmp_path, metrics={"internal_test": measure_some()})
    readme = write(tmp_path)
    assert "| Internal test" in readme
    assert "| Official `val` folder" not in readme


def test_authors_figures_stand_beside_the_measured_ones(tmp_path: Path) -> None:
    publish(tmp_path, reported_by_author=REPORTED["seed_cnn"])
    readme = write(tmp_path)
    assert "| training folder | 98.16% | " in readme
    assert "official validation radiographs | 100% | " in readme


def test_authors_figures_without_official_val_lack_that_row(tmp_path: Path) -> None:
    publish(
        tmp_path,
        metrics={"train_folder": measure_some()},
        reported_by_author=REPORTED["seed_cnn"],
    )
    readme = write(tmp_path)
    assert "| training folder | 98.16% | " in readme
    assert "official validation radiographs" not in readme


def test_weights_nobody_reported_on_have_no_such_table(readme: str) -> None:
    assert "reported by its author" not in readme


def test_all_weights_of_the_folder_are_described(tmp_path: Path) -> None:
    publish(tmp_path)
    publish(tmp_path, name="second")
    readme = write(tmp_path)
    assert "## `tiny`" in readme
    assert "## `second`" in readme


def test_only_figures_of_the_weights_themselves_are_shown(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "figures").mkdir()
    for name in ("tiny_roc.png", "tiny_large_roc.png", "tiny_roc.txt"):
        (tmp_path / "figures" / name).touch()
    readme = write(tmp_path)
    assert "![tiny roc](figures/tiny_roc.png)" in readme
    assert readme.count("![") == 1


@pytest.mark.parametrize("text", [None, "{", '{"name": "broken"}'])
def test_weights_without_a_sound_card_are_left_out_with_a_warning(
    tmp_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path)
    (tmp_path / "broken.keras").touch()
    if text is not None:
        (tmp_path / "broken.json").write_text(text)
    readme = write(tmp_path)
    assert "## `tiny`" in readme
    assert "## `broken`" not in readme
    (record,) = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert "broken" in record.getMessage()


def test_weights_that_train_did_not_make_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path)
    publish_tiny(tmp_path, name="foreign")
    assert "## `foreign`" not in write(tmp_path)
    assert "foreign.keras" in caplog.text


def test_folder_without_weights_still_states_the_use(tmp_path: Path) -> None:
    assert "not a medical device" in " ".join(write(tmp_path).split())


def test_stop_while_the_model_card_is_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("old")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_model_card(trained_cards(tmp_path), tmp_path)
    assert (tmp_path / "README.md").read_text() == "old"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the tiny network with everything that is measured of it."""
    folder = tmp_path_factory.mktemp("measured")
    squares = draw_squares(72)
    kinds = np.array(["normal", "bacteria", "normal", "virus"] * 18)
    listed = [
        LabelledFile(
            Path("train", ("NORMAL", "PNEUMONIA")[i % 2], f"{i}.jpeg"),
            i % 2,
            f"patient{i}",
            str(kinds[i]),
            f"{i:064}",
        )
        for i in range(72)
    ]
    parts = {
        name: Part(listed[start : start + 24], squares[start : start + 24])
        for name, start in zip(TRAIN_PARTS, (0, 24, 48), strict=True)
    }
    sizes = folder / "sizes.csv"
    sizes.write_text(
        "path,native_width,native_height\n"
        + "".join(
            f"train/{f.path.parent.name}/{f.path.name},{1000 + i},{900}\n"
            for i, f in enumerate(listed)
        )
    )
    model = tiny_network()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        found = measure(model, parts, calibrated=True, sizes=sizes)
    save_weights(
        model,
        {
            **describe_tiny(model),
            **describe(),
            "parameters": 61,
            **found.card,
            "seeds": [
                {"seed": 0, "auroc": 0.98765, "worst_auroc": 0.97},
                {"seed": 1, "auroc": 0.98, "worst_auroc": 0.96},
            ],
            "gate_measured": [
                {"kind": "lateral", "n": 20, "refused": 0.9, "refused_ci": [0.68, 0.99]}
            ],
            "probes": {
                "native_copies": {
                    "n": 9,
                    "partitions": {"training": 8, "internal_test": 1},
                    "mean_change": 0.0123,
                    "mean_change_ci": [0.01, 0.02],
                    "largest_change": 0.2,
                    "flags_changed": 1,
                },
                "adults": {
                    "n": 40,
                    "patients": 30,
                    "flagged": 0.75,
                    "flagged_ci": [0.6, 0.9],
                    "quartiles": [0.2, 0.5, 0.9],
                },
            },
        },
        folder,
    )
    return folder


@pytest.fixture(scope="module")
def full(measured: Path) -> str:
    return write(measured)


@pytest.mark.parametrize(
    "row",
    [
        "| bacterial | 6 | ",
        "| viral | 6 | ",
        "| brightness, low | ",
        "| native width, high | ",
        "| vertical stretch 1.22 | ",
        "| sternal wires | ",
        "| lungs covered | ",
        "| surroundings of the other class | ",
        "| mediastinum of the other class | ",
        "| **worst** | ",
        "| border contrast | 72 | ",
        "| **all of picture** | 72 | ",
        "| **all of picture and file** | 72 | ",
        "| 0 | 0.9877 | 0.97 |",
        "| lateral | 20 | 0.900 (0.680 to 0.990) |",
        "- Between 9 files at native resolution",
        "(8 of training, 1 of internal test)",
        "- Of 40 unlabelled radiographs of 30 adults",
    ],
)
def test_everything_measured_is_told(full: str, row: str) -> None:
    assert row in full


def test_weak_points_come_from_the_numbers(full: str, measured: Path) -> None:
    shifts = load_card(measured / "tiny.keras")[0]["shifts"]["internal_test"]
    worst = shifts["worst"]["specificity"]
    assert "costs most specificity, from " in full
    assert f" to {worst:.3f}; " in full
    assert "Of lines, tubes and wires drawn onto radiographs, “" in full
    assert "exchanged for that of a radiograph of the other class its AUROC is" in full
    assert "flags 75% (60% to 90%) of 40 unlabelled adults" in full


@pytest.mark.parametrize(("lowest", "said"), [(0.55, True), (0.45, False)])
def test_network_goes_by_more_than_the_lungs_only_if_chance_cannot_explain_it(
    measured: Path, lowest: float, said: bool
) -> None:
    card, _ = load_card(measured / "tiny.keras")
    card["parts"]["by_part"]["lungs covered"]["auroc_ci"] = [lowest, 0.7]
    assert ("it goes by more than the lungs" in " ".join(weak_points(card))) == said


def test_card_measured_before_hearts_were_exchanged_can_still_be_told(
    measured: Path,
) -> None:
    card, _ = load_card(measured / "tiny.keras")
    del card["parts"]["by_part"]["mediastinum of the other class"]
    assert "exchanged" not in " ".join(weak_points(card))


def test_full_card_has_no_stray_values(full: str) -> None:
    words = full.replace("(", " ").replace("|", " ").split()
    assert not {"nan", "None", "inf", "NaN"} & set(words)


def test_tables_have_as_many_cells_as_headers(full: str) -> None:
    width = 0
    for line in full.splitlines():
        if not line.startswith("|"):
            width = 0
        else:
            width = width or line.count("|")
            assert line.count("|") == width, line


def test_calibrated_network_says_so_with_what_was_fitted(full: str) -> None:
    assert "input 32 × 32 × 1, calibrated." in full
    assert "Temperature " in full


def test_both_guidelines_are_answered_item_by_item(readme: str) -> None:
    claim = readme.partition("### CLAIM")[2].partition("### TRIPOD+AI")[0]
    numbers = [line.split("|")[1].strip() for line in claim.splitlines() if "|" in line]
    assert numbers[2:] == [str(number) for number in range(1, 45)]
    tripod = readme.partition("### TRIPOD+AI")[2]
    found = {line.split("|")[1].strip(" abcdefg") for line in tripod.splitlines()[4:]}
    assert found == {str(number) for number in range(1, 28)}


def test_card_of_a_site_is_left_out_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = publish(tmp_path)
    site = {**json.loads(path.with_suffix(".json").read_text()), "name": "somewhere"}
    del site["training"]
    save_site_card(path, {**site, "weights_file": path.name})
    assert "somewhere" not in write(tmp_path)
    assert caplog.text == ""
