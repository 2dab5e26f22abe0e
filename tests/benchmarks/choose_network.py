"""Measure networks on the choosing set, by which the published one is chosen.

    PYTHONPATH=. python tests/benchmarks/choose_network.py NETWORK.keras ...
        [--data DIR] [--external DIR] [--whole] [--join]

Each network is calibrated and given its balanced threshold on validation, as `train.py`
does. Nothing is fitted on other hospitals. The choosing figure was written down before
the first comparison:

    0.4 x balanced accuracy, mean over validation, its perturbed copies and a hazy copy
  + 0.2 x specificity on the hazy copy
  + 0.4 x other hospitals: half the specificity on `rsna` normals, a quarter each the
          sensitivity on `cohen` pneumonia and on `cxnet` COVID-19
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.data.partitions import Part, read_parts
from pneumonia.evaluation.network_report import fit_decision_to_logits
from pneumonia.evaluation.other_hospitals import measure_other_hospitals
from pneumonia.evaluation.robustness import (
    UNCHANGED,
    measure_robustness,
    perturbed_logits,
)
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.architectures import join_trunks
from pneumonia.model.network import PICTURE_SIDE, Network
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.perturbations.corruptions import CORRUPTIONS, scale_local_contrast
from pneumonia.statistics import metrics

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))
HAZY = "hazy"


def main() -> None:
    """Print a line of JSON for each network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=BESIDE / "chest_xray")
    parser.add_argument("--external", type=Path, default=BESIDE)
    parser.add_argument("--whole", action="store_true", help="without the cut")
    parser.add_argument("--join", action="store_true", help="the two as one network")
    arguments = parser.parse_args()
    models = [keras.models.load_model(p, compile=False) for p in arguments.networks]
    named = dict(zip([path.stem for path in arguments.networks], models, strict=True))
    if arguments.join:
        named = {"+".join(named): join_trunks(models)}
    parts = read_parts(arguments.data, PICTURE_SIDE, skip_unreadable=False)
    for name, model in named.items():
        network = Network(
            model, load_lung_finder(WEIGHTS_FOLDER), on_lungs=not arguments.whole
        )
        found = measure(network, parts["validation"], arguments.external)
        print(json.dumps({"network": name, **found}), flush=True)


def measure(network: Network, validation: Part, external: Path) -> dict[str, float]:
    """Return the choosing figure and what it is made of."""
    pictures = _resized(validation.squares, network.picture_side)
    logits = perturbed_logits(network, pictures, {**CORRUPTIONS, HAZY: make_hazy})
    usual = {name: z for name, z in logits.items() if name != HAZY}
    rule = fit_decision_to_logits(validation.labels, usual, calibrated=True)
    robustness = measure_robustness(
        validation.labels,
        {name: rule.scores(z) for name, z in logits.items()},
        threshold=rule.threshold,
    )
    rows = robustness["by_perturbation"]
    elsewhere = {
        (group["source"], group["label"]): group["flagged"]
        for group in measure_other_hospitals(network, external, rule)["groups"]
    }
    balanced = np.mean(
        [(row["sensitivity"] + row["specificity"]) / 2 for row in rows.values()]
    )
    specificity = 1 - elsewhere["rsna", "normal"]
    cohen, cxnet = elsewhere["cohen", "pneumonia"], elsewhere["cxnet", "covid"]
    figures = {
        "auroc": metrics.auroc(validation.labels, logits[UNCHANGED]),
        "worst_auroc": robustness["worst"]["auroc"],
        "balanced": float(balanced),
        "hazy_specificity": rows[HAZY]["specificity"],
        "hazy_sensitivity": rows[HAZY]["sensitivity"],
        "largest_normal_change": max(row["normal_change"] for row in rows.values()),
        "rsna_specificity": specificity,
        "cohen_sensitivity": cohen,
        "cxnet_sensitivity": cxnet,
        "threshold": rule.threshold,
    }
    outside = specificity / 2 + (cohen + cxnet) / 4
    chosen = 0.4 * balanced + 0.2 * figures["hazy_specificity"] + 0.4 * outside
    return {"choosing_figure": float(chosen), **figures}


def make_hazy(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lower local contrast, lay a veil over the picture, and burn in a line of text."""
    low = scale_local_contrast(grey, 0.5).astype(np.float32)
    veiled = np.asarray(np.clip(0.6 * low + 80, 0, 255), np.uint8)
    side = grey.shape[0]
    return np.asarray(
        cv2.putText(
            veiled,
            "KV60 mAs2",
            (side // 20, side - side // 20),
            cv2.FONT_HERSHEY_SIMPLEX,
            side / 500,
            255,
            1,
            cv2.LINE_AA,
        )
    )


def _resized(pictures: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Bring pictures to the side that a network of whole pictures takes."""
    if pictures.shape[1] == side:
        return pictures
    resized = [
        cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        for picture in pictures[..., 0]
    ]
    return np.stack(resized)[..., np.newaxis]


if __name__ == "__main__":
    main()
