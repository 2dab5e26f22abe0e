"""The command line imports what one file needs, and takes no more memory than that."""

import subprocess
import sys
from pathlib import Path

import pytest
from phantoms import write_phantom

from pneumonia.model.weights import available_weights

ROOT = Path(__file__).parents[2]
_PROGRAM = """
import sys
from pneumonia.cli.commands import main

status = main(["assess", sys.argv[1], "--heatmaps", sys.argv[2]])
print("status", status)
print("imported", *sys.modules)
"""
_NOT_NEEDED = (
    *("tensorflow", "keras", "streamlit", "pandas", "pyarrow", "scipy", "sklearn"),
    *("matplotlib", "requests"),
)


@pytest.mark.skipif(not available_weights(), reason="no weights")
def test_a_file_with_its_heatmap_needs_no_library_of_statistics(tmp_path: Path) -> None:
    picture = write_phantom(tmp_path / "a.png", seed=1, shape=(256, 300))

    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(picture), str(tmp_path / "maps")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )

    lines = {
        line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()
    }
    assert lines["status"] == {"0"}
    assert lines["imported"] & set(_NOT_NEEDED) == set()
