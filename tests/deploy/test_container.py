"""The container runs without root, without capabilities and on a read-only disk."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_image_installs_hashed_packages_and_ends_as_another_user_than_root() -> (
    None
):
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert "podman build --format docker" in text  # another has no HEALTHCHECK
    steps = [line.split() for line in text.splitlines() if line.startswith("USER")]
    assert steps == [["USER", "10001"]]
    assert text.index("USER 10001") > text.rindex("\nRUN ")


def test_replicas_have_a_read_only_disk_no_capabilities_and_no_way_out() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    replica = text[text.index("x-page:") : text.index("services:")]
    for line in (
        "read_only: true",
        "cap_drop: [all]",
        "security_opt: [no-new-privileges]",
        "networks: [inside]",
    ):
        assert f"  {line}\n" in replica
    assert '"/tmp:rw,noexec,nosuid,size=2g", "/var/tmp:ro"' in replica
    head = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert "--tmpfs /tmp:rw,noexec,nosuid,size=2g --tmpfs /var/tmp:ro" in head
    assert "  inside:\n    internal: true" in text


def test_the_page_starts_with_the_settings_of_the_image(tmp_path: Path) -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    _, *command = json.loads(text[text.rindex("\nCMD ") :].removeprefix("\nCMD "))
    block = re.search(r"^ENV (.*?[^\\])$", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    own = dict(it.split("=") for it in block[1].replace("\\\n", " ").split())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [it.replace("8501", str(port)) for it in command]
    with (tmp_path / "log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", *command],
            cwd=ROOT,
            env={**os.environ, **own, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + 120
            while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
                assert process.poll() is None, Path(log.name).read_text()
                assert time.monotonic() < until
                time.sleep(0.2)
        finally:
            process.terminate()
            process.wait()
        assert "PNEUMONIA_OPEN=1" in Path(log.name).read_text()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
