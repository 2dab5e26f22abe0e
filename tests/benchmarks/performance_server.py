"""What the page's server costs: its start, a click, and many visitors at once."""

import io
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, cast

import dicom_files
import numpy as np
from benchmarks.performance_files import time_and_memory
from benchmarks.timing import Row, processor_seconds, resident_megabytes
from conftest import StreamlitServer
from fixtures_visitor import Visitor
from PIL import Image
from process_memory import with_children
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pneumonia.phantom import draw_phantom
from pneumonia.ui import texts
from pneumonia.ui.listing import PART_ROWS

ROOT = Path(__file__).parents[2]
_PAGE = ROOT / "streamlit_app.py"
_EMPTY_PAGE = Path(__file__).parent / "empty_page.py"
_RESUME_SECONDS = 5
_FORGOTTEN_SECONDS = 60
_DRAWN = 40
_CLICKS = ("next case", "operating point", "done")
_CLICK_COUNT = 12
# No reader clicks faster for long; a second click within a second runs the whole page.
_PACE_SECONDS = 1.2


class Listener(Visitor):
    """A visitor who counts bytes, and keeps what a browser keeps.

    Parameters
    ----------
    url : str
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.received = 0
        self.keeps = True
        self._known: dict[str, ForwardMsg] = {}
        self._fetched: set[str] = set()
        self._step = 0

    def send(self, message: BackMsg) -> None:
        """Send a message, with what is kept."""
        if self.keeps and message.HasField("rerun_script"):
            message.rerun_script.cached_message_hashes.extend(self._known)
        super().send(message)

    def receive(self) -> ForwardMsg:
        """Wait for the next message, and count it."""
        message = super().receive()
        self.received += message.ByteSize()
        if message.WhichOneof("type") == "ref_hash":
            named = ForwardMsg()
            named.CopyFrom(self._known[message.ref_hash])
            named.metadata.CopyFrom(message.metadata)
            return named
        if message.metadata.cacheable:
            self._known[message.hash] = message
        return message

    def click(self, kind: str) -> None:
        """Do what a reader does, and fetch what the page's scripts then fetch."""
        if kind == "next case":
            (identity,) = (
                it.id
                for it in self.all("bidi_component")
                if it.component_name == "case_list"
            )
            cases = self.told("case_list")["cases"]
            self._step += 1
            asked = {"mount": "m", "step": self._step, "order": cases["order"]}
            place = (cases["place"] + 1) % cases["total"]
            self.run(
                chosen={identity: {"asked": {**asked, "place": place}}},
                part=self.part_of(identity),
            )
        elif kind == "operating point":
            (box,) = (
                it for it in self.all("selectbox") if it.label == texts.OPERATING_POINT
            )
            self._step += 1
            other = box.options[self._step % len(box.options)]
            self.run(chosen={box.id: other})
        else:
            self.press_done()
        listed, shown = self.told("case_list"), self.told("viewer")
        # Of a long list a browser fetches what is in view.
        rows = [it for it in listed["rows"] if isinstance(it, str)]
        seen = rows[listed["cases"]["place"] // PART_ROWS :][:1]
        for address in [*shown["at"], *seen]:
            if not self.keeps or address not in self._fetched:
                self._fetched.add(address)
                self.received += len(self.fetch(address))


def _jpeg(seed: int, shape: tuple[int, int] = (256, 300)) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom(shape, seed=seed)).save(file, "JPEG", quality=92)
    return file.getvalue()


def _archive(count: int) -> bytes:
    """Pack a list of cases; some drawings return, which are read once."""
    drawn = [_jpeg(seed) for seed in range(min(count, _DRAWN))]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.jpeg", drawn[number % _DRAWN])
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
    """Measure the server's work for each kind of click, by the length of the list."""
    work: dict[str, list[float]] = {kind: [] for kind in _CLICKS}
    with StreamlitServer(_EMPTY_PAGE) as server, Visitor(server.url) as alone:
        alone.run()
        floor = _work_of(server, partial(alone.run, "Nothing"))
    with StreamlitServer(_PAGE) as server:
        for count in counts:
            with Listener(server.url) as opened:
                visitor = cast(Listener, opened)
                visitor.run()
                visitor.upload("all.zip", _archive(count))
                until = time.monotonic() + 300
                while not visitor.run().done():
                    if time.monotonic() > until:
                        raise RuntimeError(f"{count} cases took more than 300 seconds")
                for kind, taken in work.items():
                    visitor.click(kind)
                    taken.append(_work_of(server, partial(visitor.click, kind)))
    for kind, taken in work.items():
        alike = max(taken) <= 1.5 * min(taken) + 5
        yield Row(
            f"{kind} with {', '.join(map(str, counts))} cases: work of the server",
            f"{', '.join(f'{it:.0f}' for it in taken)} ms",
            f"a page of Streamlit with one button: {floor:.0f} ms",
            f"{max(taken) / floor:.1f}",
            "≤ 15 ms, the same for all",
            max(taken) <= 15 and alike,
        )


def _work_of(server: StreamlitServer, click: Callable[[], Any]) -> float:
    """Return the server's work for a click at a reader's pace, in milliseconds."""
    taken = []
    for _ in range(_CLICK_COUNT):
        time.sleep(_PACE_SECONDS)
        begun = processor_seconds([server.process_id])
        click()
        taken.append(processor_seconds([server.process_id]) - begun)
    return 1000 * statistics.mean(taken)


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
            taken = []
            for kind in _CLICKS:
                # Once for each answer that a click can have.
                for visitor.received in (0, 0):
                    visitor.click(kind)
                for _ in range(2):
                    visitor.received = 0
                    visitor.click(kind)
                    taken.append(visitor.received)
            sizes[visitor.keeps] = max(taken)
    size = sizes[True]
    yield Row(
        "bytes sent for a click on an open DICOM, at most",
        f"{size / 1000:.0f} kB",
        f"to a browser that keeps nothing: {sizes[False] / 1000:,.0f} kB",
        "",
        "≤ 20 kB",
        size <= 20_000,
    )


def measure_visitors(count: int) -> Iterator[Row]:
    """Have many upload one file each at once, and go."""
    with StreamlitServer(_EMPTY_PAGE) as server, ThreadPoolExecutor(count) as threads:
        begin = time.perf_counter()
        list(threads.map(lambda _: _visit_empty(server.url), range(count)))
        most_visits = count / (time.perf_counter() - begin)
    with StreamlitServer(
        _PAGE,
        PNEUMONIA_RESUME_SECONDS=_RESUME_SECONDS,
        PNEUMONIA_SESSIONS=count + 5,
    ) as server:
        with Visitor(server.url) as visitor:
            visitor.run()
            visitor.upload("a.jpeg", _jpeg(0))
            visitor.run_until(Visitor.done)
        before = resident_megabytes([server.process_id])
        processes = list(with_children(server.process_id))
        begin, own = time.perf_counter(), time.process_time()
        worked = processor_seconds(processes)
        with ThreadPoolExecutor(count) as threads:
            found = list(threads.map(lambda it: _visit(server.url, it), range(count)))
        total = time.perf_counter() - begin
        own = time.process_time() - own
        worked = processor_seconds(processes) - worked
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
        f"a page of Streamlit with one button: {most_visits:.1f} visits a second; "
        f"processor: server {1000 * worked / count:.0f} ms a visitor, the visitors "
        f"themselves {1000 * own / count:.0f} ms",
        f"{rate / most_visits:.2f}",
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


def _visit_empty(url: str) -> None:
    """Come to the page with one button, and press it."""
    with Visitor(url) as visitor:
        visitor.run()
        visitor.run("Nothing")
