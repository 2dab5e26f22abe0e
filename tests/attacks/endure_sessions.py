"""Visitors come, open files, export and go, for hours; the end says what was lost.

    PNEUMONIA_RESUME_SECONDS=30 PYTHONPATH=.:tests \
        python tests/attacks/endure_sessions.py --minutes 120 --log endured.txt

A visitor comes every few seconds, at the same pace from first to last: a server that is
visited twice as often holds twice as many sessions, which is no leak. Each brings a
radiograph, a file of words and a hostile one. Some bring a list of eight in an archive,
some speak another language, some lose their connection and come back, some reload the
page, some leave before they have a result, and most export. A line a minute tells of
the server; the last ones judge it, and the exit status is 1 if anything failed.
"""

import argparse
import io
import itertools
import math
import resource
import statistics
import sys
import time
import urllib.request
import zipfile
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

from attacks import hostile_files
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from process_memory import with_children

_LOCALES = ("en", "fr", "es", "pt")
_READ = ("flagged", "not_flagged")
_LISTED = 8
# Fewer tell no slope.
_LEAST_MINUTES = 6


class Minute(NamedTuple):
    """What a minute showed; medians of it, and sums since the start."""

    minute: float
    sessions: int
    server: float
    decoders: float
    handles: float
    threads: float
    latency: float
    results_lost: int
    exports_lost: int


class Endurance:
    """Visits to one server, and what they showed since the last line.

    Parameters
    ----------
    server : StreamlitServer
    """

    def __init__(self, server: StreamlitServer) -> None:
        self._server = server
        self.sessions = self.results_lost = self.exports_lost = 0
        self._latencies: list[float] = []
        self._looks: list[tuple[float, float, int, int]] = []

    def visit(self) -> None:
        """Be one visitor; whatever goes wrong counts as a lost result."""
        self.sessions += 1
        try:
            self._visit(self.sessions)
        except Exception as error:
            self.results_lost += 1
            print(f"session {self.sessions}: {error!r}", file=sys.stderr, flush=True)
        self._looks.append(look_at(self._server.process_id))

    def _visit(self, count: int) -> None:
        with Visitor(self._server.url, _LOCALES[count % 4]) as visitor:
            visitor.run()
            begun = time.monotonic()
            visitor.upload("a.png", phantom_png(count))
            visitor.upload("b.png", b"words")
            visitor.upload("c", hostile_files.make(count, seed=1)[1])
            if count % 5 == 0:
                visitor.upload("all.zip", _archive(count))
            if count % 4 == 0:
                visitor.run()
                return
            visitor.run_until(Visitor.done)
            self._latencies.append(time.monotonic() - begun)
            if visitor.rows()[0]["state"] not in _READ:
                raise RuntimeError(f"it was not read: {visitor.rows()[0]}")
            if count % 7 == 0:
                visitor.come_back()
                if not visitor.run().done():
                    raise RuntimeError("the session that was resumed has lost files")
            links = list(visitor.links().values()) or [""]
            for link in links if count % 3 == 0 else links[:1]:
                self.exports_lost += not _is_there(link)
        if count % 6 == 0:
            # A reload is a session of its own, with nothing open.
            with Visitor(self._server.url) as visitor:
                visitor.run()

    def tell(self, minute: float) -> Minute:
        """Sum up what was seen since the last line."""
        server, decoders, handles, threads = (
            statistics.median(it) for it in zip(*self._looks, strict=True)
        )
        latency = statistics.median(self._latencies or [float("nan")])
        self._looks.clear()
        self._latencies.clear()
        return Minute(
            *(minute, self.sessions, server, decoders, handles, threads, latency),
            *(self.results_lost, self.exports_lost),
        )


def look_at(process_id: int) -> tuple[float, float, int, int]:
    """Give megabytes of a server and of its decoders, its open handles and threads."""
    decoders = [it for it in with_children(process_id) if it != process_id]
    process = Path(f"/proc/{process_id}")
    return (
        _resident(process_id),
        sum(map(_resident, decoders)),
        len(list((process / "fd").iterdir())),
        len(list((process / "task").iterdir())),
    )


