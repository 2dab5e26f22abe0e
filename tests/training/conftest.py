"""Runs of the tiny network, and a folder of phantoms in the layout of Kaggle's."""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import publish_shared, tiny_network
from fixtures_training import Runner, TrainedRun, stop_in_step
from phantoms import draw_squares, write_kaggle_folder

from pneumonia.model import architectures, weights
from pneumonia.statistics import intervals
from pneumonia.training.batches import LabelledPictures


@pytest.fixture(scope="session")
def phantoms() -> LabelledPictures:
    return LabelledPictures(draw_squares(24), np.arange(24) % 2)


@pytest.fixture(scope="module")
def run(phantoms: LabelledPictures) -> Iterator[Runner]:
    with pytest.MonkeyPatch.context() as patch:
        build = functools.partial(tiny_network, seed=None)
        patch.setitem(architectures.ARCHITECTURES, "tiny", build)
        yield Runner(phantoms)


@pytest.fixture(scope="module")
def undisturbed(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    checkpoints = tmp_path_factory.mktemp("undisturbed") / "checkpoints"
    return TrainedRun(run(checkpoints), checkpoints)


@pytest.fixture(scope="module")
def stopped_in_epoch_3(run: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stop a run after two and two thirds of its four epochs."""
    checkpoints = tmp_path_factory.mktemp("stopped") / "checkpoints"
    with pytest.MonkeyPatch.context() as patch:
        stop_in_step(patch, 8)
        with pytest.raises(KeyboardInterrupt):
            run(checkpoints)
    return checkpoints


@pytest.fixture
def stopped(stopped_in_epoch_3: Path, tmp_path: Path) -> Path:
    """Give a stopped run that a test may continue."""
    return Path(shutil.copytree(stopped_in_epoch_3, tmp_path / "checkpoints"))


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Draw intervals from 20 resamples: their width is not what is tested here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        yield


@pytest.fixture(scope="module", autouse=True)
def lungs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let train.py find the lungs by their brightness, also in a process of its own."""
    folder = publish_shared(tmp_path_factory.mktemp("shared"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "WEIGHTS_FOLDER", folder)
        patch.setenv("PNEUMONIA_WEIGHTS", str(folder))
        yield folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give phantoms in the layout of Kaggle's data set; tests do not change them."""
    folder = tmp_path_factory.mktemp("chest_xray")
    return write_kaggle_folder(folder, train=24, val=4, test=2)


@pytest.fixture
def own_data(data: Path, tmp_path: Path) -> Path:
    """Give a copy of the data that a test may change."""
    return Path(shutil.copytree(data, tmp_path / "chest_xray"))
