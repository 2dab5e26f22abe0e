"""``assess``: every file gets a row, and wrong usage gets a sentence."""

import csv
import hashlib
import io
import os
import shutil
from pathlib import Path

import dicom_files as files
import numpy as np
import pytest
from fixtures_cli import Command, Rows, last_line, read_json, run_process
from fixtures_decoding import count_decoding
from fixtures_models import publish_tiny
from phantoms import write_phantom
from PIL import Image

from pneumonia.cli.commands import main
from pneumonia.export.records import DISCLAIMER
from pneumonia.model.classifier import Classifier
from pneumonia.model.weights import load_card
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import sha256_of
from pneumonia.statistics.calibration import at_prevalence

ASSESS_FIELDS = [
    *("file", "status", "reason", "message", "warnings", "warning_codes"),
    *("probability", "prevalence", "calibrated", "flagged", "unsure"),
    *("unsure_reasons", "operating_point"),
    *("threshold", "weights", "weights_sha256", "input_sha256", "repair"),
    *("heatmap_region", "heatmap_in_lungs", "heatmap_codes"),
    *("masked_probability", "disclaimer"),
]


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
    names = [os.fsencode(row["file"]) for row in read_json(tmp_path / "rows.json")]
    assert name in names
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


def written_maps(folder: Path) -> tuple[Path, Path]:
    """Return the map alone and the heatmap over the radiograph of the one file."""
    alone, heatmap = sorted(folder.iterdir())
    return alone, heatmap


def test_heatmaps_are_named_by_the_files_digest(
    command: Command, radiographs: Path, tmp_path: Path
) -> None:
    (radiographs / "empty.png").touch()
    command("assess", radiographs, "--heatmaps", tmp_path / "new" / "maps")
    pictures = [path for path in radiographs.rglob("*.*") if path.stat().st_size]
    stems = [sha256_of(path.read_bytes())[:16] for path in pictures]
    assert {path.name for path in (tmp_path / "new" / "maps").iterdir()} == {
        f"{stem}{suffix}" for stem in stems for suffix in (".png", ".map.png")
    }


def test_heatmap_is_rgb_of_the_radiographs_size(
    command: Command, tmp_path: Path
) -> None:
    path = write_phantom(tmp_path / "x.png", seed=0, shape=(90, 130))
    command("assess", path, "--heatmaps", tmp_path / "maps")
    _, heatmap = written_maps(tmp_path / "maps")
    with Image.open(heatmap) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (130, 90))


def test_the_map_alone_has_16_bits_and_the_radiographs_size(
    command: Command, classifier: Classifier, tmp_path: Path
) -> None:
    path = write_phantom(tmp_path / "x.png", seed=0, shape=(90, 130))
    command("assess", path, "--heatmaps", tmp_path / "maps")
    alone, _ = written_maps(tmp_path / "maps")
    strength = np.asarray(Image.open(alone))
    assert strength.dtype == np.uint16
    assert strength.shape == (90, 130)
    found = classifier.assess_file(path.read_bytes())
    shown = classifier.saliency(found, (90, 130))
    np.testing.assert_allclose(strength, 65535 * shown, atol=1)


def test_heatmap_colours_the_radiograph(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The network of the test finds more against pneumonia than for it.
    monkeypatch.setattr(
        "pneumonia.model.classifier.shown_strength",
        lambda evidence, _: np.ones_like(evidence),
    )
    path = write_phantom(tmp_path / "x.png", seed=0)
    command("assess", path, "--heatmaps", tmp_path / "maps")
    _, heatmap = written_maps(tmp_path / "maps")
    laid = np.asarray(Image.open(heatmap)).astype(int)
    assert np.ptp(laid, axis=-1).max() > 20


def test_copies_of_a_file_share_one_heatmap(command: Command, tmp_path: Path) -> None:
    first = write_phantom(tmp_path / "in" / "0.png", seed=0, shape=(400, 400))
    for number in range(1, 24):
        shutil.copy(first, tmp_path / "in" / f"{number}.png")
    status = command("assess", tmp_path / "in", "--heatmaps", tmp_path / "maps")
    assert status == 0
    for heatmap in written_maps(tmp_path / "maps"):
        with Image.open(heatmap) as image:
            image.load()


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


@pytest.mark.parametrize("flag", ["--json", "--csv", "--heatmaps"])
def test_read_only_output_is_a_sentence_before_the_work(
    command: Command,
    radiographs: Path,
    tmp_path: Path,
    flag: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    target = tmp_path if flag == "--heatmaps" else tmp_path / "out"
    assert command("assess", radiographs, flag, target) == 2
    assert last_line(capsys.readouterr().err).endswith("is read-only.")


def test_file_in_place_of_the_heatmap_folder_is_refused_before_the_work(
    idle: Command, radiographs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert idle("assess", radiographs, "--heatmaps", radiographs / "a.png") == 2
    assert "a.png cannot be made: File exists" in capsys.readouterr().err


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


def test_prevalence_moves_probability_and_threshold_not_the_flag(
    tmp_path: Path, radiographs: Path
) -> None:
    weights = publish_tiny(tmp_path / "weights", calibrated=True)
    rows = []
    for options in ((), ("--prevalence", "0.15")):
        target = tmp_path / "rows.json"
        arguments = ("assess", radiographs / "a.png", "--weights", weights, *options)
        assert main([*map(str, arguments), "--json", str(target)]) == 0
        rows += read_json(target)
    reference, moved = rows
    assert (reference["prevalence"], moved["prevalence"]) == (0.5, 0.15)
    assert [moved["probability"], moved["threshold"]] == pytest.approx(
        at_prevalence(
            [reference["probability"], reference["threshold"]], assumed=0.5, wanted=0.15
        )
    )
    assert moved["flagged"] == reference["flagged"]


def test_score_that_is_not_calibrated_stays_at_the_reference_prevalence(
    assess: Rows, radiographs: Path
) -> None:
    (plain,) = assess(radiographs / "a.png")
    (asked,) = assess(radiographs / "a.png", "--prevalence", "0.15")
    assert asked == plain


@pytest.mark.parametrize("value", ["0", "1", "-0.2", "15", "nan", "many"])
def test_wrong_prevalence_is_a_sentence_and_exits_with_2(
    idle: Command, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        idle("assess", "x.png", f"--prevalence={value}")
    assert error.value.code == 2
    text = capsys.readouterr().err
    assert f"between 0 and 1, ends excluded. Received: {value}." in text


def test_radiograph_is_decoded_once_for_score_and_heatmap(
    command: Command,
    radiographs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = count_decoding(monkeypatch)
    assert command("assess", radiographs, "--heatmaps", tmp_path / "maps") == 0
    assert len(decoded) == 4


def test_a_repair_is_done_only_when_asked_for(assess: Rows, tmp_path: Path) -> None:
    stored = draw_phantom((96, 96), seed=1)[:, ::-1]
    (tmp_path / "mirrored.dcm").write_bytes(
        files.build(stored, PatientOrientation=["R", "F"], PatientAge="003Y")
    )

    (as_it_is,) = assess(tmp_path / "mirrored.dcm")
    (repaired,) = assess(tmp_path / "mirrored.dcm", "--repair")

    assert (as_it_is["repair"], repaired["repair"]) == (None, "mirror")
    assert "mirrored" in as_it_is["warning_codes"]
    assert not as_it_is["calibrated"]
    assert repaired["warning_codes"] == ["mirrored_on_request"]
