"""Squares lie in a file and not in memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from phantoms import write_kaggle_folder

from pneumonia.data.labelled_files import LabelledFile, index_radiographs
from pneumonia.data.squares import load_squares, store_rows
from pneumonia.errors import DatasetError


@pytest.fixture
def files(tmp_path: Path) -> list[LabelledFile]:
    return index_radiographs(write_kaggle_folder(tmp_path / "data", train=2) / "train")


def test_squares_cannot_be_changed(files: list[LabelledFile]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_squares(files, 32)[1][0] = 0


def test_no_rows_are_an_empty_array() -> None:
    assert store_rows([], (4, 4, 1)).shape == (0, 4, 4, 1)


_FULL = """
import resource, signal

import numpy as np

from pneumonia.data.squares import store_rows

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
rows = (np.zeros((64, 64), np.uint8) for _ in range(9))
store_rows(rows, (64, 64))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FULL],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TMPDIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    said = f"{tmp_path} cannot hold the radiographs: File too large"
    assert f"{DatasetError.__name__}: {said}" in ended.stderr


# Counts what is in no file.
_MEMORY = """
import re, sys
from pathlib import Path

from pneumonia.data.labelled_files import index_radiographs
from pneumonia.data.squares import load_squares

index = index_radiographs(Path(sys.argv[1]))
load_squares(index, 32)

def anonymous():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:[^0-9]+([0-9]+)", status)[1])

for times in (1, 10):
    before = anonymous()
    squares = load_squares(index * times, 512)[1]
    assert squares.any(axis=(1, 2)).all()
    print(anonymous() - before, squares.nbytes // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for the memory")
def test_ten_times_the_radiographs_need_no_more_memory(tmp_path: Path) -> None:
    data = write_kaggle_folder(tmp_path, train=20) / "train"
    ended = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(data)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (_, one), (more, ten) = (
        map(int, line.split()) for line in ended.stdout.splitlines()
    )
    assert ten == 10 * one
    assert more < ten / 4
