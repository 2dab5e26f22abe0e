"""The Python examples of docs/usage.md run as they are written."""

import re
import runpy
from pathlib import Path

import pytest
from phantoms import write_phantom

USAGE = Path(__file__).parents[1] / "docs" / "usage.md"
EXAMPLES = re.findall(
    r"^```python\n(.*?)^```",
    USAGE.read_text(encoding="utf-8"),
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a working folder with what the examples read."""
    write_phantom(tmp_path / "radiograph.png", seed=1, shape=(512, 512))
    write_phantom(tmp_path / "radiographs" / "one.png", seed=2, shape=(512, 512))
    (tmp_path / "radiographs" / "notes.txt").write_text("not a picture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_example(number: int, folder: Path) -> None:
    """Run an example as a script of its own."""
    script = folder / f"example_{number}.py"
    script.write_text(EXAMPLES[number], encoding="utf-8")
    runpy.run_path(str(script))


def test_usage_draws_a_phantom_and_has_five_examples() -> None:
    assert len(EXAMPLES) == 6


def test_the_phantom_is_drawn(folder: Path) -> None:
    (folder / "radiograph.png").unlink()
    run_example(0, folder)
    assert (folder / "radiograph.png").exists()


def test_the_first_example_tells_the_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example(1, folder)
    assert capsys.readouterr().out.startswith("assessed\n")


def test_the_second_example_gives_a_line_for_each_prevalence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example(2, folder)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["0.05", "0.15", "0.5"]
    assert "None" not in "".join(lines)


def test_the_third_example_handles_a_bad_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_example(3, folder)
    assert capsys.readouterr().out.startswith("unreadable\n")


def test_the_fourth_example_saves_the_heatmap(folder: Path) -> None:
    run_example(4, folder)
    assert (folder / "heatmap.png").stat().st_size > 0


def test_the_fifth_example_writes_a_row_for_each_file(folder: Path) -> None:
    run_example(5, folder)
    rows = (folder / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [
        ["notes.txt", "unreadable"],
        ["one.png", "assessed"],
    ]
