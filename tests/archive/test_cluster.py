"""Two Ray nodes, one of them killed midway: every file once, scores as without Ray.

``PNEUMONIA_ARCHIVE_FILES`` sets how many files there are; 120 unless it is set.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fixtures_cli import read_json
from phantoms import write_phantom

from pneumonia.cli.commands import main

get_node = pytest.importorskip("ray._private.services").get_node

COUNT = int(os.environ.get("PNEUMONIA_ARCHIVE_FILES", "120"))
SECONDS = 600 + COUNT
NODE = {
    "num_cpus": 1,
    "object_store_memory": 80 * 2**20,
    "include_dashboard": False,
}
# Ray's own agents are given their ports: a node waits 15 s to be told of what they
# choose, and a busy machine may take longer to start them.
AGENTS = ("metrics_agent", "metrics_export", "runtime_env_agent")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a cluster of two nodes of one core each."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_agent_register_timeout_ms", "300000")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # 15 otherwise: a busy machine waits
    monkeypatch.setattr("ray._private.services.get_node", get_node_patiently)
    started = Cluster(initialize_head=True, head_node_args=node())
    yield started
    started.shutdown()


def node() -> dict[str, Any]:
    """Describe a node of one core."""
    names = [*(f"{agent}_port" for agent in AGENTS), "dashboard_agent_listen_port"]
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in names]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in sockets]
    return {**NODE, **dict(zip(names, ports, strict=True))}


def get_node_patiently(*arguments: Any, ask: Any = get_node) -> Any:
    """Ask for a node that starts; Ray waits 30 s, and a busy machine may take more."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return ask(*arguments)
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def rows_of(folder: Path) -> list[dict[str, Any]]:
    from pyarrow.dataset import dataset

    return [
        row
        for name in ("rows", "quarantine")
        for row in dataset(folder / name, format="parquet").to_table().to_pylist()
    ]


def wait_for_parts(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while len(list(folder.glob("rows/[!.]*.parquet"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no part was done in time"
        time.sleep(0.1)


@pytest.mark.filterwarnings("ignore")  # of Ray, about itself
def test_a_killed_node_costs_no_file_and_doubles_none(
    cluster: Any, tmp_path: Path
) -> None:
    second = cluster.add_node(**node())
    folder, out = tmp_path / "radiographs", tmp_path / "out"
    for number in range(COUNT - 2):
        write_phantom(folder / f"{number:05}.png", seed=number)
    (folder / "damaged.png").write_bytes(b"no picture")
    (folder / "empty.png").touch()
    command = ["-m", "pneumonia", "assess", str(folder), "--engine", "ray"]
    command += ["--parquet", str(out), "--ray-address", cluster.address]
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_parts(out, 3, process)
        cluster.remove_node(second, allow_graceful=False)
        assert process.poll() is None, "all was done before the node was killed"
        told = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 1, told
    assert f"{COUNT - 2} assessed, 0 refused, 2 unreadable" in told[0]

    plain = tmp_path / "plain.json"
    assert main(["assess", str(folder), "--json", str(plain)]) == 1
    by_name = {row["file"]: row for row in read_json(plain)}
    rows = rows_of(out)
    assert len(rows) == len(by_name) == COUNT
    assert {row["file"]: row for row in rows} == by_name
