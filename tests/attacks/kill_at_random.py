"""Kill this program at random moments: nothing is half-written, and it goes on.

    PYTHONPATH=.:tests python tests/attacks/kill_at_random.py --kills 50 --seed 1

Training (a tiny network on phantoms), publishing of weights that a server reads, the
command line with outputs, and the server, each a share of the kills. What is killed
gets no chance to tidy up. Ends with an error at the first thing that is not whole.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path
from unittest.mock import patch

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

import h5py
import numpy as np
from conftest import StreamlitServer
from fixtures_models import publish_shared
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from numpy.typing import NDArray
from phantoms import write_kaggle_folder, write_phantom
from process_memory import with_children
from websockets.exceptions import ConnectionClosed

from pneumonia.checked_files import listed_files, publish, read_files
from pneumonia.cli.outputs import part_of, read_rows
from pneumonia.model.classifier import load_classifier
from pneumonia.model.current_weights import CurrentWeights
from pneumonia.model.weights import WEIGHTS_FOLDER, load_card
from pneumonia.ui import export_texts

ROOT = Path(__file__).parents[2]
_SECONDS = 600
_FILES = 12
_EPOCHS = 6
_THRESHOLDS = 0.97, 0.98  # by which two sets of weights are told apart
# Of 50 kills; those that start quickly get more of them.
SHARES = {"weights": 24, "command line": 12, "server": 8, "training": 6}

_TRAINER = """
import sys, pytest
from fixtures_train_script import run_train, use_tiny_network
from pneumonia.statistics import intervals
with pytest.MonkeyPatch.context() as patch:
    use_tiny_network(patch, "seed_cnn")
    patch.setattr(intervals, "N_RESAMPLES", 20)
    print("begun", flush=True)
    sys.exit(run_train(*sys.argv[1:]))
"""
_PUBLISHER = """
import sys
from itertools import cycle
from pathlib import Path
from pneumonia.checked_files import publish
folder, *sets = map(Path, sys.argv[1:])
contents = [{it.name: it.read_bytes() for it in one.iterdir()} for one in sets]
print("begun", flush=True)
for one in cycle(contents):
    publish(one, folder)
"""


def _start(*arguments: object, **settings: str) -> subprocess.Popen[bytes]:
    """Start Python in a process of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError("It did not happen.")
        time.sleep(0.01)


def _say_begun(process: subprocess.Popen[bytes]) -> None:
    """Wait until a program says so; before, it has only been imported."""
    assert process.stdout is not None
    if process.stdout.readline() != b"begun\n":
        raise RuntimeError(f"It ended at once with {process.wait()}.")


def _kill(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill a process after so long, and tell whether it was still at work."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    finally:
        if process.stdout is not None:
            process.stdout.close()
    return False


def kill_training(kills: int, draw: random.Random, folder: Path) -> None:
    """Kill a run again and again; continued, it ends in the undisturbed network."""
    data = write_kaggle_folder(folder / "data", train=24, val=4, test=2)
    lungs = publish_shared(folder / "shared")

    def start(output: Path) -> subprocess.Popen[bytes]:
        options = ["--architecture=seed_cnn", f"--epochs={_EPOCHS}", "--batch-size=8"]
        paths = ["--data", data, "--output", output, "--resume"]
        started = _start("-c", _TRAINER, *options, *paths, PNEUMONIA_WEIGHTS=str(lungs))
        _say_begun(started)
        return started

    def finish(output: Path) -> float:
        process, begun = start(output), time.monotonic()
        if _kill(process, _SECONDS) or process.returncode != 0:
            raise AssertionError(f"training ended with {process.returncode}")
        return time.monotonic() - begun

    seconds, number = finish(folder / "whole"), 0
    while kills:
        number += 1
        output = folder / f"killed-{number}"
        while kills:
            process, begun = start(output), time.monotonic()
            if not _kill(process, draw.uniform(0, seconds)):
                seconds = time.monotonic() - begun  # the machine has become faster
                break
            kills -= 1
            check_run(output)
        finish(output)
        check_same_network(output / "seed_cnn.keras", folder / "whole/seed_cnn.keras")
        assert not (output / "checkpoints" / "seed_cnn").exists()


def check_run(output: Path) -> None:
    """Whatever a killed run left is whole: checkpoints, and weights or none."""
    for state in output.glob("checkpoints/seed_cnn/*/epoch-*/state.json"):
        json.loads(state.read_text())
        assert zipfile.ZipFile(state.with_name("model.keras")).testzip() is None
        with h5py.File(state.with_name("best.weights.h5")) as best:
            assert len(best)
    if listed_files(output):
        load_card(output / "seed_cnn.keras")


def check_same_network(one: Path, other: Path) -> None:
    """Both are whole and have the same parameters, but for rounding."""
    mine, theirs = _parameters(one), _parameters(other)
    assert mine.keys() == theirs.keys()
    for name, array in mine.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-4)


