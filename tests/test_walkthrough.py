"""The walkthrough notebook runs, is short, and stores no output."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "walkthrough.ipynb"
DATA = Path(os.environ.get("PNEUMONIA_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    # nbformat publishes no types for its functions.
    read = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert isinstance(read, nbformat.NotebookNode)
    return read


def test_the_notebook_stores_no_output(notebook: nbformat.NotebookNode) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_the_notebook_has_short_cells(notebook: nbformat.NotebookNode) -> None:
    assert len(notebook.cells) < 30
    assert max(len(cell.source.splitlines()) for cell in notebook.cells) <= 25


@pytest.mark.parametrize("data", ["phantoms", "radiographs"])
def test_the_notebook_runs(
    data: str,
    notebook: nbformat.NotebookNode,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if data == "radiographs" and not (DATA / "chest_xray" / "train").is_dir():
        pytest.skip("needs radiographs at $PNEUMONIA_DATA or ../shared/data")
    folder = DATA if data == "radiographs" else tmp_path
    monkeypatch.setenv("PNEUMONIA_DATA", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    place = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, resources=place).execute()
