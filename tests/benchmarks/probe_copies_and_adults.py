"""Probe weights on files outside every partition.

    PYTHONPATH=. python tests/benchmarks/probe_copies_and_adults.py [--data DIR]

Prints how far probabilities move between radiographs at native resolution
(``DIR/native_resolution``) and their 224 x 224 copies (``DIR/chest_xray/train``), and
what share of unlabelled adults (``DIR/adults_nih``) each of the weights flags and how
alike they rank them.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from pneumonia.classifier import Classifier
from pneumonia.weights import available_weights, load_weights

BESIDE = Path(__file__).parents[3] / "shared" / "data"


def score(classifier: Classifier, path: Path) -> float:
    found = classifier.assess_file(path.read_bytes()).score
    return float("nan") if found is None else found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=BESIDE)
    data = parser.parse_args().data
    natives = sorted((data / "native_resolution").glob("*/*"))
    adults = sorted((data / "adults_nih").iterdir())
    rankings = {}
    for name in available_weights():
        classifier = Classifier(load_weights(name))
        threshold = classifier.card["operating_points"]["balanced"]["threshold"]
        copies = [
            data / "chest_xray" / "train" / path.parent.name / path.name
            for path in natives
        ]
        native = np.array([score(classifier, path) for path in natives])
        copy = np.array([score(classifier, path) for path in copies])
        rankings[name] = np.array([score(classifier, path) for path in adults])
        print(
            f"{name}: {len(natives)} native files and copies differ by "
            f"{np.abs(native - copy).mean():.4f} on average, "
            f"{((native >= threshold) != (copy >= threshold)).sum()} flags change; "
            f"{(rankings[name] >= threshold).mean():.1%} of {len(adults)} adults "
            "flagged"
        )
    names = list(rankings)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            correlation = spearmanr(rankings[one], rankings[other]).statistic
            print(
                f"{one} and {other}: Spearman correlation {correlation:.2f} on adults"
            )


if __name__ == "__main__":
    main()