def _parameters(path: Path) -> dict[str, NDArray[np.float32]]:
    load_card(path)
    content = zipfile.ZipFile(path).read("model.weights.h5")
    names: list[str] = []
    with h5py.File(io.BytesIO(content)) as file:
        file.visit(names.append)
        found = {name: file[name] for name in names}
        return {
            name: np.array(it)
            for name, it in found.items()
            if isinstance(it, h5py.Dataset)
        }


def kill_publishing(kills: int, draw: random.Random, folder: Path) -> None:
    """Kill who publishes two sets in turn; a reader has the one or the other."""
    sets = [folder / "a", folder / "b"]
    for one, threshold in zip(sets, _THRESHOLDS, strict=True):
        one.mkdir(parents=True)
        for path in WEIGHTS_FOLDER.glob("ensemble.*"):
            shutil.copy(path, one)
        card = json.loads((one / "ensemble.json").read_text())
        card["operating_points"]["balanced"]["threshold"] = threshold
        (one / "ensemble.json").write_text(json.dumps(card))
        (one / "mark.npz").write_bytes(one.name.encode() * 100_000)
    contents = [{it.name: it.read_bytes() for it in one.iterdir()} for one in sets]
    shown = folder / "shown"
    publish(contents[0], shown)
    reader = CurrentWeights(shown, lambda it: load_classifier(shown / f"{it}.keras"))
    reader.loading("ensemble").result()
    for _ in range(kills):
        process = _start("-c", _PUBLISHER, shown, *sets)
        _say_begun(process)
        assert _kill(process, draw.uniform(0, 0.5))
        names = sorted(listed_files(shown))
        found = dict(zip(names, read_files(shown, *names, restore=""), strict=True))
        assert found in contents, "files of two sets are mixed, or one is cut off"
        now = _THRESHOLDS[contents.index(found)]
        _wait_for(partial(_decides_by, reader, now))
        publish(contents[draw.randrange(2)], shown)
        assert not list(shown.glob(".*.new"))


def _decides_by(reader: CurrentWeights, threshold: float) -> bool:
    card = reader.loading("ensemble").result().card
    return card["operating_points"]["balanced"]["threshold"] == threshold


