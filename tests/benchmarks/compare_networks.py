"""Compare networks on validation, by whose figures the shipped one is chosen.

    PYTHONPATH=. python tests/benchmarks/compare_networks.py FIRST.keras OTHER.keras ...
        [--data DIR] [--normals TEXT]

Each is calibrated and given its balanced threshold there, as `train.py` does, and each
after the first is held against the first. All take squares of one side. Two minutes a
network.
"""

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from pneumonia.perturbations.occlusions import OCCLUSIONS, REGIONS, region

from pneumonia.card.sections import Perturbed
from pneumonia.data.partitions import Part, read_parts
from pneumonia.evaluation.network_report import fit_decision_to_logits
from pneumonia.evaluation.robustness import (
    UNCHANGED,
    measure_robustness,
    perturbed_logits,
    swapped_logits,
)
from pneumonia.model.grad_cam import GradCam
from pneumonia.model.prediction import predict_logits
from pneumonia.perturbations.drawn_devices import DEVICES
from pneumonia.statistics import metrics
from pneumonia.statistics.intervals import draw_patients, percentiles

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=BESIDE / "chest_xray")
    parser.add_argument(
        "--normals",
        metavar="TEXT",
        help="report apart the normals of any part whose file name holds this",
    )
    arguments = parser.parse_args()
    networks = [
        keras.models.load_model(path, compile=False) for path in arguments.networks
    ]
    side = networks[0].input_shape[1]
    parts = read_parts(arguments.data, side, skip_unreadable=False)
    named = _normals_named(parts.values(), arguments.normals)
    first = None
    for path, network in zip(arguments.networks, networks, strict=True):
        logits = _describe(path, network, parts["validation"], named)
        if first:
            low, high = _difference(parts["validation"], logits, first)
            print(f"  mean AUROC less that of the first: {low:+.5f} to {high:+.5f}")
        first = first or logits


def _describe(
    path: Path, network: keras.Model, part: Part, named: NDArray[np.uint8]
) -> dict[str, NDArray[np.float64]]:
    """Print what a network does; give its logits of validation and changed copies."""
    y = part.labels
    logits = perturbed_logits(network, part.squares)
    rule = fit_decision_to_logits(y, logits, calibrated=True)
    threshold = rule.threshold

    def measured(scored: dict[str, NDArray[np.float64]]) -> dict[str, Perturbed]:
        scores = {name: rule.scores(z) for name, z in scored.items()}
        return measure_robustness(y, scores, threshold=threshold)["by_perturbation"]

    rows = measured(logits)

    def over_all(figure: str) -> list[float]:
        return [row[figure] for row in rows.values()]  # type: ignore[literal-required]

    right = [*over_all("sensitivity"), *over_all("specificity")]
    moves = sorted((row["normal_change"], name) for name, row in rows.items())
    print(f"{path} (threshold {threshold:.3f})")
    print(
        f"  AUROC under {len(rows) - 1} changes: mean {np.mean(over_all('auroc')):.4f},"
        f" worst {min(over_all('auroc')):.4f}; mean of sensitivity and specificity"
        f" {np.mean(right):.5f}, worst specificity {min(over_all('specificity')):.3f}"
    )
    largest = "; ".join(f"{name} {move:.3f}" for move, name in moves[:-4:-1])
    print(f"  largest mean score change of normals: {largest}")
    others = {
        UNCHANGED: logits[UNCHANGED],
        **perturbed_logits(network, part.squares, OCCLUSIONS),
        **{
            f"{name} of the {which}": z
            for name, by_class in swapped_logits(network, part.squares, y).items()
            for which, z in by_class.items()
        },
    }
    for name, row in measured(others).items():
        print(
            f"  {name}: AUROC {row['auroc']:.4f}, specificity {row['specificity']:.3f}"
        )
    with_devices = measured(perturbed_logits(network, part.squares, DEVICES))
    for name in DEVICES:
        change = with_devices[name]["normal_change"]
        print(f"  {name}: mean score change of normals {change:.3f}")
    for name, (lies, area) in _where_evidence_lies(
        network, part.squares[y == 1]
    ).items():
        print(f"  over {name} ({area:.2f} of the map): {lies:.2f} of the evidence")
    if len(named):
        well = rule.scores(predict_logits(network, named))
        ill = rule.scores(logits[UNCHANGED][y == 1])
        told_apart = metrics.auroc(
            np.repeat([0, 1], [len(well), len(ill)]), np.concatenate([well, ill])
        )
        print(
            f"  of {len(well)} named normals {(well >= threshold).sum()} flagged,"
            f" against pneumonias AUROC {told_apart:.3f}"
        )
    return logits


def _where_evidence_lies(
    network: keras.Model, squares: NDArray[np.uint8]
) -> dict[str, tuple[float, float]]:
    """Measure what share of the evidence for pneumonia, and of the map, is where."""
    explain = GradCam(network)
    evidence = np.concatenate(
        [explain(squares[i : i + 64])[1] for i in range(0, len(squares), 64)]
    ).clip(0)
    evidence = evidence[evidence.any((1, 2))]  # a share of nothing is undefined
    grid, cells = explain.grid, np.arange(evidence.shape[1])
    at = (grid.first + grid.stride * cells).clip(0, grid.size - 1).round().astype(int)
    found = {}
    for name in REGIONS:
        inside = region(name, squares.shape[1:3])[np.ix_(at, at)]
        shares = evidence[:, inside].sum(1) / evidence.sum((1, 2))
        found[name] = float(shares.mean()), float(inside.mean())
    return found


def _normals_named(parts: Iterable[Part], text: str | None) -> NDArray[np.uint8]:
    """Gather the normals whose file name holds a text, shape (N, S, S, 1)."""
    return np.concatenate(
        [
            part.squares[
                [
                    bool(text) and label == 0 and str(text) in file.path.name
                    for file, label in zip(part.files, part.labels, strict=True)
                ]
            ]
            for part in parts
        ]
    )


def _difference(
    part: Part,
    one: dict[str, NDArray[np.float64]],
    other: dict[str, NDArray[np.float64]],
) -> tuple[float, float]:
    """Bound, with 95 % confidence, how far two networks' mean AUROC lie apart."""
    y = part.labels

    def mean_auroc(
        logits: dict[str, NDArray[np.float64]], drawn: NDArray[np.intp]
    ) -> float:
        return float(
            np.mean([metrics.auroc(y[drawn], z[drawn]) for z in logits.values()])
        )

    return percentiles(
        [
            mean_auroc(one, drawn) - mean_auroc(other, drawn)
            for drawn in draw_patients(part.patients, 500)
        ]
    )


if __name__ == "__main__":
    main()
