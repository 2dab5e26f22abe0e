"""What a file costs: against its floor, against the common recipe, and in a batch."""

import contextlib
import hashlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import dicom_files
import imagecodecs
import numpy as np
import pydicom
from benchmarks.timing import Row, medians, milliseconds, resident_megabytes
from PIL import Image
from process_memory import with_children

from pneumonia.lungs.crop import cut_to_box
from pneumonia.model.classifier import Classifier, load_classifier
from pneumonia.phantom import draw_phantom
from pneumonia.reading.isolation import DecoderPool
from pneumonia.reading.radiograph import Radiograph, read_radiograph

ROOT = Path(__file__).parents[2]
_SYNTAXES = {
    "raw DICOM, 16 bit, 5 MP": dicom_files.EXPLICIT,
    "JPEG Lossless, 5 MP": dicom_files.JPEG_LOSSLESS_FIRST_ORDER,
    "JPEG-LS, 5 MP": dicom_files.JPEG_LS,
    "JPEG 2000, 5 MP": dicom_files.JPEG_2000_LOSSLESS,
}
_JPEG, _PNG = "JPEG, 2,000 × 1,600", "16-bit PNG, 3,000 × 2,500"
_RAW = next(iter(_SYNTAXES))
_GOALS = {_JPEG: 1.25, _PNG: 1.25, **dict.fromkeys(_SYNTAXES, 1.3)}
_RECIPE_GOALS = {_JPEG: 8.0, _RAW: 6.0}

_LOOK_SECONDS = 0.02

Decode = Callable[[bytes], Any]


def build_files() -> dict[str, tuple[bytes, Decode]]:
    """Draw a file of each kind, with noise as of a detector; give its decoder alone."""
    rng = np.random.default_rng(0)

    def noisy(shape: tuple[int, int], bits: int, sigma: float) -> Any:
        drawn = draw_phantom(shape, seed=1, bit_depth=bits) + rng.normal(
            0, sigma, shape
        )
        return drawn.clip(0, 2**bits - 1).astype(np.uint8 if bits == 8 else np.uint16)

    jpeg, png = io.BytesIO(), io.BytesIO()
    Image.fromarray(noisy((1600, 2000), 8, 3)).save(jpeg, "JPEG", quality=92)
    Image.fromarray(noisy((2500, 3000), 16, 200)).save(png, "PNG")
    files: dict[str, tuple[bytes, Decode]] = {
        _JPEG: (jpeg.getvalue(), _by_pillow),
        _PNG: (png.getvalue(), imagecodecs.png_decode),
    }
    deep = noisy((2500, 2048), 16, 100)
    for name, syntax in _SYNTAXES.items():
        plain = syntax == dicom_files.EXPLICIT
        pixels = deep if plain else deep >> 4
        bits = 16 if plain else 12
        data = dicom_files.build(pixels, bits=bits, syntax=syntax)
        files[name] = data, _decoder_of(pixels, syntax, bits)
    return files


def _by_pillow(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data)))


def _decoder_of(pixels: Any, syntax: str, bits: int) -> Decode:
    """Give what decodes the frame of a DICOM file, and nothing else of it."""
    if syntax == dicom_files.EXPLICIT:
        return lambda data: np.frombuffer(data[-pixels.nbytes :], np.uint16).reshape(
            pixels.shape
        )
    frame = dicom_files.encode(pixels, syntax, bits)
    decoders = {
        dicom_files.JPEG_LOSSLESS_FIRST_ORDER: imagecodecs.jpeg8_decode,
        dicom_files.JPEG_LS: imagecodecs.jpegls_decode,
        dicom_files.JPEG_2000_LOSSLESS: imagecodecs.jpeg2k_decode,
    }
    return lambda _: decoders[syntax](frame)


def floor_of(classifier: Classifier, decode: Decode) -> Callable[[bytes], Any]:
    """Decode once, resize once, and run each of the two networks once."""
    side, _, channels = classifier.card["input_shape"]

    def run(data: bytes) -> Any:
        pixels = decode(data)
        if pixels.dtype != np.uint8:
            # To the eight bits that a resize takes; the high byte costs the least.
            pixels = np.ascontiguousarray(pixels.view(np.uint8)[:, 1::2])
        square = cut_to_box(pixels, (0.0, 1.0, 0.0, 1.0), side)
        classifier._finder(square)
        stack = np.repeat(square[..., np.newaxis], channels, axis=-1)
        return classifier._network(stack[np.newaxis])

    return run


