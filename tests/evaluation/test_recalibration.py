"""A site's labelled radiographs give a card of its own, or a refusal."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import describe, tiny_network

from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError
from pneumonia.evaluation.recalibration import MINIMUM_PATIENTS, recalibrate
from pneumonia.statistics import intervals
from pneumonia.statistics.calibration import Calibration, probability

WEIGHTS = Path("weights/tiny.keras")


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "N_RESAMPLES", 10)


def site(
    normal: int, pneumonia: int, *, a_patient: int = 1
) -> tuple[list[LabelledFile], np.ndarray]:
    """Give files and logits that are calibrated at the site."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [normal, pneumonia])
    files = [
        LabelledFile(
            Path(f"{i}.png"), int(y), f"{y}-{i // a_patient}", None, f"{i:064}"
        )
        for i, y in enumerate(labels)
    ]
    # Normal in each class with variance 4 and distance 4: the logit itself is the
    # log likelihood ratio.
    logits = rng.normal(4 * labels - 2, 2) + np.log(pneumonia / normal)
    return files, logits


def card(**changes: Any) -> Card:
    least = describe(tiny_network(), sha256="0" * 64)
    return check_card({"schema_version": SCHEMA_VERSION, **least, **changes})


def test_miscalibrated_scores_are_set_right() -> None:
    files, logits = site(600, 400)
    published = card(temperature=0.5, bias=1.0)
    # What the network says before calibration, and what the card makes of it.
    network = 3 * logits - 2
    scores = probability(network, Calibration(0.5, 1.0))
    made: Any = recalibrate(published, WEIGHTS, files, scores, name="clinic")
    assert made["temperature"] == pytest.approx(3, rel=0.15)
    assert made["bias"] == pytest.approx(2 / 3, abs=0.25)
    assert made["prevalence"] == 0.4
    assert made["calibrated"] is True
    assert made["metrics"]["site"]["ece"] < 0.05


def test_fit_is_within_its_interval() -> None:
    files, logits = site(100, 100)
    made: Any = recalibrate(
        card(), WEIGHTS, files, probability(logits, Calibration(1, 0)), name="clinic"
    )
    for key in ("temperature", "bias"):
        low, high = made["recalibration"][f"{key}_ci"]
        assert low < made[key] < high
    for point in made["operating_points"].values():
        low, high = point["threshold_ci"]
        assert 0 <= low <= high <= 1


def test_site_card_names_its_weights_and_keeps_what_is_the_networks() -> None:
    files, logits = site(60, 60)
    published = card(parameters=61, metrics={}, created="2026-01-01")
    made: Any = recalibrate(
        published, WEIGHTS, files, probability(logits, Calibration(1, 0)), name="clinic"
    )
    assert made["weights_file"] == "tiny.keras"
    assert made["sha256"] == published["sha256"]
    assert made["recalibrated_from"] == "tiny"
    assert made["parameters"] == 61
    assert "created" not in made
    assert check_card(made) is made
    assert set(made["metrics"]) == {"site"}


def test_reported_figures_are_of_fits_to_other_patients() -> None:
    # A threshold fitted to noise flatters itself on what it was fitted to.
    files, _ = site(60, 60)
    labels = np.array([file.label for file in files])
    fitted, reported = [], []
    for seed in range(5):
        logits = np.random.default_rng(seed).normal(0.6 * labels, 1)
        scores = probability(logits, Calibration(1, 0))
        made: Any = recalibrate(card(), WEIGHTS, files, scores, name="clinic")
        line = Calibration(made["temperature"], made["bias"])
        point = made["operating_points"]["balanced"]
        flagged = probability(logits, line) >= point["threshold"]
        fitted.append((flagged == labels).mean())
        reported.append((point["sensitivity"] + point["specificity"]) / 2)
        assert point["measured_on"] == "site, cross-fitted"
    assert np.mean(reported) < np.mean(fitted) - 0.01


@pytest.mark.parametrize("sizes", [(49, 200), (200, 49)])
def test_folder_of_few_patients_is_refused(sizes: tuple[int, int]) -> None:
    files, logits = site(*sizes)
    with pytest.raises(DatasetError, match=f"at least {MINIMUM_PATIENTS} patients"):
        recalibrate(
            card(),
            WEIGHTS,
            files,
            probability(logits, Calibration(1, 0)),
            name="clinic",
        )


def test_many_radiographs_of_few_patients_are_refused() -> None:
    files, logits = site(120, 120, a_patient=4)
    with pytest.raises(DatasetError, match="30 normal patients"):
        recalibrate(
            card(),
            WEIGHTS,
            files,
            probability(logits, Calibration(1, 0)),
            name="clinic",
        )


def test_network_that_cannot_tell_the_classes_apart_is_refused() -> None:
    files, logits = site(60, 60)
    with pytest.raises(DatasetError, match="tells the site's classes apart"):
        recalibrate(
            card(), WEIGHTS, files, probability(-logits, Calibration(1, 0)), name="x"
        )


def test_scores_of_0_and_1_do_not_break_the_fit() -> None:
    files, logits = site(60, 60)
    scores = (logits > 0).astype(float)
    made: Any = recalibrate(card(), WEIGHTS, files, scores, name="clinic")
    assert np.isfinite([made["temperature"], made["bias"]]).all()
