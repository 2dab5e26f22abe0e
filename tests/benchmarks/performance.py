"""Print how fast everything is, against what it could be, in one table.

    PYTHONPATH=. python tests/benchmarks/performance.py [--only PART …] [--write]

Made to run on an otherwise idle machine in about ten minutes. The ways that are
compared take turns in one run and each figure is a median, so a busy machine changes
ratios little; its milliseconds are not those of an idle one. `--write` puts the table
into docs/performance.md. The parts are files, recipe, batch, command, start, clicks,
bytes, visitors, training.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Run as a program, it finds the other modules of the tests in their folder.
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks import performance_files as files  # noqa: E402
from benchmarks import performance_server as server  # noqa: E402
from benchmarks.timing import HEAD, Row, describe_machine, write  # noqa: E402

from pneumonia.reading.third_party_warnings import (  # noqa: E402
    hide_third_party_warnings,
)

DOCUMENT = ROOT / "docs" / "performance.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"


def measure_training() -> Iterator[Row]:
    """Compare an epoch with one on tensors in memory, by the benchmark for it."""
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "tests/benchmarks/bench_training.py")),
            *("--rounds", "2", "--steps", "4"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    found = re.search(r"an epoch costs (\d+\.\d+) times", done.stdout)
    if not found:
        raise RuntimeError("the benchmark of training told no ratio")
    share = 1 / float(found[1])
    yield Row(
        "training, against fitting tensors that are in memory",
        f"an epoch costs {found[1]} × as much",
        "",
        f"{share:.2f}",
        "≥ 0.9",
        share >= 0.9,
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="PART")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--files", type=int, default=200, help="of the batch")
    parser.add_argument("--cases", type=int, nargs="+", default=[1, 200, 800])
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    few = max(1, options.repeats // 3)
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "files": lambda: files.measure_files(options.repeats),
        "recipe": lambda: files.measure_recipe(options.repeats),
        "batch": lambda: files.measure_batch(options.files),
        "command": lambda: files.measure_command(few),
        "start": lambda: server.measure_start(few),
        "clicks": lambda: server.measure_clicks(options.cases),
        "bytes": server.measure_bytes,
        "visitors": lambda: server.measure_visitors(options.visitors),
        "training": measure_training,
    }
    if unknown := set(options.only or ()) - set(parts):
        parser.error(f"Parts are {', '.join(parts)}. Received: {', '.join(unknown)}.")
    hide_third_party_warnings()
    begin, machine = time.perf_counter(), describe_machine()
    lines = [HEAD]
    _tell(f"{machine}\n\n{HEAD}")
    # What imports TensorFlow into this process comes last: it takes threads and memory.
    for name in sorted(options.only or parts, key=lambda it: it == "recipe"):
        for row in parts[name]():
            lines.append(write(row))
            _tell(lines[-1])
    drawn = files.describe_parts(few) if not options.only else ""
    if drawn:
        lines += ["", "```text", drawn, "```"]
        _tell(f"\n{drawn}")
    minutes = (time.perf_counter() - begin) / 60
    _tell(f"\n{minutes:.1f} minutes.")
    if options.write:
        _write_document("\n".join([f"Measured on {machine}", "", *lines]))


def _write_document(measured: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise RuntimeError(f"{DOCUMENT} lacks its marks {START} and {END}")
    whole = f"{before}{START}\n{measured}\n{END}{after}"
    DOCUMENT.write_text(whole, encoding="utf-8")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
