"""What the server's memory holds: at the first result, and after visitors have gone."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import hostile_files
from attacks.endure_sessions import Minute, judge
from benchmarks.timing import resident_megabytes
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from process_memory import private_megabytes, with_children

from pneumonia.model.weights import available_weights

ROOT = Path(__file__).parents[2]
# What has parts in C of these is seen in the list of what a process has mapped; the
# last is of what Altair needs.
_NOT_NEEDED = ("pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "rpds")
_RESUME_SECONDS, _FORGOTTEN_SECONDS = 1, 22

pytestmark = [
    pytest.mark.skipif(not available_weights(), reason="no weights"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[StreamlitServer]:
    with StreamlitServer(
        ROOT / "streamlit_app.py", PNEUMONIA_RESUME_SECONDS=_RESUME_SECONDS
    ) as started:
        yield started


def visit(server: StreamlitServer, seed: int) -> None:
    with Visitor(server.url, ("en", "fr", "es", "pt")[seed % 4]) as visitor:
        visitor.run()
        visitor.upload("a.png", phantom_png(seed))
        visitor.upload("b.png", b"words")
        visitor.upload("c", hostile_files.make(seed, seed=2)[1])
        if seed % 4 == 0:
            visitor.run()
        else:
            visitor.run_until(Visitor.done)


def held(server: StreamlitServer) -> tuple[float, int, int]:
    """Give megabytes, open handles and threads of the server alone."""
    process = Path(f"/proc/{server.process_id}")
    return (
        private_megabytes(server.process_id),
        len(list((process / "fd").iterdir())),
        len(list((process / "task").iterdir())),
    )


def test_the_first_result_needs_no_library_of_charts_and_tables(
    server: StreamlitServer,
) -> None:
    with Visitor(server.url) as visitor:
        visitor.run()
        visitor.upload("a.png", phantom_png(1))
        visitor.run_until(Visitor.done)

        maps = Path(f"/proc/{server.process_id}/maps").read_text()
        found = [it for it in _NOT_NEEDED if f"/site-packages/{it}/" in maps]
        assert found == []
        processes = list(with_children(server.process_id))
        assert resident_megabytes(processes) < 300


def test_sessions_that_came_and_went_leave_nothing(server: StreamlitServer) -> None:
    for seed in range(12):
        visit(server, seed)
    time.sleep(_FORGOTTEN_SECONDS)
    megabytes, handles, threads = held(server)

    for seed in range(12, 36):
        visit(server, seed)
    time.sleep(_FORGOTTEN_SECONDS)

    after = held(server)
    assert after[0] <= megabytes + 3  # a session holds about 1
    assert after[1] <= handles
    assert after[2] <= threads


def run_of(*, slope: float = 0.0, lost: int = 0, handles: int = 0) -> list[Minute]:
    return [
        Minute(it, 20 * it, 250 + slope * it, 90, 40 + handles * it, 12, 1.5, lost, 0)
        for it in range(1, 31)
    ]


@pytest.mark.parametrize(
    ("run", "failed"),
    [
        (run_of(), []),
        (run_of(slope=0.1), []),
        (run_of(slope=0.3), ["memory of the server"]),
        (run_of(lost=1), ["results lost"]),
        (run_of(handles=2), ["handles"]),
        (run_of()[:12], ["minutes after the first"]),
    ],
)
def test_endurance_is_judged_by_what_grows_and_what_is_lost(
    run: list[Minute], failed: list[str]
) -> None:
    assert [
        what for what, _, is_good in judge(run, settled=10) if not is_good
    ] == failed