def _resident(process_id: int) -> float:
    try:
        pages = Path(f"/proc/{process_id}/statm").read_text().split()[1]
    except FileNotFoundError:  # a decoder that has ended
        return 0
    return int(pages) * resource.getpagesize() / 2**20


def judge(minutes: list[Minute], settled: float) -> list[tuple[str, str, bool]]:
    """Judge a run by what its minutes told after the first ones.

    Parameters
    ----------
    minutes : list of Minute
    settled : float
        The minute from which on memory is to be level.

    Returns
    -------
    list of tuple of str, str and bool
        What, how much, and whether it is as it should be.
    """
    late = [it for it in minutes if it.minute > settled]
    if len(late) < _LEAST_MINUTES:
        return [("minutes after the first", f"{len(late)}", False)]
    lost = minutes[-1]
    judged = [
        ("results lost", f"{lost.results_lost}", lost.results_lost == 0),
        ("exports lost", f"{lost.exports_lost}", lost.exports_lost == 0),
    ]
    for name, most in (("server", 0.2), ("decoders", 0.2)):
        slope = _slope([(it.minute, getattr(it, name)) for it in late])
        said = f"{slope:+.2f} MB a minute"
        judged.append((f"memory of the {name}", said, abs(slope) <= most))
    third = len(late) // 3
    for name, share, spare in (
        ("handles", 0.1, 6),
        ("threads", 0.1, 2),
        ("latency", 0.25, 0.2),
    ):
        first, last = (
            statistics.median(it for it in of if not math.isnan(it))
            for of in (
                [getattr(it, name) for it in late[:third]],
                [getattr(it, name) for it in late[-third:]],
            )
        )
        is_level = last <= first * (1 + share) + spare
        judged.append((name, f"{first:.4g} at first, {last:.4g} at last", is_level))
    return judged


def _slope(points: list[tuple[float, float]]) -> float:
    """Give the median of the slopes between any two points (Theil and Sen).

    A file of 50 MB that is held for a minute, until its session is forgotten, would
    tilt a fitted line.
    """
    return statistics.median(
        (b - d) / (a - c) for (a, b), (c, d) in itertools.combinations(points, 2)
    )


def main() -> int:
    """Run until the time is over."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--settled", type=float, default=10, help="minutes")
    parser.add_argument("--pace", type=float, default=3, help="seconds a visit")
    parser.add_argument("--log", type=Path, help="for the lines, as well")
    options = parser.parse_args()
    outputs = [sys.stdout]
    if options.log:
        outputs.append(options.log.open("w", encoding="utf-8", buffering=1))
    tell = partial(_tell, outputs)
    minutes: list[Minute] = []
    with StreamlitServer(Path(__file__).parents[2] / "streamlit_app.py") as server:
        endurance, start = Endurance(server), time.monotonic()
        tell(" ".join(f"{it:>12}" for it in Minute._fields))
        while time.monotonic() < start + 60 * options.minutes:
            begun = time.monotonic()
            endurance.visit()
            elapsed = (time.monotonic() - start) / 60
            if elapsed >= len(minutes) + 1:
                minutes.append(endurance.tell(elapsed))
                tell(" ".join(f"{it:12.4g}" for it in minutes[-1]))
            time.sleep(max(0, begun + options.pace - time.monotonic()))
    judged = judge(minutes, options.settled)
    for what, said, is_good in judged:
        tell(f"{what}: {said}: {'as it should be' if is_good else 'FAILED'}")
    return 0 if all(it[-1] for it in judged) else 1


def _tell(outputs: list[TextIO], line: str) -> None:
    for output in outputs:
        output.write(f"{line}\n")
        output.flush()


def _archive(count: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(_LISTED):
            archive.writestr(f"{number}.png", phantom_png(1000 * count + number))
    return file.getvalue()


def _is_there(link: str) -> bool:
    try:
        with urllib.request.urlopen(link) as answer:  # noqa: S310
            return bool(answer.read())
    except (ValueError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())
