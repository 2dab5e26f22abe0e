"""Cards as train.py writes them, of the tiny network on drawn radiographs."""

from pathlib import Path
from typing import Any

import pytest
from fixtures_models import describe as describe_tiny
from fixtures_models import seeing_whole, tiny_network
from phantoms import draw_squares

from pneumonia.card import provenance
from pneumonia.card.provenance import describe_training
from pneumonia.card.schema import SCHEMA_VERSION, Card, check_card
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.partitions import TRAIN_PARTS, Part
from pneumonia.evaluation.network_report import fit_decision, report
from pneumonia.statistics import intervals

HISTORY = [
    {"loss": 0.7, "auroc": 0.5, "validation_auroc": 0.6, "seconds": 65.04},
    {"loss": 0.6, "auroc": 0.7, "validation_auroc": 0.8, "seconds": 60.0},
]


def draw_parts(count: int = 24) -> dict[str, Part]:
    """Draw `count` radiographs for each part of the train folder."""
    total = len(TRAIN_PARTS) * count
    squares = draw_squares(total)
    kinds = ("normal", "bacteria", "normal", "virus")
    files = [
        LabelledFile(
            Path("train", ("NORMAL", "PNEUMONIA")[i % 2], f"{i}.jpeg"),
            i % 2,
            f"patient{i}",
            kinds[i % 4],
            f"{i:064}",
        )
        for i in range(total)
    ]
    return {
        name: Part(files[start : start + count], squares[start : start + count])
        for name, start in zip(TRAIN_PARTS, range(0, total, count), strict=True)
    }


def write_sizes(parts: dict[str, Part], path: Path) -> Path:
    """Write a table of native sizes of all files."""
    files = [file for part in parts.values() for file in part.files]
    rows = [
        f"train/{file.path.parent.name}/{file.path.name},{1000 + i},900\n"
        for i, file in enumerate(files)
    ]
    path.write_text("path,native_width,native_height\n" + "".join(rows))
    return path


def describe_trained(**changes: Any) -> dict[str, Any]:
    """Describe the training of the tiny network."""
    return {
        **describe_tiny(tiny_network()),
        **provenance.describe_code(),
        "parameters": 61,
        "training": {
            "seed": 7,
            "recipe": {"tiny": {"epochs": 2, "learning_rate": 0.001}},
            "index_sha256": "0" * 64,
            "backend": "tensorflow",
            "hardware": "2 CPU cores",
            **describe_training([HISTORY], 2, radiographs=20),
        },
        **changes,
    }


def measure_tiny(folder: Path) -> Card:
    """Make a card with every section, measured or, where that is slow, made up."""
    parts, network = draw_parts(), seeing_whole()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "N_RESAMPLES", 20)
        rule = fit_decision(network, parts["validation"], calibrated=True)
        sizes = write_sizes(parts, folder / "sizes.csv")
        found = report(network, parts, rule, sizes=sizes)
    official_val = {
        **found.card["metrics"]["internal_test"],
        "n": 16,
        "positives": 8,
        "specificity": 0.5,
        "sensitivity": 1.0,
    }
    return check_card(
        {
            "schema_version": SCHEMA_VERSION,
            "sha256": "0" * 64,
            **describe_trained(),
            **found.card,
            "metrics": {**found.card["metrics"], "official_val": official_val},
            "partitions": {
                **found.card["partitions"],
                "official_val": found.card["partitions"]["internal_test"],
            },
            "external_sets": {
                "native_copies": {
                    "n": 9,
                    "partitions": {"training": 8, "internal_test": 1},
                    "mean_change": 0.0123,
                    "mean_change_ci": [0.01, 0.02],
                    "largest_change": 0.2,
                    "flags_changed": 1,
                },
                "adults": {
                    "n": 40,
                    "patients": 30,
                    "flagged": 0.75,
                    "flagged_ci": [0.6, 0.9],
                    "quartiles": [0.2, 0.5, 0.9],
                },
            },
            "other_hospitals": {
                "groups": [
                    describe_group("elsewhere", "normal", 0.1),
                    describe_group("elsewhere", "pneumonia", 0.8),
                ],
                "separations": [
                    {
                        "opaque": "elsewhere pneumonia",
                        "normal": "elsewhere normal",
                        "n": 60,
                        "auroc": 0.87,
                        "auroc_ci": [0.8, 0.93],
                    }
                ],
                "selective": [
                    {
                        "source": "elsewhere",
                        "n": 60,
                        "unsure": 0.3,
                        "unsure_ci": [0.2, 0.4],
                        "wrong": 0.2,
                        "wrong_ci": [0.1, 0.3],
                        "wrong_when_sure": 0.05,
                        "wrong_when_sure_ci": [0.01, 0.15],
                        "errors_unsure": 0.75,
                        "errors_in_tenth": None,
                        "wrong_at_coverage": [0.2, 0.2, 0.15, 0.1, 0.05, 0.0],
                    }
                ],
            },
            "explanation": {
                "data": "radiographs",
                "radiographs": 22,
                "radiographs_flagged": 12,
                "left_out": {"lateral_view": 1},
                "missing": ["The network is not joined of trunks to compare."],
                "without_map": {"Grad-CAM": 2},
                "by_method": {
                    "Grad-CAM": {
                        "deletion_pneumonia": {
                            "n": 9,
                            "mean": 0.77,
                            "mean_ci": [0.2, 0.9],
                        },
                        "deletion_normal": {
                            "n": 10,
                            "mean": 0.31,
                            "mean_ci": [0.2, 0.4],
                            "over_random": -0.2,
                            "over_random_ci": [-0.3, -0.1],
                        },
                        "randomised_0%": {"n": 5, "mean": 0.1, "mean_ci": [0.0, 0.2]},
                    }
                },
            },
            "seed_variability": {
                "measured_on": "internal_test",
                "networks": [describe_seed("seed 7"), describe_seed("seed 8")],
                "pairs": [
                    {
                        "networks": ["seed 7", "seed 8"],
                        "mean_score_difference": 0.01,
                        "largest_mean_score_difference": 0.02,
                        "largest_under": "blur",
                        "flags_that_differ": 0.03,
                    }
                ],
            },
        }
    )


def describe_group(source: str, label: str, flagged: float) -> dict[str, Any]:
    """Make up how many radiographs of a source and label are flagged."""
    return {
        "source": source,
        "label": label,
        "labelled_by": "radiologists",
        "n": 30,
        "flagged": flagged,
        "flagged_ci": [flagged - 0.1, flagged + 0.1],
    }


def describe_seed(network: str) -> dict[str, Any]:
    """Make up the figures of one network among those of several seeds."""
    names = ("auroc", "sensitivity", "specificity", "ece")
    figures = dict.fromkeys(names, 0.95)
    intervals_of = {f"{name}_ci": [0.9, 1.0] for name in names}
    return {
        "network": network,
        "threshold": 0.5,
        **figures,
        **intervals_of,
        "worst_auroc": 0.9,
        "worst_specificity": 0.8,
        "largest_normal_change": 0.05,
    }
