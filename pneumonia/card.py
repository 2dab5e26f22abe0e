"""The model card: what weights were made from, and what they were measured to do."""

import contextlib
import logging
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pneumonia.errors import WeightsError
from pneumonia.weights import available_weights, load_card

logger = logging.getLogger(__name__)

# What the seed CNN's author reports; kept apart from what was measured here.
REPORTED = {
    "seed_cnn": {"training_accuracy": 0.9816, "official_validation_accuracy": 1.0}
}

# Those of them that are installed are recorded: any one backend will do.
_PACKAGES = (
    *("keras", "tensorflow", "jax", "torch"),
    *("numpy", "pillow", "opencv-python-headless"),
)
_PARTITIONS = {
    "training": "Fitted on (part of `train`)",
    "validation": "Validation (part of `train`; epoch and thresholds chosen here)",
    "internal_test": "Internal test (part of `train`; nothing chosen here)",
    "train_folder": "Whole official `train` folder",
    "official_val": "Official `val` folder",
}
_INTENDED_USE = """\
A research demonstration, not a medical device. The networks learned to tell pneumonia
from normal, and nothing else, on frontal chest radiographs of children of one to five
years from one hospital (Guangzhou Women and Children's Medical Center). They have never
seen effusion, tuberculosis, heart failure or anything else that looks abnormal, nor
adults. A score is not a probability while a card says `"calibrated": false`."""
_WEAKNESSES = """\
- The file gives the class away: in this set normal radiographs are wider and more
  finely sampled than pneumonias, and a network can use that instead of the lungs.
  Figures from the same folder, such as the ones below, do not show it.
- Networks that reach an AUROC of 0.99 on a part of `train` have fallen to 0.80 to 0.92
  on the official test split, with more than half of the normals flagged. Before
  development three trial networks (a seed CNN and two of another recipe) were scored
  on that split; nothing here was chosen on it."""
_ATTRIBUTION = """\
Data: D. Kermany, K. Zhang, M. Goldbaum, "Labeled Optical Coherence Tomography (OCT)
and Chest X-Ray Images for Classification", Mendeley Data, doi:10.17632/rscbjbr9sj,
CC BY 4.0; as on Kaggle, "Chest X-Ray Images (Pneumonia)" by P. Mooney. The weights are
licensed under Apache-2.0 like the code; whoever passes them on names the data's
authors."""


