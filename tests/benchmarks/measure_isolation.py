"""What reading in another process costs: one file alone, and `assess` on many.

    PYTHONPATH=. python tests/benchmarks/measure_isolation.py --data chest_xray

The two ways take turns, file by file and batch by batch, so that a busy machine slows
both alike. The cost of a file is the difference of the clock, and of all that the
processor did in both processes. Of many files it is told what share of the throughput
is lost, as the median over the turns.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

import dicom_files
from attacks.attack_readers import seconds_of
from PIL import Image

from pneumonia.cli.model_loading import in_threads, load_classifier
from pneumonia.model.classifier import Classifier
from pneumonia.phantom import draw_phantom
from pneumonia.reading.isolation import DecoderPool
from pneumonia.reading.radiograph import Radiograph, read_radiograph

Read = Callable[[bytes], Radiograph]
# As of the command line, on two cores.
_THREADS = 2
# Of these `assess` reads many.
_MANY = ("JPEG, 224²", "JPEG, 2,000 × 1,600", "DICOM, 16 bit, 5 MP")


def build_files(data: Path | None) -> dict[str, bytes]:
    """Build a file of each usual kind, and take some of a folder."""
    deep = draw_phantom((2500, 2048), seed=1, bit_depth=16)
    files = {
        _MANY[0]: _picture((224, 224), "JPEG", quality=92),
        _MANY[1]: _picture((1600, 2000), "JPEG", quality=92),
        "PNG, 2,000 × 1,600": _picture((1600, 2000), "PNG"),
        _MANY[2]: dicom_files.build(deep, bits=16),
        "DICOM, JPEG lossless, 5 MP": dicom_files.build(
            deep >> 4, bits=12, syntax=dicom_files.JPEG_LOSSLESS_FIRST_ORDER
        ),
    }
    for path in sorted(data.rglob("*.jpeg"))[:5] if data else ():
        files[path.stem] = path.read_bytes()
    return files


def _picture(shape: tuple[int, int], form: str, **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom(shape, seed=1)).save(file, form, **options)
    return file.getvalue()


def compare(data: bytes, pool: DecoderPool, repeats: int) -> str:
    """Time both ways by turns, and describe the medians in milliseconds."""

    def time_of(read: Read) -> tuple[float, float]:
        begin, worked = time.perf_counter(), seconds_of(pool.process_ids)
        read(data)
        return (
            1000 * (time.perf_counter() - begin),
            1000 * (seconds_of(pool.process_ids) - worked),
        )

    here, there = [], []
    for read in (read_radiograph, pool.read):
        read(data)
    for _ in range(repeats):
        here.append(time_of(read_radiograph))
        there.append(time_of(pool.read))
    clock = [statistics.median(it[0] for it in way) for way in (here, there)]
    processor = [statistics.mean(it[1] for it in way) for way in (here, there)]
    return (
        f"{clock[0]:8.1f} {clock[1]:8.1f} {clock[1] - clock[0]:+8.1f}"
        f" {processor[0]:8.1f} {processor[1]:8.1f} {processor[1] - processor[0]:+8.1f}"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--turns", type=int, default=9)
    options = parser.parse_args()
    files = build_files(options.data)
    begin = time.perf_counter()
    pool = DecoderPool(1)
    pool.read(files[_MANY[0]])
    _tell(f"first file, with the start: {time.perf_counter() - begin:.2f} s")
    _tell(f"{'ms a file':30}{'clock: here, there, cost':>27}{'processor':>27}")
    for name, data in files.items():
        _tell(f"{name[:30]:30}{compare(data, pool, options.repeats)}")
    pool.close()
    pool = DecoderPool(_THREADS)
    classifier = load_classifier("ensemble", files=2)
    _tell(f"{'files a second':30}{'here':>9}{'there':>9}{'lost':>9}")
    for name in _MANY:
        _tell(f"{name:30}{compare_many(files[name], pool, classifier, options)}")
    pool.close()


def compare_many(
    data: bytes, pool: DecoderPool, classifier: Classifier, options: argparse.Namespace
) -> str:
    """Assess a file again and again, both ways by turns, as the command line does."""
    many = [data] * options.files

    def rate_of(read: Read) -> float:
        begin = time.perf_counter()
        for _ in in_threads(lambda it: classifier.assess(read(it)), many, _THREADS):
            pass
        return len(many) / (time.perf_counter() - begin)

    rate_of(read_radiograph), rate_of(pool.read)
    turns = [
        (rate_of(read_radiograph), rate_of(pool.read)) for _ in range(options.turns)
    ]
    here, there = (statistics.median(it) for it in zip(*turns, strict=True))
    lost = statistics.median(1 - there / here for here, there in turns)
    return f"{here:9.1f}{there:9.1f}{100 * lost:8.1f}%"


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
