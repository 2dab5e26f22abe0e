"""How long visitors wait for a result while another brings hostile files.

    PYTHONPATH=.:tests python tests/attacks/wait_under_attack.py --turns 10 --visitors 5

Quiet turns and turns under attack alternate on one server, so that whatever else the
machine does falls on both. In each, visitors come one after another and bring a
radiograph; under attack a process of its own brings hostile files as fast as they are
read. The last line is the ratio of the 95th percentiles.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

from attacks import hostile_files
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

_AT_ONCE = 5


class Waits(NamedTuple):
    """Seconds from upload to result, and how many hostile files were read meanwhile."""

    quiet: list[float]
    attacked: list[float]
    hostile: int


def measure(turns: int, visitors: int, seed: int) -> Waits:
    """Let visitors come in turns, quiet and under attack.

    Parameters
    ----------
    turns : int
        Of each kind.
    visitors : int
        In each turn.
    seed : int
        Of the hostile files.

    Returns
    -------
    Waits
    """
    quiet, attacked = list[float](), list[float]()
    with StreamlitServer(Path(__file__).parents[2] / "streamlit_app.py") as server:
        _wait(server.url, 0)  # the first waits for the network too
        with _attacker(server.url, seed) as (attacking, count):
            for turn in range(turns):
                for waits in (quiet, attacked):
                    if waits is attacked:
                        before = count.value
                        attacking.set()
                        while count.value == before:
                            time.sleep(0.05)
                    for number in range(visitors):
                        waits.append(_wait(server.url, turn * visitors + number))
                    attacking.clear()
            return Waits(quiet, attacked, count.value)


def _wait(url: str, number: int) -> float:
    with Visitor(url) as visitor:
        visitor.run()
        begun = time.monotonic()
        visitor.upload("a.png", phantom_png(number))
        visitor.run_until(Visitor.done)
        return time.monotonic() - begun


@contextmanager
def _attacker(url: str, seed: int) -> Iterator[tuple[Event, Any]]:
    context = multiprocessing.get_context("spawn")
    attacking, count = context.Event(), context.Value("i", 0)
    process = context.Process(
        target=_attack, args=(url, seed, attacking, count), daemon=True
    )
    process.start()
    try:
        yield attacking, count
    finally:
        process.terminate()
        process.join()


def _attack(url: str, seed: int, attacking: Event, count: Any) -> None:
    """Bring hostile files, some at once, while somebody says so."""
    index = 0
    while attacking.wait():
        with Visitor(url) as visitor:
            visitor.run()
            for number in range(_AT_ONCE):
                name = f"{number}.bin"
                visitor.upload(name, hostile_files.make(index, seed)[1])
                index += 1
            visitor.run_until(Visitor.done)
        count.value = index


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--visitors", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = measure(options.turns, options.visitors, options.seed)
    for name, waits in (("quiet", found.quiet), ("under attack", found.attacked)):
        half, most = np.percentile(waits, [50, 95])
        print(f"{name:13} {len(waits):4} visitors, {half:.2f} s, p95 {most:.2f} s")
    ratio = np.percentile(found.attacked, 95) / np.percentile(found.quiet, 95)
    print(f"{found.hostile} hostile files; p95 is {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
