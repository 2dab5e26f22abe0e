"""Every package that the program runs with permits any use, and is listed."""

import re
from importlib import metadata

from licences import ROOT, licence_of, locked_packages

# MPL-2.0 asks for the source of changed files of the package itself; none is changed.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0"),
    *("MIT", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib"),
}
PACKAGES = locked_packages()


def documented() -> dict[str, str]:
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return {
        package: licence for licence, listed in rows for package in listed.split(", ")
    }


def is_as_locked(package: str) -> bool:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    version = metadata.version(package)
    return f"\n{package}=={version} " in lock


def test_every_licence_is_allowed() -> None:
    assert len(PACKAGES) > 50
    for package in PACKAGES:
        parts = re.split(r" AND | OR ", licence_of(package))
        assert set(parts) <= ALLOWED, f"{package}: {licence_of(package)}"


def test_the_document_lists_what_the_packages_declare() -> None:
    listed = documented()
    for package in PACKAGES:
        assert package in listed
        # Other versions may declare it in other words.
        if is_as_locked(package):
            assert listed[package] == licence_of(package)
