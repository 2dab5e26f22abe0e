"""Compare two runs of ``assess``: do the same files still get the same answers?

    python -m pneumonia assess DATA --json before.json     # with the old code
    python -m pneumonia assess DATA --json after.json      # with the new code
    python tests/benchmarks/compare_scores.py before.json after.json

Rows are joined by the SHA-256 of the file. Ends with 1 if a status, a reason or a flag
differs, or a score by more than the tolerance.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

SAME = ("status", "reason", "flagged", "calibrated")


def read_rows(path: Path) -> dict[str, dict[str, Any]]:
    """Read the rows of ``assess --json`` by the SHA-256 of their input."""
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {row["input_sha256"]: row for row in rows}


def compare(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], atol: float
) -> list[str]:
    """Return a line for each file whose answer differs."""
    lines = [f"{sha[:12]}: only in one run" for sha in before.keys() ^ after.keys()]
    for sha in before.keys() & after.keys():
        old, new = before[sha], after[sha]
        lines += [
            f"{sha[:12]}: {key} {old[key]} became {new[key]}"
            for key in SAME
            if old[key] != new[key]
        ]
        scores = old["probability"], new["probability"]
        if None not in scores and abs(scores[0] - scores[1]) > atol:
            lines.append(f"{sha[:12]}: score {scores[0]} became {scores[1]}")
    return lines


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Compare two runs of assess.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--atol", type=float, default=1e-6, help="default: 1e-6")
    options = parser.parse_args()
    before, after = read_rows(options.before), read_rows(options.after)
    lines = compare(before, after, options.atol)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.write(f"{len(before)} files, {len(lines)} differences\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
