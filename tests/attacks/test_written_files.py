"""What the server writes while it reads: Streamlit's spool, which has no name."""

import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from attacks import hostile_files
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

from pneumonia.model.weights import available_weights

ROOT = Path(__file__).parents[2]
_CALLS = "open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink"
_WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|(creat|mkdir|rename|link)\w*\(")
# More than Streamlit keeps in memory without a spool.
_LARGE = b"\0" * 2**21

pytestmark = [
    pytest.mark.skipif(not available_weights(), reason="no weights"),
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
]


def test_files_are_written_to_the_spool_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, trace = tmp_path / "spool", tmp_path / "trace"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    with StreamlitServer(ROOT / "streamlit_app.py") as server:
        tracer = subprocess.Popen(
            [
                *("strace", "-f", "-qq", "-e", f"trace={_CALLS}"),
                *("-o", str(trace), "-p", str(server.process_id)),
            ]
        )
        time.sleep(2)
        if tracer.poll() is not None:
            pytest.skip("this machine lets nobody trace a process")
        with Visitor(server.url) as visitor:
            visitor.run()
            visitor.upload("large.png", _LARGE)
            visitor.upload("a.png", phantom_png(1))
            for number in range(4):
                visitor.upload(f"{number}", hostile_files.make(number, seed=5)[1])
            visitor.run_until(Visitor.done)
            for link in visitor.links().values():
                with urllib.request.urlopen(link) as answer:  # noqa: S310
                    assert answer.read()
        tracer.terminate()
        tracer.wait()
    # Python keeps what it has compiled beside its source.
    harmless = re.compile(r"= -1 |/dev/null|__pycache__")
    written = [
        line
        for line in trace.read_text().splitlines()
        if _WRITES.search(line) and not harmless.search(line)
    ]
    assert any("O_TMPFILE" in line for line in written)
    assert [line for line in written if f'"{spool}' not in line] == []
    assert list(spool.iterdir()) == []
