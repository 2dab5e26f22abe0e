"""Several devices, and several machines, train as one would."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_training import assert_same_history, make_trunk
from phantoms import draw_squares

from pneumonia.errors import CheckpointError
from pneumonia.training.batches import LabelledPictures, TrainingBatches
from pneumonia.training.devices import ONE_DEVICE, Devices, join

SCRIPT = Path(__file__).with_name("train_together.py")
MACHINES = ("KERAS_DISTRIBUTION_JOB_ADDRESSES", "KERAS_DISTRIBUTION_NUM_PROCESSES")


def start(
    folder: Path, backend: str, devices: int, normalised: str, **named: str
) -> "subprocess.Popen[str]":
    folder.mkdir(exist_ok=True)
    path = os.pathsep.join([str(SCRIPT.parents[1]), str(SCRIPT.parents[2])])
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), str(devices), normalised],
        env={**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": backend, **named},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(*processes: "subprocess.Popen[str]") -> None:
    try:
        for process in processes:
            said, _ = process.communicate(timeout=300)
            assert process.returncode == 0, said
    finally:
        for process in processes:
            process.kill()


def told(folder: Path, machine: int = 0) -> Any:
    return json.loads((folder / f"told-{machine}.json").read_text())


def assert_alike(one: Path, other: Path, machine: int = 0) -> None:
    assert_same_history(told(one)["history"], told(other, machine)["history"])
    with (
        np.load(one / "parameters-0.npz") as mine,
        np.load(other / f"parameters-{machine}.npz") as theirs,
    ):
        for name in mine.files:
            np.testing.assert_allclose(mine[name], theirs[name], atol=1e-4)


def test_two_devices_train_as_one_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    end(start(one, "tensorflow", 1, "no"), start(two, "tensorflow", 2, "no"))
    assert told(one)["devices"][:2] == [1, 1]
    assert told(two)["devices"][:2] == [2, 1]
    assert told(two)["devices"][2].startswith("2 CPUs, ")
    assert_alike(one, two)


def test_two_machines_train_as_one_does(tmp_path: Path) -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    one, two = tmp_path / "one", tmp_path / "two"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    named = dict(zip(MACHINES, (f"127.0.0.1:{port}", "2"), strict=True))
    end(
        start(one, "jax", 1, "yes"),
        *(
            start(two, "jax", 1, "yes", KERAS_DISTRIBUTION_PROCESS_ID=own, **named)
            for own in ("0", "1")
        ),
    )
    for machine in (0, 1):
        assert told(two, machine)["devices"] == [2, 2, "2 CPUs of 2 machines"]
        assert_alike(one, two, machine)
    assert [told(two, machine)["chief"] for machine in (0, 1)] == [True, False]
    # Epoch 1, then 2 once the run is continued; the other machine writes none.
    assert [told(two, machine)["written"] for machine in (0, 1)] == [[1, 2], []]


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_machines_are_refused_where_they_cannot_train_together(
    monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    monkeypatch.setenv("KERAS_DISTRIBUTION_JOB_ADDRESSES", "10.0.0.1:1234")
    with pytest.raises(CheckpointError, match=r"KERAS_BACKEND=jax and all of .*None"):
        join()


@pytest.mark.parametrize("batch_size", [6, 7])
def test_machines_share_the_batch_of_one_and_its_weight(batch_size: int) -> None:
    data = LabelledPictures(draw_squares(9), (np.arange(9) > 2).astype(int))

    def batch(devices: Devices) -> tuple[Any, Any, Any]:
        trunk = make_trunk(batch_size=batch_size)
        made = TrainingBatches(data, trunk, (32, 32, 1), seed=0, devices=devices)
        return made[1]

    whole = batch(ONE_DEVICE)
    shares = [batch(Devices(count=4, machines=2, machine=own)) for own in (0, 1)]
    assert [len(share[0]) for share in shares] == [4, 4]
    joined = [np.concatenate(each) for each in zip(*shares, strict=True)]
    for all_of_it, one in zip(joined, whole, strict=True):
        filled = 8 / batch_size if one is whole[2] else 1
        np.testing.assert_allclose(all_of_it[:batch_size], one * filled, rtol=1e-6)
    assert not joined[2][batch_size:].any()
