"""What reading in another process costs, per file, and how fast several are read.

    PYTHONPATH=. python tests/benchmarks/measure_isolation.py --data chest_xray

The two ways take turns, file by file, so that a busy machine slows both alike. The cost
is the difference of the clock, and of all that the processor did in both processes.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Run as a program, it finds the other modules of the tests in their folder.
sys.path.append(str(Path(__file__).parents[1]))

import dicom_files
from attacks.attack_readers import seconds_of
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.reading.isolation import DecoderPool
from pneumonia.reading.radiograph import read_radiograph


def build_files(data: Path | None) -> dict[str, bytes]:
    """Build a file of each usual kind, and take some of a folder."""
    grey = draw_phantom((1200, 1500), seed=1)
    deep = draw_phantom((2500, 2048), seed=1, bit_depth=16) >> 4
    jpeg, png = io.BytesIO(), io.BytesIO()
    Image.fromarray(grey).save(jpeg, "JPEG", quality=92)
    Image.fromarray(grey).save(png, "PNG")
    files = {
        "JPEG, 1.8 MP": jpeg.getvalue(),
        "PNG, 1.8 MP": png.getvalue(),
        "DICOM, 5 MP": dicom_files.build(deep, bits=12),
        "DICOM, JPEG lossless, 5 MP": dicom_files.build(
            deep, bits=12, syntax=dicom_files.JPEG_LOSSLESS_FIRST_ORDER
        ),
    }
    for path in sorted(data.rglob("*.jpeg"))[:5] if data else ():
        files[path.stem] = path.read_bytes()
    return files


def compare(data: bytes, pool: DecoderPool, repeats: int) -> str:
    """Time both ways by turns, and describe the medians in milliseconds."""

    def time_of(read: Callable[[bytes], object]) -> tuple[float, float]:
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
    options = parser.parse_args()
    files = build_files(options.data)
    begin = time.perf_counter()
    pool = DecoderPool(1)
    pool.read(files["PNG, 1.8 MP"])
    _tell(f"first file, with the start: {time.perf_counter() - begin:.2f} s")
    _tell(f"{'ms a file':30}{'clock: here, there, cost':>27}{'processor':>27}")
    for name, data in files.items():
        _tell(f"{name[:30]:30}{compare(data, pool, options.repeats)}")
    pool.close()
    many = list(files.values()) * max(1, options.repeats // 4)
    for size in (0, 1, 2, 4):
        _tell(f"{size} processes: {files_a_second(many, size):.1f} files a second")


def files_a_second(many: list[bytes], size: int) -> float:
    """Read files in as many threads as there are processes; 0: in this process."""
    pool = DecoderPool(max(size, 1))
    read = pool.read if size else read_radiograph
    with ThreadPoolExecutor(max(size, 1)) as threads:
        list(threads.map(read, many[: 4 * size]))
        begin = time.perf_counter()
        list(threads.map(read, many))
        seconds = time.perf_counter() - begin
    pool.close()
    return len(many) / seconds


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
