"""Measure plain margins, orientations and tints, and write them into the report.

    PYTHONPATH=.:tests python tests/benchmarks/measure_reading.py [--count N]

Writes ``weights/reading.json``, from which ``weights/report/reading.md`` is written.
"""

import argparse
import json
import os
from pathlib import Path

from benchmarks import measure_margins, measure_orientation, measure_tints

from pneumonia.card.markdown import write_documents
from pneumonia.card.provenance import describe_code
from pneumonia.model.weights import WEIGHTS_FOLDER, trained_cards

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=BESIDE)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    measured = {
        **measure_margins.measure(options.data, options.count),
        **measure_tints.measure(options.data, options.count),
        "orientations": measure_orientation.measure(),
        **describe_code(),
    }
    path = WEIGHTS_FOLDER / "reading.json"
    path.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    write_documents(trained_cards(WEIGHTS_FOLDER), WEIGHTS_FOLDER)
    print(f"Wrote {path}.")


if __name__ == "__main__":
    main()
