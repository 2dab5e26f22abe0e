"""What the question for known weaknesses tells, with a stand-in for pip-audit."""

import json
from pathlib import Path
from typing import Any

import pytest
import weaknesses


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that has pip-audit print something."""

    def stand_in(said: str, error: str = "") -> None:
        program = tmp_path / "pip-audit"
        program.write_text(
            "#!/bin/sh\n"
            f"cat <<'END'\n{said}\nEND\ncat >&2 <<'END'\n{error}\nEND\n"
            "exit 1\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return stand_in


def package(*ids: str, **others: str) -> dict[str, Any]:
    weak = [{"id": it, "fix_versions": ["2.1"]} for it in ids]
    return {"name": "pillow", "version": "2.0", "vulns": weak, **others}


def test_none_is_told(answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer(json.dumps({"dependencies": [package(), package()]}))
    assert weaknesses.main() == 0
    assert capsys.readouterr().out == "0 known weaknesses in 2 packages.\n"


def test_each_is_told_with_its_mend(
    answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(json.dumps({"dependencies": [package("CVE-1", "CVE-2"), package()]}))
    assert weaknesses.main() == 1
    assert capsys.readouterr().out == (
        "pillow 2.0: CVE-1, mended in 2.1\n"
        "pillow 2.0: CVE-2, mended in 2.1\n"
        "2 known weaknesses in 2 packages.\n"
    )


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        ("", "Traceback\nrequests.ConnectionError: host x", "(requests.ConnectionErr"),
        (json.dumps({"dependencies": [package(skip_reason="x")]}), "", "of pillow"),
    ],
)
def test_what_could_not_be_asked_is_told_plainly_and_is_no_all_clear(
    said: str,
    error: str,
    told: str,
    answer: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer(said, error)
    assert weaknesses.main() == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert told in written.err
    assert written.err.startswith("Known weaknesses were not asked for: ")
    assert written.err.count("\n") == 1


def test_a_missing_program_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert weaknesses.main() == 2
    assert "pip install '.[release]'" in capsys.readouterr().err
