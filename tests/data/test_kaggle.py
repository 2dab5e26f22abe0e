"""The data set is found where people put it, and fetched only if it is not there."""

import sys
from pathlib import Path

import pytest

from pneumonia.data.kaggle import find_data
from pneumonia.errors import DatasetError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, where any download fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    return tmp_path


class Kaggle:
    """Stands in for kagglehub; the archive holds a folder chest_xray."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._error = error

    def dataset_download(self, handle: str, *, output_dir: str) -> str:
        self.asked.append(handle)
        (Path(output_dir) / "chest_xray" / "train").mkdir(parents=True)
        if self._error:
            raise self._error
        return output_dir


def fetch_from(monkeypatch: pytest.MonkeyPatch, kaggle: Kaggle) -> Kaggle:
    monkeypatch.setitem(sys.modules, "kagglehub", kaggle)
    return kaggle


@pytest.mark.parametrize(
    "folder",
    ["data/chest_xray", "data", "data/chest_xray/chest_xray"],
)
def test_data_of_the_first_version_is_found(folder: str, here: Path) -> None:
    (here / folder / "train").mkdir(parents=True)
    assert find_data() == Path(folder)


@pytest.mark.parametrize("folder", ["named", "named/chest_xray"])
def test_named_folder_or_its_chest_xray_is_taken(folder: str, here: Path) -> None:
    (here / "data" / "train").mkdir(parents=True)
    (here / folder / "train").mkdir(parents=True)
    assert find_data(here / "named") == here / folder


def test_named_folder_without_train_is_refused(here: Path) -> None:
    (here / "data" / "train").mkdir(parents=True)
    (here / "archive.zip").touch()
    for name in ("absent", "archive.zip", "."):
        with pytest.raises(DatasetError, match=r"Received: .* without train\."):
            find_data(here / name)


def test_data_is_fetched_into_the_folder_where_it_is_looked_for(
    here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kaggle = fetch_from(monkeypatch, Kaggle())
    with caplog.at_level("INFO"):
        assert find_data() == Path("data/chest_xray")
    assert (here / "data" / "chest_xray" / "train").is_dir()
    assert kaggle.asked == ["paultimothymooney/chest-xray-pneumonia"]
    assert "from Kaggle into data/chest_xray" in caplog.text
    assert [path.name for path in (here / "data").iterdir()] == ["chest_xray"]
    assert find_data() == Path("data/chest_xray")
    assert len(kaggle.asked) == 1


def test_failed_download_is_one_sentence_and_leaves_no_half_data(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_from(monkeypatch, Kaggle(error=ConnectionError("host='www.kaggle.com'")))
    with pytest.raises(DatasetError, match=r"from Kaggle \(ConnectionError\)") as error:
        find_data()
    assert "\n" not in str(error.value)
    assert "by hand" in str(error.value)
    fetch_from(monkeypatch, Kaggle())
    assert find_data() == Path("data/chest_xray")


def test_missing_kagglehub_is_told_with_how_to_get_it() -> None:
    with pytest.raises(DatasetError, match=r"pip install .* by hand and unpack it"):
        find_data()
