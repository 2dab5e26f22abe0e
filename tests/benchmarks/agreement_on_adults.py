"""Tell how alike weights rank radiographs that none of them learned from.

    PYTHONPATH=. python tests/benchmarks/agreement_on_adults.py [--data DIR]

Every radiograph in ``DIR/adults_nih``, unlabelled adults of another hospital, is scored
by all weights, whatever the gate says; ranks that differ are not about the lungs alone.
"""

import argparse
import itertools
import os
from pathlib import Path

from scipy.stats import spearmanr

from pneumonia.model.classifier import load_classifier
from pneumonia.model.weights import available_weights
from pneumonia.reading.radiograph import read_radiograph

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=BESIDE)
    adults = sorted((parser.parse_args().data / "adults_nih").iterdir())
    radiographs = [read_radiograph(path.read_bytes()) for path in adults]
    scores = {}
    for name in available_weights():
        classifier = load_classifier(name)
        scores[name] = [classifier.score_ungated(each) for each in radiographs]
    for one, other in itertools.combinations(scores, 2):
        correlation = spearmanr(scores[one], scores[other]).statistic
        print(f"{one} and {other}: Spearman correlation {correlation:.2f}")


if __name__ == "__main__":
    main()
