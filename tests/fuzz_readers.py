"""Feed damaged files to the readers.

    PYTHONPATH=. python tests/fuzz_readers.py --mutants 10000 --data /path/to/dicom

Every mutant must be read or refused with a `RadiographError`, within 5 seconds of the
processor and 1 GiB, and without ending the interpreter. The mutants are read in a
process of their own, which is started again after one that broke it. The same seed
gives the same mutants; those that failed are kept in the folder that the report names.
"""

import argparse
import io
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dicom_files as files
import imagecodecs
import numpy as np
import picture_files as pictures
from PIL import Image

from pneumonia.errors import RadiographError, UnsupportedRadiographError
from pneumonia.gate.checks import check_metadata
from pneumonia.reading.archive import is_zip, open_archive
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.model_input import margin_notices
from pneumonia.reading.radiograph import read_radiograph

SECONDS = 5.0
# Until a process that waits for something, or for its start, is given up.
PATIENCE = 60.0
BYTES = 2**30
# Header fields that decide how much is allocated or how pixels are understood.
_FIELDS = [bytes([0x28, 0, element, 0]) for element in (2, 8, 0x10, 0x11)] + [
    bytes([0x28, 0, element, 1]) for element in (0, 1, 2, 3)
]
_NUMBERS = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    17,
    32,
    63,
    64,
    255,
    256,
    4095,
    7000,
    32767,
    65535,
]


def seeds() -> list[bytes]:
    """Build one small file of every kind."""
    grey, colour = files.ramp(12), np.repeat(files.ramp(8)[..., np.newaxis], 3, -1)
    syntaxes = [
        files.IMPLICIT,
        files.EXPLICIT,
        files.DEFLATED,
        files.BIG_ENDIAN,
        files.RLE,
        files.JPEG_EXTENDED,
        files.JPEG_LOSSLESS,
        files.JPEG_LOSSLESS_FIRST_ORDER,
        files.JPEG_LS,
        files.JPEG_LS_NEAR,
        files.JPEG_2000,
        files.HTJ2K,
        files.JPEG_2000_LOSSLESS,
        files.HTJ2K_LOSSLESS,
    ]
    found = [files.build(grey, bits=12, syntax=syntax) for syntax in syntaxes]
    for syntax in (files.JPEG_BASELINE, files.JPEG_LS, files.JPEG_2000, files.RLE):
        found.append(files.build(colour, syntax=syntax))
    table = files.lut(np.arange(4096), bits=12)
    found += [
        files.build(grey, bits=12, VOILUTSequence=table),
        files.build(grey, bits=12, ModalityLUTSequence=table),
        files.build(grey, bits=12, PresentationLUTSequence=table),
        files.build(grey, bits=12, WindowCenter=[9, 8], WindowWidth=[5, 4]),
        files.build(grey, bits=12, file_meta=False, preamble=False),
    ]
    found.append(files.build(files.ramp(8), syntax=files.JPEG_PROGRESSIVE))
    frame = files.encode(grey, files.JPEG_LS, 12)
    bare = frame + b"\0" * (len(frame) % 2)  # compressed, without items
    found.append(files.build(grey, bits=12, PixelData=bare))
    found.append(
        files.build(
            grey,
            bits=12,
            RescaleSlope="0.25",
            RescaleIntercept="-8",
            PatientBirthDate="20170101",
            BodyPartExamined="CHEST",
            PatientOrientation=["L", "F"],
            PixelSpacing=["0.2", "0.4"],
        )
    )
    image = Image.fromarray(files.ramp(8))
    for kind in ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF"):
        file = io.BytesIO()
        image.save(file, kind)
        found.append(file.getvalue())
    found += _further_pictures(image)
    disc = _pack({"DICOMDIR": b"\0" * 200, "DICOM\\I1": found[1], "I2": found[10]})
    return [*found, disc, _pack({"disc.zip": disc, "one.png": found[23]})]


