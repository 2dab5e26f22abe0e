"""Read hostile files as the page and the command line do, and measure what they cost.

    PYTHONPATH=. python tests/attacks/attack_readers.py --files 20000

Every file must be read, or refused with a code other than ``internal_error``, within 5
seconds of the processor and 1 GiB, and without ending the process that decodes it. The
same seed gives the same files; those that failed are kept in the folder that the report
names.
"""

import argparse
import math
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

from attacks import hostile_files
from dicom_files import PATIENT

from pneumonia.errors import RadiographError
from pneumonia.reading.archive import is_zip, open_archive
from pneumonia.reading.isolation import DecoderPool

SECONDS = 5.0
MEGABYTES = 1024
MOST_MEMBERS = 20
_TOLD_EVERY = 500
# A file that gets one of these has cost as much as it could, or is our fault.
BAD_CODES = {"internal_error", "over_limit", "decoder_failed"}


@dataclass
class Report:
    """What became of the files.

    Attributes
    ----------
    outcomes : Counter
        How often each code occurred.
    failures : dict
        What went wrong, by the file's number.
    slowest, longest, largest : tuple
        Seconds of the processor and of the clock, megabytes, each with its file.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    slowest: tuple[float, str] = (0.0, "")
    longest: tuple[float, str] = (0.0, "")
    largest: tuple[float, str] = (0.0, "")


def read(data: bytes, pool: DecoderPool) -> str:
    """Read a file, or the first files of an archive, and return the last outcome."""
    try:
        if not is_zip(data):
            return _read_one(data, pool)
        archive = open_archive(data)
        outcome = ""
        for name in archive.names[:MOST_MEMBERS]:
            try:
                outcome = _read_one(archive.read(name), pool)
            except RadiographError as error:
                outcome = _check(error)
        return outcome
    except RadiographError as error:
        return _check(error)


def _read_one(data: bytes, pool: DecoderPool) -> str:
    radiograph = pool.read(data)
    if radiograph.pixels.ndim != 2 or radiograph.pixels.flags.writeable:
        raise AssertionError("the grey levels have another shape")
    return "read"


def _check(error: RadiographError) -> str:
    if not str(error) or PATIENT in str(error):
        raise AssertionError("a message is empty or names the patient") from error
    return error.code


def attack(files: Iterable[tuple[str, bytes]], pool: DecoderPool) -> Report:
    """Read files one after another; standard error tells how far it is.

    Parameters
    ----------
    files : iterable of tuple
        Kind and bytes.
    pool : DecoderPool
        Of one process, whose memory is watched.

    Returns
    -------
    Report
    """
    report = Report()
    pool.start_one()
    for index, (kind, data) in enumerate(files):
        if index % _TOLD_EVERY == 0:
            sys.stderr.write(f"{index} files, {report.failures or 'no failure'}\n")
        before = memory_of(pool.process_ids), own_peak()
        begin, worked = time.monotonic(), seconds_of(pool.process_ids)
        try:
            outcome = read(data, pool)
        except Exception as error:
            outcome = f"raised {error!r}"[:200]
        waited = time.monotonic() - begin
        seconds = seconds_of(pool.process_ids) - worked
        megabytes = max(
            memory_of(pool.process_ids) - before[0], own_peak() - before[1], 0.0
        )
        report.outcomes[outcome.split()[0]] += 1
        report.slowest = max(report.slowest, (seconds, f"{index} {kind}"))
        report.longest = max(report.longest, (waited, f"{index} {kind}"))
        report.largest = max(report.largest, (megabytes, f"{index} {kind}"))
        if (
            outcome in BAD_CODES
            or outcome.startswith("raised")
            or seconds > SECONDS
            or megabytes > MEGABYTES
        ):
            report.failures[index] = (
                f"{kind}: {outcome}, {seconds:.1f} s, {megabytes:.0f} MB"
            )
    return report


def memory_of(process_ids: list[int]) -> float:
    """Return the most memory that a process ever took, in megabytes."""
    peak = 0
    for number in process_ids:
        status = Path(f"/proc/{number}/status")
        if status.exists():
            for line in status.read_text().splitlines():
                if line.startswith("VmHWM"):
                    peak = max(peak, int(line.split()[1]))
    return peak / 1024


def seconds_of(process_ids: list[int]) -> float:
    """Return how long the processor worked for this process and for others."""
    total = time.process_time()
    for number in process_ids:
        status = Path(f"/proc/{number}/stat")
        if status.exists():
            fields = status.read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def own_peak() -> float:
    """Return the most memory that this process ever took, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mutants(
    count: int, seed: int, until: float = math.inf
) -> Iterator[tuple[str, bytes]]:
    """Yield mutants, up to some time of the monotonic clock."""
    for index in range(count):
        if time.monotonic() > until:
            return
        yield hostile_files.make(index, seed)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so long")
    options = parser.parse_args()
    begin = time.monotonic()
    pool = DecoderPool(1)
    until = begin + 60 * options.minutes
    report = attack(mutants(options.files, options.seed, until), pool)
    pool.close()
    lines = [
        f"{report.outcomes.total()} files, seed {options.seed}",
        f"most of the processor {report.slowest[0]:.2f} s ({report.slowest[1]})",
        f"longest wait {report.longest[0]:.2f} s ({report.longest[1]})",
        f"largest growth {report.largest[0]:.0f} MB ({report.largest[1]})",
    ]
    lines += [f"{n:8} {outcome}" for outcome, n in report.outcomes.most_common()]
    if report.failures:
        folder = Path(tempfile.mkdtemp(prefix="hostile-"))
        for index, what in report.failures.items():
            (folder / str(index)).write_bytes(
                hostile_files.make(index, options.seed)[1]
            )
            lines.append(f"FAILED {index} {what}")
        lines.append(f"Kept in {folder}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
