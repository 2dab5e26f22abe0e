"""List the licences of the packages that the program runs with.

    python tests/licences.py

Prints the table of `docs/licences.md`, from what the installed packages declare.
"""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

# Words that packages use, and what they mean in terms of SPDX.
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD License, Apache Software License": "BSD OR Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# Declares none; this is what its licence file says.
_READ = {"namex": "Apache-2.0"}


def locked_packages() -> list[str]:
    """Name the packages of the lock file that this machine needs."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    required = [
        Requirement(line.removesuffix("\\").strip())
        for line in lines
        if re.match(r"[A-Za-z0-9]", line)
    ]
    return sorted(
        {it.name for it in required if it.marker is None or it.marker.evaluate()}
    )


def licence_of(package: str) -> str:
    """Return what a package declares, in terms of SPDX where it can be told."""
    declared = metadata.metadata(package)
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in declared.get_all("Classifier", [])
        if text.startswith("License ::")
    ]
    said = (
        "".join(declared.get_all("License-Expression", []))
        or ", ".join(classifiers)
        or "".join(declared.get_all("License", [])).split("\n")[0]
        or _READ.get(package, "none declared")
    )
    return _SPDX.get(said, said)


def table() -> str:
    """Return the packages by their licence, as Markdown."""
    found: dict[str, list[str]] = {}
    for package in locked_packages():
        found.setdefault(licence_of(package), []).append(package)
    rows = [f"| {licence} | {', '.join(it)} |" for licence, it in sorted(found.items())]
    return "\n".join(["| licence | packages |", "|---|---|", *rows])


if __name__ == "__main__":
    print(table())
