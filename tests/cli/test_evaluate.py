"""``evaluate``: a labelled folder is measured with intervals."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_cli import Command, Report, last_line
from phantoms import write_phantom
from PIL import Image

from pneumonia.export.records import DISCLAIMER
from pneumonia.model.classifier import Classifier
from pneumonia.model.weights import load_card
from pneumonia.phantom import draw_phantom
from pneumonia.statistics import intervals, metrics

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


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Draw intervals from 20 resamples: their width is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


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
    strip = draw_phantom((300, 100))
    Image.fromarray(strip).save(own_labelled / "test" / "NORMAL" / "IM-9999-0001.png")
    report = evaluate(own_labelled)
    assert report["refused"] == {"cropped": 1}
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
    expected: Mapping[str, Any] = metrics.evaluate(
        labels, np.array(scores, float), threshold=0.5
    )
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
