"""What tests of the command line share."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., int]
Rows = Callable[..., list[dict[str, Any]]]
Report = Callable[..., dict[str, Any]]


def read_json(path: Path) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def last_line(text: str) -> str:
    return text.rstrip("\n").rsplit("\n", 1)[-1]


def run_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pneumonia", *arguments],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