def kill_command_line(kills: int, draw: random.Random, folder: Path) -> None:
    """Kill ``assess`` again and again; continued, it has the undisturbed rows."""
    for seed in range(_FILES):
        write_phantom(folder / f"files/{seed}.png", seed=seed, shape=(500, 600))

    def start(output: Path) -> subprocess.Popen[bytes]:
        """Start, and wait until the first row may come, or all are there."""
        output.mkdir(exist_ok=True)
        outputs = ["--json", output / "rows.json", "--csv", output / "rows.csv"]
        process = _start(
            *("-m", "pneumonia", "assess", folder / "files"), *outputs, "--resume"
        )
        part = part_of(output / "rows.json")
        _wait_for(lambda: part.exists() or process.poll() is not None)
        return process

    def finish(output: Path) -> float:
        process, begun = start(output), time.monotonic()
        assert not _kill(process, _SECONDS)
        assert process.returncode in (0, 1), process.returncode
        return time.monotonic() - begun

    seconds, number = finish(folder / "whole"), 0
    undisturbed = json.loads((folder / "whole/rows.json").read_text())
    assert len(undisturbed) == _FILES
    while kills:
        number += 1
        output = folder / f"killed-{number}"
        while kills and _kill(start(output), draw.uniform(0, seconds)):
            kills -= 1
            for name in ("rows.json", "rows.csv"):
                names = [row["file"] for row in read_rows(output / name)]
                assert len(names) == len(set(names)) <= _FILES
            if (output / "rows.json").exists():
                assert json.loads((output / "rows.json").read_text()) == undisturbed
        finish(output)
        assert json.loads((output / "rows.json").read_text()) == undisturbed
        assert (output / "rows.csv").read_bytes() == (
            folder / "whole/rows.csv"
        ).read_bytes()
        left = {it.name for it in output.iterdir()}
        assert left == {"rows.json", "rows.csv"}, left


def kill_server(kills: int, draw: random.Random, folder: Path) -> None:
    """Kill the server while it reads: it leaves nothing, and the next says the same."""
    (folder / "tmp").mkdir(parents=True)
    own = {"TMPDIR": str(folder / "tmp"), "HOME": str(folder)}
    with patch.dict(os.environ, own):
        with StreamlitServer(ROOT / "streamlit_app.py") as server:
            expected, seconds = _read_files(server, [])
        for _ in range(kills):
            with StreamlitServer(ROOT / "streamlit_app.py") as server:
                started = list(with_children(server.process_id))
                killing = threading.Timer(
                    draw.uniform(0, seconds), os.kill, (server.process_id, 9)
                )
                killing.start()
                with contextlib.suppress(OSError, ConnectionClosed, HTTPException):
                    _read_files(server, started)
                killing.join()
                _wait_for(partial(_have_ended, started))
            left = [it for it in folder.rglob("*") if it.is_file()]
            assert not left, left
        read_files(WEIGHTS_FOLDER, *listed_files(WEIGHTS_FOLDER), restore="")
        with StreamlitServer(ROOT / "streamlit_app.py") as server:
            assert _read_files(server, [])[0] == expected


def _read_files(
    server: StreamlitServer, processes: list[int]
) -> tuple[list[str], float]:
    """Read phantoms as a visitor; returns the scores, and how long it took.

    What the server has started is added to its processes.
    """
    begun = time.monotonic()
    with Visitor(server.url) as visitor:
        visitor.run()
        for seed in range(3):
            visitor.upload(f"{seed}.png", phantom_png(seed))
            visitor.run()
            processes += with_children(server.process_id)
        visitor.run_until(Visitor.done)
        link = visitor.links()[export_texts.DOWNLOAD_CSV]
        with urllib.request.urlopen(link) as answer:  # noqa: S310
            text = answer.read().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text))
    return [row["probability"] for row in rows], time.monotonic() - begun


def _have_ended(process_ids: list[int]) -> bool:
    for process_id in process_ids:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process_id}/stat").read_text()
            if status.rpartition(")")[2].split()[0] != "Z":
                return False
    return True


KINDS: dict[str, Callable[[int, random.Random, Path], None]] = {
    "weights": kill_publishing,
    "command line": kill_command_line,
    "server": kill_server,
    "training": kill_training,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(KINDS))
    options = parser.parse_args(arguments)
    draw = random.Random(options.seed)  # noqa: S311
    kinds = [options.only] if options.only else list(KINDS)
    shares = sum(SHARES[kind] for kind in kinds)
    for kind in kinds:
        kills = max(1, round(options.kills * SHARES[kind] / shares))
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            KINDS[kind](kills, draw, Path(folder))
        print(
            f"{kind}: {kills} kills, all whole, {time.monotonic() - begun:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
