"""Measure plain margins, orientations and tints, and write them into the report.

    PYTHONPATH=.:tests python tests/benchmarks/measure_reading.py [--count N]

Writes ``weights/reading.json``, from which ``weights/report/reading.md`` is written.
"""

import argparse
import os
from pathlib import Path

from benchmarks import measure_margins, measure_orientation, measure_tints

from pneumonia.card.markdown import write_documents
from pneumonia.card.provenance import describe_code
from pneumonia.checked_files import publish, to_json
from pneumonia.model.weights import WEIGHTS_FOLDER, trained_cards

BESIDE = Path(os.environ.get("PNEUMONIA_DATA", "../shared/data"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=BESIDE)
    parser.add_argument("--count", type=int, default=200, help="of tints")
    options = parser.parse_args()
    measured = {
        **measure_margins.measure(options.data),
        **measure_tints.measure(options.data, options.count),
        "orientations": measure_orientation.measure(),
        **describe_code(),
    }
    publish({"reading.json": to_json(measured)}, WEIGHTS_FOLDER)
    write_documents(trained_cards(WEIGHTS_FOLDER), WEIGHTS_FOLDER)
    print(f"Wrote {WEIGHTS_FOLDER / 'reading.json'}.")


if __name__ == "__main__":
    main()
