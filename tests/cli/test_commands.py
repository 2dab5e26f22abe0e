"""The command line as a whole: wrong usage gets a sentence and exits with 2."""

from pathlib import Path

import pytest
from fixtures_cli import run_process
from fixtures_models import publish_tiny

from pneumonia.cli.commands import main


@pytest.mark.parametrize(
    "arguments",
    [
        (),
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
        main(arguments)
    assert error.value.code == 2
    assert "usage: python -m pneumonia" in capsys.readouterr().err


def test_assess_without_a_name_says_what_to_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["assess"]) == 2
    assert "Name the radiographs to assess" in capsys.readouterr().err


def test_help_names_the_limits_of_the_demonstration(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as error:
        main(["--help"])
    assert error.value.code == 0
    assert "not a medical device" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", ["assess", "evaluate"])
def test_operating_point_the_weights_lack_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {"balanced": {"threshold": 0.5, "rule": "a half"}}
    path = publish_tiny(tmp_path, operating_points=points)
    target = ["--data"] if command == "evaluate" else []
    status = main(
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
    assert "absent.json is missing" in result.stderr


def test_other_keras_backend_is_one_sentence(
    weights: Path,
    radiographs: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert main(["assess", str(radiographs), "--weights", str(weights)]) == 2
    assert "Received: KERAS_BACKEND=jax. Unset it" in capsys.readouterr().err
