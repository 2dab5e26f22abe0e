"""What lies in the memory of a process and of those it has started (Linux)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_CHUNK = 2**24


def with_children(process_id: int) -> Iterator[int]:
    """Yield a process, those it has started, and those that they have."""
    yield process_id
    for task in Path(f"/proc/{process_id}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has ended
            for child in (task / "children").read_text().split():
                yield from with_children(int(child))


def count_in_memory(process_id: int, pattern: bytes) -> int:
    """Count how often some bytes lie in what a process may read and write."""
    found = 0
    with Path(f"/proc/{process_id}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process_id}/maps").read_text().splitlines():
            bounds, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(it, 16) for it in bounds.split("-"))
            found += _count(memory, start, end, pattern)
    return found


def private_megabytes(process_id: int) -> float:
    """Return what a process shares with no other."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    private = ("Private_Clean:", "Private_Dirty:")
    return sum(int(it.split()[1]) for it in lines if it.startswith(private)) / 1024


def _count(memory: Any, start: int, end: int, pattern: bytes) -> int:
    found, kept = 0, b""
    try:
        memory.seek(start)
        while start < end and (read := memory.read(min(_CHUNK, end - start))):
            found += (kept + read).count(pattern)
            kept = read[1 - len(pattern) :]
            start += len(read)
    except OSError:  # gone meanwhile, or never there
        pass
    return found