def assess(classifier: Classifier, data: bytes) -> Any:
    """Go from bytes to an assessment with its heatmap, as programs do."""
    return _explain(classifier, read_radiograph(data))


def _explain(classifier: Classifier, radiograph: Any) -> Any:
    assessment = classifier.assess(radiograph)
    if assessment.status != "assessed":
        raise RuntimeError(f"{assessment.status}: {assessment.refusal}")
    return classifier.saliency(assessment, (512, 512))


def _assess_apart(classifier: Classifier, pool: DecoderPool, data: bytes) -> Any:
    return _explain(classifier, pool.read(data))


def _assess_anew(classifier: Classifier, radiograph: Radiograph) -> Any:
    return _explain(classifier, replace(radiograph))  # without the frame it has found


def measure_files(repeats: int) -> Iterator[Row]:
    """Compare each kind of file with its floor."""
    classifier = load_classifier()
    pool = DecoderPool(1)
    for name, (data, decode) in build_files().items():
        floor = floor_of(classifier, decode)
        clock, processor = medians(
            {
                "floor": partial(floor, data),
                "ours": partial(assess, classifier, data),
                "apart": partial(_assess_apart, classifier, pool, data),
            },
            repeats,
        )
        ratio = clock["ours"] / clock["floor"]
        work = processor["ours"] / processor["floor"]
        yield Row(
            f"bytes → assessment with heatmap: {name}",
            f"{milliseconds(clock['ours'])}; decoded in a process of its own "
            f"{milliseconds(clock['apart'])}",
            f"floor: {milliseconds(clock['floor'])}",
            f"{ratio:.2f} (processor: {work:.2f})",
            f"≤ {_GOALS[name]}",
            ratio <= _GOALS[name],
        )
    pool.close()


