"""A checkpoint is complete or absent, and belongs to one run."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest
from fixtures_models import tiny_network
from fixtures_training import TURNING, epochs_in, make_trunk, stop_after

from pneumonia.errors import CheckpointError
from pneumonia.training.checkpoints import State, find_state, write_checkpoint
from pneumonia.training.recipes import Run

RUN = Run(make_trunk(), 3, "abc")


def write_epoch(checkpoints: Path, epoch: int) -> None:
    history = [{"loss": 1.0}] * epoch
    write_checkpoint(tiny_network(), RUN, State(epoch, 1, history), checkpoints)


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Give the checkpoints of a run that was stopped after two epochs."""
    for epoch in (1, 2):
        write_epoch(tmp_path, epoch)
    return tmp_path


def test_newest_state_is_found(stopped: Path) -> None:
    assert epochs_in(stopped) == ["epoch-0002"]
    expected = State(2, 1, [{"loss": 1.0}] * 2)
    assert find_state(stopped, RUN, resume=True) == expected


def test_there_is_no_state_without_a_stopped_run(tmp_path: Path) -> None:
    assert find_state(tmp_path / "absent", RUN, resume=True) is None


def test_stopped_run_is_refused_without_resume(stopped: Path) -> None:
    with pytest.raises(CheckpointError, match=r"stopped run of 2 epochs .* --resume"):
        find_state(stopped, RUN, resume=False)
    assert epochs_in(stopped) == ["epoch-0002"]


@pytest.mark.parametrize(
    ("other", "differing"),
    [
        (replace(RUN, seed=4), r"seed 3 \(received 4\)"),
        (replace(RUN, index_sha256="x"), r"index_sha256 abc \(received x\)"),
        (
            replace(RUN, trunk=make_trunk(architecture="other")),
            r"trunk\.architecture tiny \(received other\)",
        ),
        (
            replace(RUN, trunk=make_trunk(precision="mixed_bfloat16")),
            r"trunk\.precision float32 \(received mixed_bfloat16\)",
        ),
        (
            replace(RUN, trunk=make_trunk(epochs=7, patience=None)),
            r"trunk\.epochs 4 \(received 7\), trunk\.patience 9 \(received None\)",
        ),
        (
            replace(RUN, trunk=make_trunk(augmentation=replace(TURNING, haze=0.5))),
            r"trunk\.augmentation\.haze 0\.0 \(received 0\.5\)",
        ),
        (
            replace(RUN, trunk=make_trunk(imagenet=True)),
            r"trunk\.imagenet False \(received True\)",
        ),
    ],
    ids=[
        "seed",
        "data",
        "architecture",
        "precision",
        "epochs",
        "augmentation",
        "imagenet",
    ],
)
def test_other_settings_are_refused_by_name(
    stopped: Path, other: Run, differing: str
) -> None:
    with pytest.raises(CheckpointError, match=rf"started with .*{differing}"):
        find_state(stopped, other, resume=True)


def test_half_written_checkpoint_is_ignored(stopped: Path) -> None:
    (stopped / "writing").mkdir()
    (stopped / "writing" / "model.keras").write_bytes(b"PK")
    state = find_state(stopped, RUN, resume=True)
    assert state is not None
    assert state.epoch == 2
    write_epoch(stopped, 3)
    assert epochs_in(stopped) == ["epoch-0003"]


def test_half_written_first_checkpoint_is_no_stopped_run(tmp_path: Path) -> None:
    (tmp_path / "writing").mkdir()
    (tmp_path / "writing" / "state.json").write_text("{")
    assert find_state(tmp_path, RUN, resume=False) is None


@pytest.mark.parametrize(
    ("owner", "name"),
    [(keras.Model, "save"), (shutil, "copy2"), (Path, "rename")],
    ids=["at_first", "halfway", "at_last"],
)
def test_stop_while_a_checkpoint_is_written_leaves_the_one_before(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, owner, name, 1)
        with pytest.raises(KeyboardInterrupt):
            write_epoch(stopped, 3)
    assert {path.name for path in stopped.glob("epoch-*")} == {"epoch-0002"}
    state = find_state(stopped, RUN, resume=True)
    assert state is not None
    assert state.epoch == 2


def test_stop_before_the_old_checkpoint_is_deleted_goes_on_with_the_new(
    stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = shutil.rmtree

    def stop_at_old(path: Path, **options: Any) -> None:
        if Path(path).name.startswith("epoch-"):
            raise KeyboardInterrupt
        original(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", stop_at_old)
        with pytest.raises(KeyboardInterrupt):
            write_epoch(stopped, 3)
    assert epochs_in(stopped) == ["epoch-0002", "epoch-0003"]
    state = find_state(stopped, RUN, resume=True)
    assert state is not None
    assert state.epoch == 3
    write_epoch(stopped, 4)
    assert epochs_in(stopped) == ["epoch-0004"]


# A limit on the size of files stands for a disk that is full.
_FULL = """
import resource, sys
from pathlib import Path

import keras
from fixtures_training import make_trunk

from pneumonia.errors import CheckpointError
from pneumonia.training.checkpoints import State, write_checkpoint
from pneumonia.training.recipes import Run

folder = Path(sys.argv[1])
model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(300)])
run = Run(make_trunk(), 3, "abc")
write_checkpoint(model, run, State(1, 1, [{"loss": 1.0}]), folder)
for most in (1000, 100_000, 300_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        write_checkpoint(model, run, State(2, 2, [{"loss": 1.0}] * 2), folder)
    except CheckpointError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_full_disk_is_one_sentence_and_keeps_the_older_epoch(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    said = f"{tmp_path} cannot be written: File too large. Completed epochs are kept"
    assert ended.stdout.count(said) == 3
    assert epochs_in(tmp_path) == ["epoch-0001"]
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001"]
