"""``explain-check``: what it writes, and what it refuses in a sentence."""

import json
from pathlib import Path

import pytest
from fixtures_cli import Command, read_json
from fixtures_models import list_anew, publish_tiny

from pneumonia.cli.commands import main
from pneumonia.model.weights import load_card

HEADER = "path,name,x,y,width,height,image_width,image_height\n"


@pytest.fixture
def check(radiographs: Path, command: Command) -> Command:
    def run(*arguments: str | Path) -> int:
        options = ("--data", radiographs, "--without-rise")
        return command("explain-check", *options, *arguments)

    return run


def test_figures_are_written_to_a_file_and_the_card_stays(
    check: Command, weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = weights.with_suffix(".json").read_bytes()
    assert check("--json", tmp_path / "found.json", "--limit", "2") == 0
    found = read_json(tmp_path / "found.json")
    assert found["weights"] == "tiny"
    assert found["radiographs"] == 2
    assert len(found["missing"]) == 3
    assert weights.with_suffix(".json").read_bytes() == card
    assert "| `Grad-CAM` |" in capsys.readouterr().out


def test_figures_are_written_into_the_card(
    radiographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = publish_tiny(tmp_path / "own")
    arguments = ["--data", str(radiographs), "--without-rise", "--limit", "1"]
    assert main(["explain-check", *arguments, "--weights", str(weights)]) == 0
    card, _ = load_card(weights)
    assert card["explanation"]["radiographs"] == 1
    assert "Written to" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--boxes", "boxes.csv"], "boxes.csv, of which line 2 is none"),
        (["--boxes", "none.csv"], "none.csv, of which line 1 is none"),
        (["--masks", "none"], "or leave --masks out"),
        (["--data", "none"], "Received: none, which is none"),
    ],
)
def test_bad_input_is_one_sentence_before_the_model_is_loaded(
    radiographs: Path,
    idle: Command,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(radiographs)
    Path("boxes.csv").write_text(f"{HEADER}a.png,x,y,1,1,1,1,1\n")
    assert idle("explain-check", "--data", radiographs, *arguments) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5"])
def test_number_of_radiographs_is_a_whole_number_above_0(
    radiographs: Path, idle: Command, count: str
) -> None:
    with pytest.raises(SystemExit):
        idle("explain-check", "--data", radiographs, "--limit", count)


def test_card_of_a_site_is_not_rewritten(
    radiographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = publish_tiny(tmp_path)
    site = weights.with_name("clinic.json")
    card = json.loads(weights.with_suffix(".json").read_text())
    site.write_text(json.dumps({**card, "weights_file": weights.name}))
    list_anew(tmp_path)
    arguments = ["--data", str(radiographs), "--weights", str(site)]
    assert main(["explain-check", *arguments]) == 2
    assert "the card of a site. Write them elsewhere" in capsys.readouterr().err