def git_revision() -> str | None:
    """Name the commit of the code that trained, marked when files differ from it."""
    root = Path(__file__).resolve().parent
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        result = subprocess.run(  # noqa: S603 - a fixed command
            command, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()


def describe_code() -> dict[str, Any]:
    """Record what is running: ``created``, ``git_revision`` and ``versions``."""
    return {
        "created": datetime.now(UTC).strftime("%Y-%m-%d"),
        "git_revision": git_revision(),
        "versions": {
            "python": platform.python_version(),
            **_versions(),
        },
    }


def describe_training(
    history: Sequence[Mapping[str, float]], best_epoch: int, *, radiographs: int
) -> dict[str, Any]:
    """Record the course of training.

    Parameters
    ----------
    history : sequence of mapping
        As in `pneumonia.training.Fit`.
    best_epoch : int
    radiographs : int
        Seen in an epoch.

    Returns
    -------
    dict
        ``epochs_trained``, ``best_epoch``, ``seconds``, ``radiographs_per_second``
        (None when no time passed) and ``history``.
    """
    seconds = sum(epoch["seconds"] for epoch in history)
    seen = radiographs * len(history)
    return {
        "epochs_trained": len(history),
        "best_epoch": best_epoch,
        "seconds": round(seconds),
        "radiographs_per_second": round(seen / seconds, 1) if seconds else None,
        "history": [dict(epoch) for epoch in history],
    }


def write_model_card(folder: Path) -> Path:
    """Write ``README.md`` for people from every JSON card in a folder.

    Weights without a sound card of ``train.py`` are left out with a warning.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
    """
    cards = list(_read_cards(folder))
    parts = [
        "# Model card",
        "*Written by `train.py` from the JSON cards beside it.*",
        f"## Intended use\n\n{_INTENDED_USE}",
        f"## Known weaknesses\n\n{_WEAKNESSES}",
        _comparison(cards),
        *[_describe_weights(card, folder) for card in cards],
        f"## Data, licence and attribution\n\n{_ATTRIBUTION}",
    ]
    path = folder / "README.md"
    fresh = folder / ".README.new.md"
    text = "\n\n".join(part for part in parts if part)
    fresh.write_text(text + "\n", encoding="utf-8")
    return fresh.replace(path)


def _comparison(cards: Sequence[Mapping[str, Any]]) -> str:
    """Set the weights side by side where nothing was chosen: on the internal test."""
    rows = [
        "## Side by side, on the internal test",
        "",
        "Worst: of any of the changes in the tables below.",
        "",
        "| weights | AUROC | worst | specificity | worst | normals move by at most |",
        "|---|---|---|---|---|---|",
    ]
    for card in cards:
        if "shifts" in card:
            unchanged, shifts = card["metrics"]["internal_test"], card["shifts"]
            worst = shifts["internal_test"]["worst"]
            by_shift = shifts["internal_test"]["by_shift"]
            change = max(row["normal_change"] for row in by_shift.values())
            rows.append(
                f"| `{card['name']}` | {_figure(unchanged, 'auroc')} | "
                f"{worst['auroc']:.3f} | {_figure(unchanged, 'specificity')} | "
                f"{worst['specificity']:.3f} | {change:.3f} |"
            )
    return "\n".join(rows) if len(rows) > 6 else ""


def _shifts_table(card: Mapping[str, Any]) -> str:
    if "shifts" not in card:
        return ""
    shifts = card["shifts"]["internal_test"]
    rows = [
        "### When the picture changes and the lungs do not",
        "",
        "The internal test under the fixed changes of `pneumonia/shifts.py`, at the "
        "balanced threshold; last, the mean absolute change of the normals' scores.",
        "",
        "| change | AUROC | sensitivity | specificity | normals move by |",
        "|---|---|---|---|---|",
        *[
            f"| {name} | {row['auroc']:.3f} | {row['sensitivity']:.3f} | "
            f"{row['specificity']:.3f} | {row['normal_change']:.3f} |"
            for name, row in shifts["by_shift"].items()
        ],
        *[
            f"| **{name}** | {shifts[name]['auroc']:.3f} | "
            f"{shifts[name]['sensitivity']:.3f} | {shifts[name]['specificity']:.3f} | |"
            for name in ("mean", "worst")
        ],
    ]
    return "\n".join(rows)


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _read_cards(folder: Path) -> Iterator[Mapping[str, Any]]:
    for name in available_weights(folder):
        try:
            card, path = load_card(folder / f"{name}.keras")
        except WeightsError as error:
            logger.warning("Left out of the model card: %s", error)
            continue
        if "training" in card:
            yield card
        else:
            logger.warning("Left out of the model card: %s, not of train.py.", path)


def _describe_weights(card: Mapping[str, Any], folder: Path) -> str:
    training = card["training"]
    points = card["operating_points"]
    balanced = points["balanced"]["threshold"]
    sections = [
        f"## `{card['name']}`",
        (
            f"{card['parameters']:,} parameters, input {_times(card['input_shape'])}, "
            f"{'calibrated' if card['calibrated'] else 'not calibrated'}. Seed "
            f"{training['seed']}, best of {training['epochs_trained']} epochs: "
            f"{training['best_epoch']}; {training['seconds'] / 60:.0f} minutes on "
            f"{training['hardware']} ({training['radiographs_per_second']} radiographs "
            f"a second). SHA-256 `{card['sha256']}`."
        ),
        _reported(card),
        "### Operating points",
        "\n".join(
            f"- **{name}**: threshold {point['threshold']:.4f}, the {point['rule']} on "
            f"validation and its shifted copies. On the internal test sensitivity "
            f"{_figure(point, 'sensitivity')}, specificity "
            f"{_figure(point, 'specificity')}."
            for name, point in points.items()
        ),
        f"### Measured at the balanced threshold of {balanced:.4f}, 95 % intervals",
        _metrics_table(card),
        (
            "Intervals: bootstrap over patients, for proportions never narrower than "
            "Clopper and Pearson's. The official test split has not been scored with "
            "these weights."
        ),
        _shifts_table(card),
        "\n".join(
            f"![{figure.stem.replace('_', ' ')}](figures/{figure.name})"
            for figure in sorted((folder / "figures").glob("*.png"))
            if figure.stem.rpartition("_")[0] == card["name"]
        ),
    ]
    return "\n\n".join(section for section in sections if section)


def _reported(card: Mapping[str, Any]) -> str:
    reported = card.get("reported_by_author")
    if not reported:
        return ""
    measured = card["metrics"]
    rows = [
        "| accuracy at 0.5 | reported by its author | measured here |",
        "|---|---|---|",
        f"| training folder | {reported['training_accuracy']:.2%} | "
        f"{_figure(measured['train_folder'], 'accuracy_at_0_5', '.2%')} |",
    ]
    if "official_val" in measured:
        rows.append(
            f"| {measured['official_val']['n']} official validation radiographs | "
            f"{reported['official_validation_accuracy']:.0%} | "
            f"{_figure(measured['official_val'], 'accuracy_at_0_5', '.1%')} |"
        )
    return "\n".join(rows)


def _metrics_table(card: Mapping[str, Any]) -> str:
    names = ("auroc", "accuracy", "sensitivity", "specificity", "accuracy_at_0_5")
    rows = [
        "| radiographs | normal / pneumonia (patients) | AUROC | accuracy | "
        "sensitivity | specificity | accuracy at 0.5 |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, title in _PARTITIONS.items():
        if key in card["metrics"]:
            counts = card["partitions"][key]
            figures = " | ".join(_figure(card["metrics"][key], name) for name in names)
            rows.append(
                f"| {title} | {counts['normal']} / {counts['pneumonia']} "
                f"({counts['patients']}) | {figures} |"
            )
    return "\n".join(rows)


def _figure(metrics: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    value, (low, high) = metrics[name], metrics[f"{name}_ci"]
    if value is None:
        return "undefined"
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


def _times(shape: Sequence[int]) -> str:
    return " × ".join(str(side) for side in shape)
