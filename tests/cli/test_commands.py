"""The command line: every file gets a row, and wrong usage gets a sentence."""

import csv
import hashlib
import io
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import publish_tiny
from phantoms import write_kaggle_folder, write_phantom
from PIL import Image

import pneumonia.cli.commands as command_line
from pneumonia.export.records import DISCLAIMER
from pneumonia.model.classifier import Classifier
from pneumonia.model.weights import load_card, load_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import sha256_of
from pneumonia.statistics import intervals, metrics

ASSESS_FIELDS = [
    *("file", "status", "reason", "message", "warnings", "warning_codes"),
    *(
        "probability",
        "prevalence",
        "calibrated",
        "flagged",
        "operating_point",
        "threshold",
        "weights",
    ),
    *("weights_sha256", "input_sha256", "repair", "disclaimer"),
]
FIGURES = (
    *("auroc", "accuracy", "accuracy_at_0_5", "sensitivity", "specificity"),
    *("ppv", "npv", "brier", "ece"),
)
EVALUATE_FIELDS = {
    *("n", "positives", "threshold", "operating_point", "weights", "weights_sha256"),
    *("refused", "unreadable", "all_readable", "disclaimer"),
    *FIGURES,
    *(f"{figure}_ci" for figure in FIGURES),
}

Command = Callable[..., int]


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Draw intervals from 20 resamples: their width is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_tiny(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def classifier(weights: Path) -> Classifier:
    return Classifier(load_weights(weights))


@pytest.fixture
def command(
    weights: Path, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Give the command line with the tiny weights, loaded once for all tests."""
    monkeypatch.setattr(command_line, "_load_classifier", lambda _: classifier)

    def run(*arguments: str | Path) -> int:
        return command_line.main([*map(str, arguments), "--weights", str(weights)])

    return run


@pytest.fixture
def idle(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give a command line that must end before the model is loaded."""

    def load(_: str) -> None:
        pytest.fail("The model was loaded.")

    monkeypatch.setattr(command_line, "_load_classifier", load)

    def run(*arguments: str | Path) -> int:
        return command_line.main([*map(str, arguments), "--weights", str(weights)])

    return run


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw four radiographs in nested folders."""
    folder = tmp_path_factory.mktemp("pristine")
    for seed, name in enumerate(["a.png", "b/c.png", "b/d/e.jpeg", "f.tiff"]):
        write_phantom(folder / name, seed=seed, consolidation=bool(seed % 2))
    return folder


@pytest.fixture
def radiographs(pristine: Path, tmp_path: Path) -> Path:
    """Give a copy of the radiographs that a test may add to."""
    return Path(shutil.copytree(pristine, tmp_path / "radiographs"))


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kaggle_folder(tmp_path_factory.mktemp("data"), test=6, val=2)


@pytest.fixture
def own_labelled(labelled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(labelled, tmp_path / "labelled"))


@pytest.fixture
def assess(command: Command, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def run(*arguments: str | Path) -> list[dict[str, Any]]:
        command("assess", *arguments, "--json", tmp_path / "rows.json")
        return read_json(tmp_path / "rows.json")

    return run


@pytest.fixture
def evaluate(command: Command, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def run(data: Path, *arguments: str) -> dict[str, Any]:
        target = tmp_path / "report.json"
        assert command("evaluate", "--data", data, "--json", target, *arguments) == 0
        return read_json(target)

    return run


Rows = Callable[..., list[dict[str, Any]]]
Report = Callable[..., dict[str, Any]]


def read_json(path: Path) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def last_line(text: str) -> str:
    return text.rstrip("\n").rsplit("\n", 1)[-1]


def test_row_has_the_documented_fields_in_order(
    assess: Rows, radiographs: Path
) -> None:
    for row in assess(radiographs):
        assert list(row) == ASSESS_FIELDS


def test_row_of_an_unreadable_file_has_the_same_fields(
    assess: Rows, tmp_path: Path
) -> None:
    (tmp_path / "empty.png").touch()
    (row,) = assess(tmp_path / "empty.png")
    assert list(row) == ASSESS_FIELDS


def test_probability_is_the_classifiers_unrounded(
    assess: Rows, classifier: Classifier, radiographs: Path
) -> None:
    (row,) = assess(radiographs / "a.png")
    data = (radiographs / "a.png").read_bytes()
    assert row["probability"] == pytest.approx(
        classifier.assess_file(data).score, rel=1e-6
    )
    assert row["probability"] != round(row["probability"], 6)


def test_row_is_traced_to_file_and_weights(
    assess: Rows, weights: Path, radiographs: Path
) -> None:
    (row,) = assess(radiographs / "a.png")
    card, _ = load_card(weights)
    assert row["input_sha256"] == sha256_of((radiographs / "a.png").read_bytes())
    assert row["weights"] == "tiny"
    assert row["weights_sha256"] == card["sha256"]
    assert row["prevalence"] == card["prevalence"]
    assert row["calibrated"] is False


def test_flag_is_the_probability_against_the_threshold(
    assess: Rows, radiographs: Path
) -> None:
    for row in assess(radiographs):
        assert row["flagged"] is (row["probability"] >= row["threshold"])


def test_operating_point_sets_the_threshold(assess: Rows, radiographs: Path) -> None:
    (row,) = assess(radiographs / "a.png", "--operating-point", "screening")
    assert (row["operating_point"], row["threshold"]) == ("screening", 0.25)


def test_balanced_is_the_default(assess: Rows, radiographs: Path) -> None:
    (row,) = assess(radiographs / "a.png")
    assert (row["operating_point"], row["threshold"]) == ("balanced", 0.5)


def test_folders_are_searched_recursively(assess: Rows, radiographs: Path) -> None:
    names = [row["file"] for row in assess(radiographs)]
    assert names == [
        str(radiographs / name) for name in ("a.png", "b/c.png", "b/d/e.jpeg", "f.tiff")
    ]


def test_files_are_named_as_given(
    assess: Rows, radiographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(radiographs)
    names = [row["file"] for row in assess("b", "a.png", "./f.tiff")]
    assert names == ["b/c.png", "b/d/e.jpeg", "a.png", "./f.tiff"]


def test_hidden_files_and_folders_are_skipped(assess: Rows, radiographs: Path) -> None:
    (radiographs / ".DS_Store").touch()
    write_phantom(radiographs / ".cache" / "x.png", seed=9)
    write_phantom(radiographs / "b" / ".thumbnail.png", seed=9)
    assert len(assess(radiographs)) == 4


def test_folder_below_a_hidden_one_is_not_hidden(assess: Rows, tmp_path: Path) -> None:
    write_phantom(tmp_path / ".home" / "pictures" / "x.png", seed=1)
    assert len(assess(tmp_path / ".home" / "pictures")) == 1


def test_all_assessed_exits_with_0(command: Command, radiographs: Path) -> None:
    assert command("assess", radiographs) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"only text", "text"), (b"\x89PNG\r\n\x1a\n", "damaged")],
)
def test_unreadable_file_is_a_row_and_the_others_go_on(
    command: Command, radiographs: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    (radiographs / "b" / "broken.png").write_bytes(content)
    status = command("assess", radiographs, "--json", tmp_path / "rows.json")
    assert status == 1
    rows = {Path(row["file"]).name: row for row in read_json(tmp_path / "rows.json")}
    broken = rows.pop("broken.png")
    assert (broken["status"], broken["reason"]) == ("unreadable", None)
    assert message in broken["message"]
    assert broken["probability"] is None
    assert broken["flagged"] is None
    assert [row["status"] for row in rows.values()] == ["assessed"] * 4


def test_refused_file_has_a_code_and_exits_with_1(
    command: Command, tmp_path: Path
) -> None:
    small = write_phantom(tmp_path / "small.png", seed=0, shape=(40, 40))
    assert command("assess", small, "--json", tmp_path / "rows.json") == 1
    (row,) = read_json(tmp_path / "rows.json")
    assert (row["status"], row["reason"]) == ("refused", "too_small")
    assert row["probability"] is None


def test_link_to_nowhere_in_a_folder_is_a_row(assess: Rows, radiographs: Path) -> None:
    (radiographs / "link.png").symlink_to(radiographs / "absent.png")
    statuses = {Path(row["file"]).name: row["status"] for row in assess(radiographs)}
    assert statuses["link.png"] == "unreadable"


@pytest.mark.parametrize("name", ["two words.png", "größe–×.png", "line\nbreak.png"])
def test_any_file_name_is_reported(assess: Rows, tmp_path: Path, name: str) -> None:
    write_phantom(tmp_path / "in" / name, seed=0)
    (row,) = assess(tmp_path / "in")
    assert row["file"].endswith(name)


def test_file_name_that_is_no_utf_8_is_reported(
    command: Command,
    radiographs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = os.fsencode(radiographs) + b"/caf\xe9.png"
    shutil.copy(os.fsencode(radiographs / "a.png"), name)
    outputs = ("--json", tmp_path / "rows.json", "--csv", tmp_path / "rows.csv")
    assert command("assess", radiographs, *outputs) == 0
    assert len(read_json(tmp_path / "rows.json")) == 5
    assert r"caf\udce9.png: " in capsys.readouterr().out


def test_sixty_files_are_assessed_in_one_call(
    assess: Rows, radiographs: Path, tmp_path: Path
) -> None:
    for number in range(60):
        target = tmp_path / "many" / f"{number:02}.png"
        write_phantom(target, seed=number, shape=(64, 64))
    rows = assess(tmp_path / "many")
    assert [Path(row["file"]).stem for row in rows] == [f"{i:02}" for i in range(60)]
    assert {row["status"] for row in rows} == {"assessed"}
    assert len({row["probability"] for row in rows}) > 50


def test_rows_hold_their_own_files_result(
    assess: Rows, classifier: Classifier, radiographs: Path
) -> None:
    for row in assess(radiographs):
        data = Path(row["file"]).read_bytes()
        assert row["input_sha256"] == hashlib.sha256(data).hexdigest()
        assert row["probability"] == pytest.approx(
            classifier.assess_file(data).score, abs=1e-6
        )


def test_csv_holds_what_json_holds(
    command: Command, radiographs: Path, tmp_path: Path
) -> None:
    (radiographs / "empty.png").touch()
    outputs = ("--json", tmp_path / "rows.json", "--csv", tmp_path / "rows.csv")
    command("assess", radiographs, *outputs)
    rows = read_json(tmp_path / "rows.json")
    text = (tmp_path / "rows.csv").read_bytes().decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(read[0]) == ASSESS_FIELDS
    assert [row["file"] for row in read] == [row["file"] for row in rows]
    assert [row["probability"] for row in read] == [
        "" if row["probability"] is None else repr(row["probability"]) for row in rows
    ]


def test_heatmaps_are_named_by_the_files_digest(
    command: Command, radiographs: Path, tmp_path: Path
) -> None:
    (radiographs / "empty.png").touch()
    command("assess", radiographs, "--heatmaps", tmp_path / "new" / "maps")
    pictures = [path for path in radiographs.rglob("*.*") if path.stat().st_size]
    assert sorted(
        path.name for path in (tmp_path / "new" / "maps").iterdir()
    ) == sorted(f"{sha256_of(path.read_bytes())[:16]}.png" for path in pictures)


def test_heatmap_is_rgb_of_the_radiographs_size(
    command: Command, tmp_path: Path
) -> None:
    path = write_phantom(tmp_path / "x.png", seed=0, shape=(90, 130))
    command("assess", path, "--heatmaps", tmp_path / "maps")
    (heatmap,) = (tmp_path / "maps").iterdir()
    with Image.open(heatmap) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (130, 90))


def test_heatmap_colours_the_radiograph(command: Command, tmp_path: Path) -> None:
    path = write_phantom(tmp_path / "x.png", seed=0)
    command("assess", path, "--heatmaps", tmp_path / "maps")
    (heatmap,) = (tmp_path / "maps").iterdir()
    laid = np.asarray(Image.open(heatmap)).astype(int)
    assert np.ptp(laid, axis=-1).max() > 20


def test_copies_of_a_file_share_one_heatmap(command: Command, tmp_path: Path) -> None:
    first = write_phantom(tmp_path / "in" / "0.png", seed=0, shape=(400, 400))
    for number in range(1, 24):
        shutil.copy(first, tmp_path / "in" / f"{number}.png")
    status = command("assess", tmp_path / "in", "--heatmaps", tmp_path / "maps")
    assert status == 0
    (heatmap,) = (tmp_path / "maps").iterdir()
    with Image.open(heatmap) as image:
        image.load()


def test_outputs_replace_older_ones_and_leave_nothing_else(
    command: Command, radiographs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "rows.json").write_text("old")
    outputs = ("--json", folder / "rows.json", "--csv", folder / "rows.csv")
    command("assess", radiographs, *outputs)
    assert len(read_json(folder / "rows.json")) == 4
    assert sorted(path.name for path in folder.iterdir()) == ["rows.csv", "rows.json"]


def test_standard_output_has_a_line_a_file_and_the_disclaimer(
    command: Command, radiographs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (radiographs / "empty.png").touch()
    command("assess", radiographs)
    *lines, disclaimer = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert disclaimer == DISCLAIMER
    assert "unreadable" in lines[3]
    assert "score 0." in lines[0]


def test_uncalibrated_score_is_not_called_a_probability(
    command: Command, radiographs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command("assess", radiographs)
    assert "probability" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["absent.png", "absent/"])
def test_missing_path_is_refused_before_the_work(
    idle: Command,
    radiographs: Path,
    name: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert idle("assess", radiographs, str(radiographs / name)) == 2
    assert "There is no file or folder" in capsys.readouterr().err


def test_folder_without_files_is_refused(
    idle: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert idle("assess", tmp_path / "empty") == 2
    assert "No files were found" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--json", "--csv"])
@pytest.mark.parametrize("target", ["absent/rows", "."])
def test_output_that_cannot_be_written_is_refused_before_the_work(
    idle: Command,
    radiographs: Path,
    option: str,
    target: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert idle("assess", radiographs, option, radiographs / target) == 2
    assert "file in an existing folder" in capsys.readouterr().err


def test_file_in_place_of_the_heatmap_folder_is_refused_before_the_work(
    idle: Command, radiographs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle("assess", radiographs, "--heatmaps", radiographs / "a.png") == 2
    assert "a.png cannot be made: File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("assess",),
        ("evaluate",),
        ("diagnose", "x.png"),
        ("assess", "x.png", "--operating-point", "best"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        command_line.main(arguments)
    assert error.value.code == 2
    assert "usage: python -m pneumonia" in capsys.readouterr().err


def test_help_names_the_limits_of_the_demonstration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as error:
        command_line.main(["--help"])
    assert error.value.code == 0
    assert "not a medical device" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", ["assess", "evaluate"])
def test_operating_point_the_weights_lack_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {"balanced": {"threshold": 0.5, "rule": "a half"}}
    path = publish_tiny(tmp_path, operating_points=points)
    target = ["--data"] if command == "evaluate" else []
    status = command_line.main(
        [
            *(command, *target, str(tmp_path), "--weights", str(path)),
            *("--operating-point", "screening"),
        ]
    )
    assert status == 2
    assert "operating points balanced. Received: screening" in capsys.readouterr().err


def test_missing_weights_are_one_sentence(radiographs: Path) -> None:
    result = run_process(
        "assess", str(radiographs), "--weights", str(radiographs / "absent.keras")
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "absent.keras is missing" in result.stderr


def test_process_reports_every_file_and_exits_with_1(
    radiographs: Path, weights: Path, tmp_path: Path
) -> None:
    (radiographs / "text.png").write_text("no picture")
    result = run_process(
        *("assess", str(radiographs), "--weights", str(weights)),
        *("--json", str(tmp_path / "rows.json")),
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(read_json(tmp_path / "rows.json")) == 5
    assert last_line(result.stdout) == DISCLAIMER


def run_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pneumonia", *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


def test_report_has_the_documented_fields(evaluate: Report, labelled: Path) -> None:
    report = evaluate(labelled)
    assert set(report) == EVALUATE_FIELDS
    for figure in FIGURES:
        assert len(report[f"{figure}_ci"]) == 2


def test_report_had_everything_been_admitted_has_the_same_figures(
    evaluate: Report, labelled: Path
) -> None:
    report = evaluate(labelled)
    for name in (*FIGURES, *(f"{figure}_ci" for figure in FIGURES)):
        assert report["all_readable"][name] == report[name]


def test_what_the_gate_refuses_counts_only_had_everything_been_admitted(
    evaluate: Report, own_labelled: Path
) -> None:
    faint = (100 + draw_phantom((96, 96)) // 32).astype(np.uint8)
    Image.fromarray(faint).save(own_labelled / "test" / "NORMAL" / "IM-9999-0001.png")
    report = evaluate(own_labelled)
    assert report["refused"] == {"low_contrast": 1}
    assert report["n"] == 12
    assert report["all_readable"]["n"] == 13


def test_test_is_the_default_split(evaluate: Report, labelled: Path) -> None:
    report = evaluate(labelled)
    assert (report["n"], report["positives"]) == (12, 6)


def test_other_split_is_measured_when_named(evaluate: Report, labelled: Path) -> None:
    report = evaluate(labelled, "--split", "val")
    assert (report["n"], report["positives"]) == (4, 2)


def test_report_equals_metrics_of_the_classifiers_scores(
    evaluate: Report, classifier: Classifier, labelled: Path
) -> None:
    paths = sorted((labelled / "test").rglob("*.jpeg"))
    labels = [int(path.parent.name == "PNEUMONIA") for path in paths]
    scores = [classifier.assess_file(path.read_bytes()).score for path in paths]
    expected = metrics.evaluate(labels, scores, threshold=0.5)
    report = evaluate(labelled)
    for figure in FIGURES:
        assert report[figure] == pytest.approx(expected[figure], abs=1e-6)


def test_report_names_weights_and_operating_point(
    evaluate: Report, weights: Path, labelled: Path
) -> None:
    report = evaluate(labelled, "--operating-point", "screening")
    assert (report["operating_point"], report["threshold"]) == ("screening", 0.25)
    assert report["weights"] == "tiny"
    assert report["weights_sha256"] == load_card(weights)[0]["sha256"]


def test_what_was_not_scored_is_counted(evaluate: Report, own_labelled: Path) -> None:
    folder = own_labelled / "test" / "NORMAL"
    (folder / "text.jpeg").write_text("no picture")
    write_phantom(folder / "small.png", seed=0, shape=(40, 40))
    write_phantom(folder / "flat.png", seed=1, shape=(50, 50))
    report = evaluate(own_labelled)
    assert report["n"] == 12
    assert report["refused"] == {"too_small": 2}
    assert report["unreadable"] == 1


def test_other_folders_are_ignored_with_a_note(
    evaluate: Report, own_labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_phantom(own_labelled / "test" / "COVID" / "x.png", seed=0)
    assert evaluate(own_labelled)["n"] == 12
    assert "Ignored in" in (note := capsys.readouterr().err)
    assert "COVID" in note


def test_hidden_files_are_not_measured(evaluate: Report, own_labelled: Path) -> None:
    write_phantom(own_labelled / "test" / "NORMAL" / "._IM-1.png", seed=0)
    assert evaluate(own_labelled)["n"] == 12


def test_summary_shows_every_figure_with_its_interval(
    evaluate: Report, labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(labelled)
    text = capsys.readouterr().out
    for figure in FIGURES:
        assert f"\n{figure} " in text
    assert last_line(text) == DISCLAIMER
    assert "nan" not in text


def test_figure_without_cases_is_undefined_not_a_crash(
    evaluate: Report, own_labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, path in enumerate((own_labelled / "test" / "NORMAL").iterdir()):
        path.write_text(f"no picture {number}")
    report = evaluate(own_labelled)
    assert report["auroc"] is None
    assert report["specificity"] is None
    assert report["specificity_ci"] == [None, None]
    assert math.isfinite(report["sensitivity"])
    assert "undefined" in capsys.readouterr().out


def test_nothing_readable_is_one_sentence(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("NORMAL", "PNEUMONIA"):
        (tmp_path / "test" / name).mkdir(parents=True)
        (tmp_path / "test" / name / "x.jpeg").write_text(f"no picture {name}")
    assert command("evaluate", "--data", tmp_path) == 2
    assert "None of the 2 files" in last_line(capsys.readouterr().err)


@pytest.mark.parametrize("split", ["absent", "test/NORMAL"])
def test_split_without_both_classes_is_refused_before_the_work(
    idle: Command, labelled: Path, split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle("evaluate", "--data", labelled, "--split", split) == 2
    assert "without any under NORMAL" in capsys.readouterr().err


def test_report_into_a_missing_folder_is_refused_before_the_work(
    idle: Command, labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = labelled / "absent" / "report.json"
    assert idle("evaluate", "--data", labelled, "--json", target) == 2
    assert "file in an existing folder" in capsys.readouterr().err


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Draw a site's folder on which even the tiny network tells the classes apart."""
    for seed in range(24):
        name = ("NORMAL", "PNEUMONIA")[seed % 2]
        path = tmp_path / "clinic" / name / f"{seed}.png"
        grey = np.asarray(Image.open(write_phantom(path, seed=seed)))
        darker = grey // 2 if seed % 2 else grey
        Image.fromarray(darker).save(path)
    return tmp_path / "clinic"


@pytest.fixture
def recalibrate(
    clinic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    monkeypatch.setattr("pneumonia.evaluation.recalibration.MINIMUM_PATIENTS", 10)
    weights = publish_tiny(tmp_path / "weights")

    def run(name: str) -> int:
        options = ("--data", clinic, "--name", name, "--weights", weights)
        return command_line.main(["recalibrate", *map(str, options)])

    return run


def test_recalibrate_writes_a_card_that_assess_uses(
    recalibrate: Callable[..., int], clinic: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "weights"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert recalibrate("clinic") == 0
    card = read_json(folder / "clinic.json")
    assert card["partitions"]["site"]["radiographs"] == 24
    target = tmp_path / "rows.json"
    status = command_line.main(
        [
            *("assess", str(clinic), "--weights", str(folder / "clinic.json")),
            *("--json", str(target)),
        ]
    )
    assert status == 0
    row = read_json(target)[0]
    assert row["weights"] == "clinic"
    assert row["threshold"] == card["operating_points"]["balanced"]["threshold"]
    assert row["prevalence"] == 0.5
    assert row["calibrated"] is True
    for name, content in before.items():
        assert (folder / name).read_bytes() == content


def test_recalibrate_prints_what_it_fitted_with_intervals(
    recalibrate: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert recalibrate("clinic") == 0
    out = capsys.readouterr().out
    assert "12 normal, 12 with pneumonia, 24 patients" in out
    for name in ("temperature", "bias", "auroc", "  threshold", "  sensitivity"):
        assert f"\n{name} " in out
    assert DISCLAIMER in out


def test_unreadable_files_of_a_site_are_counted(
    recalibrate: Callable[..., int], clinic: Path, tmp_path: Path
) -> None:
    (clinic / "NORMAL" / "broken.png").write_text("no picture")
    assert recalibrate("clinic") == 0
    card = read_json(tmp_path / "weights" / "clinic.json")
    assert card["recalibration"]["unreadable"] == 1


def test_folder_that_is_too_small_is_refused_and_nothing_is_written(
    recalibrate: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("pneumonia.evaluation.recalibration.MINIMUM_PATIENTS", 50)
    assert recalibrate("clinic") == 2
    assert "at least 50 patients of each class" in capsys.readouterr().err
    assert not (tmp_path / "weights" / "clinic.json").exists()


def test_name_is_checked_before_the_work(idle: Command, labelled: Path) -> None:
    for name in ("tiny", "a/b"):
        data = labelled / "test"
        assert idle("recalibrate", "--data", data, "--name", name) == 2