def measure_recipe(repeats: int) -> Iterator[Row]:
    """Compare with Pillow or pydicom, `model.predict`, and Grad-CAM built each time."""
    import keras
    import tensorflow as tf

    from pneumonia.model.feature_map import last_feature_map
    from pneumonia.model.weights import load_weights

    classifier = load_classifier()
    model = load_weights("ensemble").model
    side, _, channels = model.input_shape[1:]

    def recipe(data: bytes) -> Any:
        if data[128:132] == b"DICM":
            raw = pydicom.dcmread(io.BytesIO(data)).pixel_array.astype(np.float32)
            grey = ((raw - raw.min()) / np.ptp(raw) * 255).astype(np.uint8)
        else:
            grey = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        image = Image.fromarray(grey).resize((side, side), Image.Resampling.BICUBIC)
        stack = np.repeat(np.asarray(image)[..., None], channels, axis=-1)[None]
        model.predict(stack, verbose=0)
        explained = keras.Model(model.inputs, [last_feature_map(model), model.output])
        with tf.GradientTape() as tape:
            features, logit = explained(tf.cast(stack, tf.float32), training=False)
        gradient = tape.gradient(logit, features)
        return tf.reduce_sum(
            tf.reduce_mean(gradient, (1, 2), keepdims=True) * features, -1
        ).numpy()

    files = build_files()
    for name, goal in _RECIPE_GOALS.items():
        data, _ = files[name]
        clock, _ = medians(
            {
                "recipe": partial(recipe, data),
                "ours": partial(assess, classifier, data),
            },
            max(3, repeats // 3),
        )
        ratio = clock["recipe"] / clock["ours"]
        yield Row(
            f"against the common recipe: {name}",
            milliseconds(clock["ours"]),
            f"recipe: {milliseconds(clock['recipe'])}",
            f"{ratio:.1f} × faster",
            f"≥ {goal:.0f} ×",
            ratio >= goal,
        )


def measure_batch(count: int) -> Iterator[Row]:
    """Compare the command line on many files with the floor on all cores."""
    classifier = load_classifier()
    floor = floor_of(classifier, _by_pillow)
    for name, shape, quality in (("224²", (224, 224), 92), (_JPEG, (1600, 2000), 92)):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number in range(count if shape[0] < 1000 else count // 4):
                paths.append(Path(folder, f"{number}.jpeg"))
                grey = draw_phantom(shape, seed=number)
                Image.fromarray(grey).save(paths[-1], quality=quality)
            few = Path(folder, "few")
            few.mkdir()
            (few / paths[0].name).write_bytes(paths[0].read_bytes())
            ours, alone = _command(Path(folder)), _command(few)
            with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
                begin = time.perf_counter()
                list(threads.map(lambda it: floor(it.read_bytes()), paths))
                theirs = time.perf_counter() - begin
        here = (len(paths) - 1) / max(ours - alone, 1e-3)
        most = len(paths) / theirs
        yield Row(
            f"`assess` on {len(paths)} files of {name}, without its start",
            f"{here:.0f} files a second",
            f"floor on all cores: {most:.0f}",
            f"{here / most:.2f}",
            "≥ 0.85",
            here / most >= 0.85,
        )


def _command(folder: Path, *options: str) -> float:
    """Time the command line on the files of a folder."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pneumonia", "assess", str(folder), *options],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    return time.perf_counter() - begin


def time_and_memory(*arguments: str) -> tuple[float, float]:
    """Time a program of Python; give its seconds and its most megabytes.

    The memory is that of all its processes, looked at a few dozen times a second. The
    system's own figure (``ru_maxrss``) is at least that of who starts the program.
    """
    most, begin = 0.0, time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as started:
        while started.poll() is None:
            with contextlib.suppress(OSError, ValueError):  # ended meanwhile
                processes = list(with_children(started.pid))
                most = max(most, resident_megabytes(processes))
            time.sleep(_LOOK_SECONDS)
    return time.perf_counter() - begin, most


def measure_command(repeats: int) -> Iterator[Row]:
    """Compare one file with its heatmap with importing TensorFlow and no more."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "a.jpeg")
        picture.write_bytes(build_files()[_JPEG][0])
        command = ("-m", "pneumonia", "assess", str(picture), "--heatmaps", folder)
        for _ in range(repeats):
            ours.append(time_and_memory(*command))
            theirs.append(time_and_memory("-c", "import tensorflow"))
        if not list(Path(folder).glob("*.map.png")):
            raise RuntimeError("the command line wrote no heatmap")
    seconds, megabytes = map(statistics.median, zip(*ours, strict=True))
    imported = statistics.median(it[0] for it in theirs)
    ratio = seconds / imported
    yield Row(
        "command line, one file with heatmap",
        f"{seconds:.1f} s, {megabytes:.0f} MB with its decoder",
        f"`import tensorflow`: {imported:.1f} s",
        f"{ratio:.2f}",
        "≤ 0.5, ≤ 300 MB",
        ratio <= 0.5 and megabytes <= 300,
    )


def describe_parts(repeats: int) -> str:
    """Draw what each part of an assessment costs, in text."""
    classifier = load_classifier()
    lines = []
    for name, (data, decode) in build_files().items():
        radiograph = read_radiograph(data)
        parts: dict[str, Callable[[], Any]] = {
            "decoder": partial(decode, data),
            "read": partial(read_radiograph, data),
            "networks": classifier.warm_up,
            "assess": partial(_assess_anew, classifier, radiograph),
            "digest": partial(hashlib.sha256, data),
        }
        cost = medians(parts, repeats)[1]
        shown = {
            "decoder": cost["decoder"],
            "digest": cost["digest"],
            "other reading": cost["read"] - cost["decoder"] - cost["digest"],
            "networks": cost["networks"],
            "gate and heatmap": cost["assess"] - cost["networks"],
        }
        lines.append(name)
        for part, seconds in shown.items():
            spent = max(0.0, 1000 * seconds)
            bar = "█" * min(60, round(spent / 4))
            lines.append(f"  {part:17}{spent:6.1f} ms {bar}".rstrip())
    return "\n".join(lines)
