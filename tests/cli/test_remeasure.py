"""The command that measures published weights again."""

from pathlib import Path

import pytest
from fixtures_models import publish_tiny

from pneumonia.cli import commands


@pytest.mark.parametrize("more", [[], ["--only-inputs"]])
def test_remeasuring_without_training_data_is_refused(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = publish_tiny(tmp_path)
    options = ["--weights", str(weights), "--data", str(tmp_path)]
    assert commands.main(["remeasure", *options, *more]) == 2
    assert "Only weights that train.py made" in capsys.readouterr().err
