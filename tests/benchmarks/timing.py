"""How the measurements of performance are taken and written down."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Row(NamedTuple):
    """A row of the table.

    Attributes
    ----------
    what, measured, floor, ratio, goal : str
        As they are shown; the floor is what the ratio refers to.
    met : bool or None
        Whether the goal was met; None where it was not measured.
    """

    what: str
    measured: str
    floor: str
    ratio: str
    goal: str
    met: bool | None


_COLUMNS = ("what", "measured", "compared with", "ratio", "goal", "met")
HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"
_MET = {True: "yes", False: "no", None: "not measured"}


def write(row: Row) -> str:
    """Write a row in Markdown."""
    return "| " + " | ".join([*row[:-1], _MET[row.met]]) + " |"


def medians(
    ways: Mapping[str, Callable[[], Any]], repeats: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Time ways of doing something by turns, so that a busy machine slows all alike.

    Returns
    -------
    clock, processor : dict of str to float
        Medians in seconds; the processor's are those of this process alone.
    """
    clock: dict[str, list[float]] = {name: [] for name in ways}
    processor: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values():
        run()
    for _ in range(repeats):
        for name, run in ways.items():
            begin, worked = time.perf_counter(), time.process_time()
            run()
            clock[name].append(time.perf_counter() - begin)
            processor[name].append(time.process_time() - worked)
    return (
        {name: statistics.median(it) for name, it in clock.items()},
        {name: statistics.median(it) for name, it in processor.items()},
    )


def milliseconds(seconds: float) -> str:
    """Write seconds as milliseconds."""
    return f"{1000 * seconds:.0f} ms"


def resident_megabytes(process_ids: list[int]) -> float:
    """Sum the memory of processes; what they share counts once (Linux)."""
    total = 0
    for number in process_ids:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        total += sum(int(it.split()[1]) for it in lines if it.startswith("Pss:"))
    return total / 1024


def processor_seconds(process_ids: list[int]) -> float:
    """Sum what processes, with all their threads, have worked (Linux)."""
    total = 0.0
    for number in process_ids:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return total


def describe_machine() -> str:
    """Say what it was measured on, without the machine's name."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{cores} cores ({model or platform.machine()}), {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}, load before the run "
        f"{os.getloadavg()[0]:.1f}."
    )