def _further_pictures(image: Image.Image) -> list[bytes]:
    """Build what Pillow alone does not read, and what is not grey at first sight."""
    found = []
    options: list[tuple[str, dict[str, Any]]] = [
        ("JPEG", {"progressive": True}),
        ("TIFF", {"compression": "jpeg"}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("AVIF", {}),
    ]
    for kind, option in options:
        file = io.BytesIO()
        image.save(file, kind, **option)
        found.append(file.getvalue())
    grey = files.ramp(12)
    deep, level = np.stack([grey] * 3, axis=-1), np.asarray(image)
    tags: pictures.TiffTags = {258: (3, [16] * 3)}
    signed: pictures.TiffTags = {258: (3, [16]), 339: (3, [2])}
    page = (level.shape, {254: (4, [1])}, [level.tobytes()])
    tinted = io.BytesIO()
    tint = np.stack([level, level * 0.8, level * 0.6], axis=-1).astype(np.uint8)
    Image.fromarray(tint).save(tinted, "PNG")
    return [
        *found,
        pictures.build_deep_png(deep, 2),
        pictures.build_tiff_of([(deep.shape, tags, [deep.tobytes()]), page]),
        pictures.build_tiff_of([(grey.shape, signed, [grey.tobytes()])]),
        bytes(imagecodecs.jpegxl_encode(level)),
        bytes(imagecodecs.jpeg2k_encode(level, 0, codecformat="jp2")),
        tinted.getvalue(),
    ]


def _pack(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def mutate(data: bytes, other: bytes, random_source: random.Random) -> bytes:
    """Damage a file in one to four ways."""
    changed = bytearray(data)
    for _ in range(random_source.choice([1, 1, 1, 2, 4])):
        if len(changed) < 16:
            break
        # Headers are a small part of a file and most of what can go wrong.
        end = random_source.choice([1500, len(changed), len(changed)])
        at = random_source.randrange(min(end, len(changed) - 8))
        way = random_source.randrange(8)
        if way == 0:
            changed[at] ^= 1 << random_source.randrange(8)
        elif way == 1:
            changed[at] = random_source.randrange(256)
        elif way == 2:
            del changed[at:]
        elif way == 3:
            cut = random_source.randrange(len(other))
            changed = changed[:at] + other[cut:]
        elif way == 4:
            size = random_source.choice([1, 2, 4, 8, 64])
            changed[at:at] = random_source.randbytes(size)
        elif way == 5:
            del changed[at : at + random_source.choice([1, 2, 4, 8, 64])]
        elif way == 6:
            width = random_source.choice([2, 4])
            value = random_source.choice([0, 1, -1, 1 << (8 * width - 1), 0x7FFF])
            lie = (value % (1 << (8 * width))).to_bytes(width, "little")
            changed[at : at + width] = lie
        else:
            field = changed.find(random_source.choice(_FIELDS))
            if field > 0:
                number = random_source.choice(_NUMBERS).to_bytes(2, "little")
                changed[field + 8 : field + 10] = number
    return bytes(changed)


def make(index: int, seed: int, originals: list[bytes]) -> bytes:
    """Make the mutant of an index, the same one every time."""
    random_source = random.Random(f"{seed}-{index}")  # noqa: S311
    data, other = random_source.choices(originals, k=2)
    return mutate(data, other, random_source)


def outcome_of(error: RadiographError) -> str:
    """Name the code of a refusal; all that is unreadable is one outcome."""
    return error.code if isinstance(error, UnsupportedRadiographError) else "unreadable"


def read(data: bytes) -> str:
    """Read a file as the page and the command line do."""
    try:
        if is_zip(data):
            archive = open_archive(data)
            outcomes = [_read_one(archive.read(name)) for name in archive.names]
            return outcomes[0]
        return _read_one(data)
    except RadiographError as error:
        return outcome_of(error)


def _read_one(data: bytes) -> str:
    try:
        radiograph = read_radiograph(data)
        levels = to_8_bit(radiograph)
        if levels.shape != radiograph.pixels.shape:
            raise AssertionError("the grey levels have another shape")
        check_metadata(radiograph)
        margin_notices(radiograph)
    except RadiographError as error:
        if not str(error) or files.PATIENT in str(error):
            raise AssertionError("a message is empty or names the patient") from error
        if error.code == "internal_error":
            raise AssertionError("damage was taken for an error of ours") from error
        return outcome_of(error)
    return "read"


def fuzz(
    mutants: int, seed: int, originals: list[bytes]
) -> tuple[Counter[str], dict[int, str]]:
    """Read mutants in another process.

    Returns
    -------
    outcomes : Counter
        How often each outcome occurred.
    failures : dict of int to str
        What each mutant that must not have happened did.
    """
    context = multiprocessing.get_context("spawn")
    outcomes: Counter[str] = Counter()
    failures: dict[int, str] = {}
    index, slowest = 0, 0.0
    while index < mutants:
        here, there = context.Pipe()
        process = context.Process(
            target=_work, args=(there, index, mutants, seed, originals), daemon=True
        )
        process.start()
        there.close()
        while index < mutants:
            try:
                if not here.poll(PATIENCE):
                    failures[index] = f"no answer within {PATIENCE:.0f} s"
                    break
                message = here.recv()
            except EOFError:
                process.join()
                if process.exitcode == -signal.SIGPROF:
                    failures[index] = f"took more than {SECONDS:.0f} s"
                else:
                    failures[index] = f"ended the interpreter, {process.exitcode}"
                break
            if message is not None:  # None: started
                outcome, seconds, peak = message
                slowest = max(slowest, seconds)
                outcomes[outcome] += 1
                if outcome.startswith("raised"):
                    failures[index] = outcome
                index += 1
                if peak > BYTES:
                    failures[index - 1] = f"grew by {peak / 2**20:.0f} MB"
                    break
        else:
            process.join(10)
        if index in failures:
            index += 1
        process.kill()
        process.join()
        here.close()
    outcomes["slowest, ms"] = round(slowest * 1000)
    return outcomes, failures


def _work(
    connection: Connection, start: int, stop: int, seed: int, originals: list[bytes]
) -> None:
    for original in originals:  # imports and warm-up are no growth
        read(original)
    before = _peak()
    # Ends the process after so much work, even inside a decoder written in C.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    connection.send(None)
    for index in range(start, stop):
        data = make(index, seed, originals)
        begin = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = read(data)
        except BaseException as error:
            outcome = f"raised {error!r}"[:200]
        connection.send((outcome, time.process_time() - begin, _peak() - before))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="a folder of further originals")
    options = parser.parse_args()
    originals = seeds()
    if options.data:
        more = [path for path in sorted(options.data.rglob("*")) if path.is_file()]
        originals += [path.read_bytes() for path in more]
    begin = time.monotonic()
    outcomes, failures = fuzz(options.mutants, options.seed, originals)
    lines = [
        f"{len(originals)} originals, {options.mutants} mutants, seed "
        f"{options.seed}, {time.monotonic() - begin:.0f} s"
    ]
    lines += [f"{count:8} {outcome}" for outcome, count in outcomes.most_common()]
    if failures:
        folder = Path(tempfile.mkdtemp(prefix="mutants-"))
        for index in failures:
            (folder / str(index)).write_bytes(make(index, options.seed, originals))
        lines += [f"FAILED {index}: {what}" for index, what in failures.items()]
        lines.append(f"Kept in {folder}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
