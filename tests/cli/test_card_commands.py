"""The commands about cards convert, measure, and refuse with exit status 2."""

import json
from pathlib import Path

import pytest
from fixtures_models import publish_tiny

from pneumonia.cli import commands
from pneumonia.model.weights import load_card


def test_older_card_is_converted_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = publish_tiny(tmp_path)
    card_path = path.with_suffix(".json")
    card = json.loads(card_path.read_text())
    del card["schema_version"]
    card_path.write_text(json.dumps({**card, "gate_measured": []}))
    assert commands.main(["migrate-card", str(card_path)]) == 0
    assert load_card(path)[0]["name"] == "tiny"
    assert "Converted" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 1}'])
def test_file_that_is_no_older_card_is_refused_and_stays(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "card.json"
    path.write_text(text)
    assert commands.main(["migrate-card", str(path)]) == 2
    assert path.read_text() == text


def test_remeasuring_without_training_data_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = publish_tiny(tmp_path)
    options = ["--weights", str(weights), "--data", str(tmp_path)]
    assert commands.main(["remeasure", *options]) == 2
    assert "Only weights that train.py made" in capsys.readouterr().err
