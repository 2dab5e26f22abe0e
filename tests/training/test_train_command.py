"""train.py refuses what it cannot do, says why, and continues a stopped run."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures_train_script import errors_in, run_train, use_tiny_network
from fixtures_training import stop_in_step
from phantoms import write_kaggle_folder, write_phantom

from pneumonia.data import labelled_files
from pneumonia.model import weights
from pneumonia.training import fit as fitting
from pneumonia.training import precision
from pneumonia.training.checkpoints import claim

OPTIONS = ("--architecture", "seed_cnn", "--epochs", "2", "--batch-size", "8")

Run = Callable[..., int]


@pytest.fixture(scope="module")
def stopped_trial(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stop a tiny network, under the seed CNN's name, in its second epoch."""
    output = tmp_path_factory.mktemp("stopped") / "weights"
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_network(patch, "seed_cnn")
        stop_in_step(patch, 7)
        assert run_train("--data", data, "--output", output, *OPTIONS) == 130
    return output


@pytest.fixture
def output(stopped_trial: Path, tmp_path: Path) -> Path:
    """Give a folder of weights with a stopped run in it."""
    return Path(shutil.copytree(stopped_trial, tmp_path / "weights"))


@pytest.fixture
def resume(monkeypatch: pytest.MonkeyPatch, data: Path, output: Path) -> Run:
    """Continue the stopped run with other arguments."""
    use_tiny_network(monkeypatch, "seed_cnn")

    def resumed(*arguments: str | Path, data: Path = data) -> int:
        options = (*OPTIONS, "--resume", *arguments)
        return run_train("--data", data, "--output", output, *options)

    return resumed


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let training end as if it were interrupted; tells what it was given."""
    calls: list[Any] = []

    def fit(run: Any, *_: Any, **__: Any) -> None:
        calls.append(run)
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "fit", fit)
    use_tiny_network(monkeypatch, "seed_cnn")
    return calls


# Usage


@pytest.mark.parametrize(
    "arguments",
    [
        ("--epochs", "0"),
        ("--epochs", "many"),
        ("--batch-size", "-1"),
        ("--seed", "-1"),
        ("--seed", str(2**32)),
        ("--architecture", "unknown"),
        ("--unknown",),
        ("--remeasure",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_names_the_argument(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        run_train(*arguments)
    assert error.value.code == 2
    told = capsys.readouterr().err
    assert "usage:" in told
    assert arguments[0] in told.splitlines()[-1]


def test_output_that_cannot_be_written_is_refused_before_the_work(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, trained: list[Any]
) -> None:
    (tmp_path / "file").touch()
    assert run_train("--data", data, "--output", tmp_path / "file" / "weights") == 2
    (message,) = errors_in(caplog)
    assert "file/weights cannot be written" in message


def test_interrupt_says_how_to_go_on(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, trained: list[Any]
) -> None:
    assert run_train("--data", data, "--output", tmp_path, *OPTIONS) == 130
    (message,) = errors_in(caplog)
    assert "--resume" in message
    (run,) = trained
    assert run.trunk.epochs == 2


def test_radiographs_are_not_read_without_the_network_for_the_lungs(
    data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    trained: list[Any],
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", tmp_path)
    assert run_train("--data", data, "--output", tmp_path / "out", *OPTIONS) == 2
    (message,) = errors_in(caplog)
    assert "python train.py --lungs" in message
    assert trained == []


# Data


@pytest.mark.parametrize("name", ["absent", "."])
def test_folder_without_train_is_refused(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_train("--data", tmp_path / name, "--output", tmp_path / "weights") == 2
    (message,) = errors_in(caplog)
    assert "without train" in message
    assert not (tmp_path / "weights").exists()


@pytest.mark.parametrize("name", ["NORMAL", "PNEUMONIA"])
def test_folder_of_one_class_is_refused(
    own_data: Path, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(own_data / "train" / name)
    assert run_train("--data", own_data, "--output", tmp_path / "weights") == 2
    (message,) = errors_in(caplog)
    assert f"without any under {name}" in message


def test_too_few_radiographs_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_kaggle_folder(tmp_path / "data", train=2)
    assert run_train("--data", data, "--output", tmp_path / "weights") == 2
    (message,) = errors_in(caplog)
    assert "too few to split" in message


def test_picture_with_both_labels_is_refused(
    own_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    twin = next((own_data / "train" / "NORMAL").iterdir())
    shutil.copy(twin, own_data / "train" / "PNEUMONIA" / "person9200_virus_1.jpeg")
    assert run_train("--data", own_data, "--output", tmp_path / "weights") == 2
    (message,) = errors_in(caplog)
    assert "A radiograph has one label" in message


def test_unreadable_radiographs_are_named_and_counted(
    own_data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trained: list[Any],
) -> None:
    broken = own_data / "train" / "NORMAL" / "IM-9000-1.jpeg"
    broken.write_text("no picture")
    assert run_train("--data", own_data, "--output", tmp_path, *OPTIONS) == 2
    (message,) = errors_in(caplog)
    assert str(broken) in message
    assert "1 of " in message
    assert "--skip-unreadable" in message


def test_part_left_without_a_class_by_skipping_is_refused(
    own_data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trained: list[Any],
) -> None:
    for path in (own_data / "train" / "NORMAL").iterdir():
        path.write_text(f"no picture {path.name}")
    arguments = ("--data", own_data, "--output", tmp_path, *OPTIONS)
    assert run_train(*arguments, "--skip-unreadable") == 2
    (message,) = errors_in(caplog)
    assert "normal and pneumonia" in message


def test_radiographs_and_patients_of_other_splits_are_found_before_training(
    own_data: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trained: list[Any],
) -> None:
    twin = next((own_data / "val" / "NORMAL").iterdir())
    shutil.copy(twin, own_data / "train" / "NORMAL" / "IM-9100-1.jpeg")
    patient = next((own_data / "test" / "PNEUMONIA").iterdir()).stem.rpartition("_")[0]
    write_phantom(own_data / "train" / "PNEUMONIA" / f"{patient}_9101.jpeg", seed=9101)
    assert run_train("--data", own_data, "--output", tmp_path, *OPTIONS) == 130
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert any("1 patients are also in val and are left out" in w for w in warnings)
    assert any("1 patients are also in test and are left out" in w for w in warnings)


@pytest.mark.parametrize(
    ("has", "used"), [(True, "mixed_bfloat16"), (False, "float32")]
)
def test_bfloat16_is_used_where_the_processor_has_it(
    has: bool,
    used: str,
    data: Path,
    tmp_path: Path,
    trained: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision, "has_bfloat16", lambda: has)
    assert run_train("--data", data, "--output", tmp_path) == 130
    (run,) = trained
    assert (run.trunk.architecture, run.trunk.precision) == ("resnet", used)


# A stopped run


def test_stopped_run_is_refused_without_resume(
    data: Path,
    output: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_tiny_network(monkeypatch, "seed_cnn")
    assert run_train("--data", data, "--output", output, *OPTIONS) == 2
    (message,) = errors_in(caplog)
    assert "A stopped run of 1 epochs" in message
    assert "--resume" in message


@pytest.mark.parametrize(
    ("option", "other", "differing"),
    [
        ("--batch-size", "4", "batch_size 8 (received 4)"),
        ("--precision", "mixed_bfloat16", "precision float32 (received mixed"),
        ("--seed", "7", "seed 0 (received 7)"),
    ],
)
def test_stopped_run_is_refused_with_other_settings(
    resume: Run,
    option: str,
    other: str,
    differing: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert resume(option, other) == 2
    (message,) = errors_in(caplog)
    assert differing in message


def test_stopped_run_is_refused_with_other_data(
    resume: Run, own_data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_phantom(own_data / "train" / "NORMAL" / "IM-9999-1.jpeg", seed=999)
    assert resume(data=own_data) == 2
    (message,) = errors_in(caplog)
    assert "index_sha256" in message


def test_folder_of_a_running_run_is_refused_to_another(
    resume: Run, output: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints = output / "checkpoints" / "seed_cnn"
    before = sorted(checkpoints.rglob("*"))
    with claim(checkpoints):
        assert resume() == 2
    (message,) = errors_in(caplog)
    assert message.startswith(f"Another run is writing to {checkpoints}. Wait for it")
    assert sorted(checkpoints.rglob("*")) == before
    with claim(checkpoints):
        pass


def test_data_is_indexed_only_once_the_folder_is_claimed(
    resume: Run, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise AssertionError

    monkeypatch.setattr(labelled_files, "index_radiographs", refuse)
    with claim(output / "checkpoints" / "seed_cnn"):
        assert resume() == 2
