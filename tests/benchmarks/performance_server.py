"""What the page's server costs: its start, a click, and many visitors at once."""

import io
import statistics
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import dicom_files
import numpy as np
import pytest
from benchmarks.performance_files import time_and_memory
from benchmarks.timing import Row, processor_seconds, resident_megabytes
from conftest import StreamlitServer
from fixtures_visitor import Visitor
from PIL import Image
from process_memory import with_children
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pneumonia.phantom import draw_phantom

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "streamlit_app.py"
_RESUME_SECONDS = 5
_FORGOTTEN_SECONDS = 60


class Listener(Visitor):
    """A visitor who counts bytes, and may keep large messages as a browser does.

    Parameters
    ----------
    url : str
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.received = 0
        self.keeps = False
        self._known: set[str] = set()

    def send(self, message: BackMsg) -> None:
        """Send a message, with what is kept."""
        if self.keeps and message.HasField("rerun_script"):
            message.rerun_script.cached_message_hashes.extend(self._known)
        super().send(message)

    def receive(self) -> ForwardMsg:
        """Wait for the next message, and count it."""
        message = super().receive()
        self.received += message.ByteSize()
        if message.metadata.cacheable:
            self._known.add(message.hash)
        return message


def _jpeg(seed: int, shape: tuple[int, int] = (256, 300)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom(shape, seed=seed)).save(file, "JPEG", quality=92)
    return file.getvalue()


def _archive(count: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for seed in range(count):
            archive.writestr(f"{seed}.jpeg", _jpeg(seed))
    return file.getvalue()


def measure_start(repeats: int) -> Iterator[Row]:
    """Compare the start with importing TensorFlow and no more."""
    usable, first, memory, imported = [], [], [], []
    for _ in range(repeats):
        imported.append(time_and_memory("-c", "import tensorflow")[0])
        begin = time.perf_counter()
        with StreamlitServer(_PAGE) as server, Visitor(server.url) as visitor:
            visitor.run()
            usable.append(time.perf_counter() - begin)
            visitor.upload("a.jpeg", _jpeg(1))
            visitor.run_until(Visitor.done)
            first.append(time.perf_counter() - begin)
            memory.append(resident_megabytes(list(with_children(server.process_id))))
    floor = statistics.median(imported)
    for what, times, goal in (
        ("server start → page usable", usable, 0.4),
        ("server start → first result", first, 0.5),
    ):
        taken = statistics.median(times)
        yield Row(
            what,
            f"{taken:.1f} s",
            f"`import tensorflow`: {floor:.1f} s",
            f"{taken / floor:.2f}",
            f"≤ {goal}",
            taken / floor <= goal,
        )
    most = statistics.median(memory)
    yield Row(
        "server's memory at first result, with its decoders",
        f"{most:.0f} MB",
        "",
        "",
        "≤ 250 MB",
        most <= 250,
    )


def measure_clicks(counts: list[int]) -> Iterator[Row]:
    """Measure the server's work for a run of the page, by the length of the list."""
    work: dict[int, float] = {}
    with StreamlitServer(_PAGE) as server:
        for count in counts:
            with Visitor(server.url) as visitor:
                visitor.run()
                visitor.upload("all.zip", _archive(count))
                until = time.monotonic() + 300
                while not visitor.run().done():
                    if time.monotonic() > until:
                        raise RuntimeError(f"{count} cases took more than 300 seconds")
                begun, runs = processor_seconds([server.process_id]), 20
                for _ in range(runs):
                    visitor.run()
                worked = processor_seconds([server.process_id]) - begun
                work[count] = 1000 * worked / runs
    shown = ", ".join(f"{it:.0f}" for it in work.values())
    alike = max(work.values()) <= 1.5 * min(work.values()) + 5
    yield Row(
        f"a click with {', '.join(map(str, work))} cases: work of the server",
        f"{shown} ms",
        "",
        "",
        "≤ 15 ms, the same for all",
        max(work.values()) <= 15 and alike,
    )


def measure_bytes() -> Iterator[Row]:
    """Count what is sent for a click while a DICOM file is open."""
    deep = draw_phantom((2500, 2048), seed=1, bit_depth=16)
    with StreamlitServer(_PAGE) as server, Listener(server.url) as opened:
        visitor = cast(Listener, opened)
        visitor.run()
        visitor.upload("a.dcm", dicom_files.build(deep >> 4, bits=12))
        visitor.run_until(Visitor.done)
        sizes = {}
        for visitor.keeps in (False, True):
            visitor.run()
            taken = []
            for _ in range(5):
                visitor.received = 0
                visitor.run()
                taken.append(visitor.received)
            sizes[visitor.keeps] = statistics.median(taken)
    size = sizes[True]
    yield Row(
        "bytes sent for a click on an open DICOM",
        f"{size / 1000:.0f} kB",
        f"to a browser that keeps nothing: {sizes[False] / 1000:,.0f} kB",
        "",
        "≤ 20 kB",
        size <= 20_000,
    )


def measure_visitors(count: int) -> Iterator[Row]:
    """Have many upload one file each at once, and go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PNEUMONIA_RESUME_SECONDS", str(_RESUME_SECONDS))
        patch.setenv("PNEUMONIA_SESSIONS", str(count + 5))
        with StreamlitServer(_PAGE) as server:
            with Visitor(server.url) as visitor:
                visitor.run()
                visitor.upload("a.jpeg", _jpeg(0))
                visitor.run_until(Visitor.done)
            before = resident_megabytes([server.process_id])
            begin = time.perf_counter()
            with ThreadPoolExecutor(count) as threads:
                found = list(
                    threads.map(lambda it: _visit(server.url, it), range(count))
                )
            total = time.perf_counter() - begin
            errors = [it for it in found if isinstance(it, Exception)]
            waits = [it for it in found if isinstance(it, float)]
            most = resident_megabytes([server.process_id])
            time.sleep(_RESUME_SECONDS + _FORGOTTEN_SECONDS)
            after = resident_megabytes([server.process_id])
    late = float(np.percentile(waits, 95)) if waits else float("nan")
    rate = len(waits) / total
    yield Row(
        f"{count} visitors at once, one file each",
        f"{rate:.1f} results a second, 95 % within {late:.1f} s, {len(errors)} errors",
        "",
        "",
        "≥ 25 a second, ≤ 3 s, no errors",
        rate >= 25 and late <= 3 and not errors,
    )
    yield Row(
        "memory a minute after they have left",
        f"{before:.0f} → {most:.0f} → {after:.0f} MB",
        "",
        "",
        "start + 100 MB",
        after <= before + 100,
    )


def _visit(url: str, number: int) -> Any:
    """Upload one file; give the seconds to its result, or what went wrong."""
    try:
        with Visitor(url) as visitor:
            visitor.run()
            begin = time.perf_counter()
            visitor.upload("a.jpeg", _jpeg(number + 1))
            visitor.run_until(Visitor.done)
            return time.perf_counter() - begin
    except Exception as error:
        return error
