"""Ask PyPI for known weaknesses of the locked packages, by pip-audit.

    python tests/weaknesses.py

Exit codes: 0 where none is known, 1 where one is, 2 where that could not be asked.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"


def main() -> int:
    """Run from the command line."""
    program = shutil.which("pip-audit")
    if program is None:
        return _not_asked("pip-audit is not installed: pip install '.[release]'")
    asked = subprocess.run(
        [
            *(program, "--require-hashes", "--disable-pip", "--format", "json"),
            *("--progress-spinner", "off", "--requirement", str(LOCK)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    try:
        packages: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = asked.stderr.strip().rpartition("\n")[2].partition(":")[0]
        return _not_asked(f"PyPI was not reached ({last}). Run this where it can be")
    if skipped := [it["name"] for it in packages if "skip_reason" in it]:
        return _not_asked(f"PyPI knows nothing of {', '.join(skipped)}")
    weak = [
        f"{it['name']} {it['version']}: {known['id']}, mended in "
        f"{', '.join(known['fix_versions']) or 'no version'}"
        for it in packages
        for known in it["vulns"]
    ]
    sys.stdout.write("".join(f"{line}\n" for line in weak))
    sys.stdout.write(f"{len(weak)} known weaknesses in {len(packages)} packages.\n")
    return 1 if weak else 0


def _not_asked(why: str) -> int:
    sys.stderr.write(f"Known weaknesses were not asked for: {why}.\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
