"""Decoding in processes of their own: a file costs its own result only."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import dicom_files as files
import numpy as np
import pytest
from attacks.hostile_files import repeat_scans
from picture_files import PATIENT, encode, grey_image
from PIL import Image

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.reading import isolation
from pneumonia.reading.isolation import DecoderPool, Limits, read_isolated
from pneumonia.reading.radiograph import Radiograph, read_radiograph

ROOT = Path(__file__).parents[2]
PICTURE = encode(grey_image(), "PNG")
SOON = 20.0


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(2)
    yield pool
    pool.close()


@pytest.fixture
def make_pool() -> Iterator[Callable[..., DecoderPool]]:
    pools: list[DecoderPool] = []

    def make(size: int = 1, **limits: int) -> DecoderPool:
        pools.append(DecoderPool(size, Limits(**limits)))
        pools[-1].read(PICTURE)  # started
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def code_of(pool: DecoderPool, data: bytes) -> str:
    with pytest.raises(RadiographError) as told:
        pool.read(data)
    return told.value.code


def slow_picture() -> bytes:
    """Build a picture that takes some seconds to decode, within the limits."""
    plain = Image.fromarray(np.full((7000, 7000), 90, np.uint8))
    return repeat_scans(encode(plain, "JPEG", progressive=True), 40)


def assert_same(one: Radiograph, other: Radiograph) -> None:
    np.testing.assert_array_equal(one.pixels, other.pixels)
    for name in (field.name for field in fields(Radiograph)):
        if name != "pixels":
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.parametrize(
    "data",
    [
        PICTURE,
        encode(grey_image(16), "PNG"),
        files.build(
            files.ramp(12),
            bits=12,
            WindowCenter="100",
            WindowWidth="50",
            RescaleSlope="2",
            RescaleIntercept="0.1",
            PixelSpacing=["0.2", "0.3"],
            PatientAge="003Y",
            PatientSex="F",
            StudyDate="20240229",
            BodyPartExamined="CHEST",
            PatientOrientation=["L", "F"],
        ),
        files.build(files.ramp(12), bits=12, VOILUTSequence=[], HighBit=99),
    ],
)
def test_a_radiograph_is_the_same_as_in_this_process(
    data: bytes, pool: DecoderPool
) -> None:
    read = pool.read(data)

    assert_same(read, read_radiograph(data))
    assert not read.pixels.flags.writeable


@pytest.mark.parametrize(
    "data",
    [
        b"words",
        PICTURE[:-40],
        encode(grey_image().resize((30, 30)), "PNG"),
        files.build(files.ramp(12), bits=12, NumberOfFrames=2),
    ],
)
def test_a_refusal_is_the_same_as_in_this_process(
    data: bytes, pool: DecoderPool
) -> None:
    with pytest.raises(RadiographError) as here:
        read_radiograph(data)
    with pytest.raises(RadiographError) as there:
        pool.read(data)

    assert type(there.value) is type(here.value)
    assert there.value.refusal == here.value.refusal
    assert str(there.value) == str(here.value)


def test_threads_share_the_processes(pool: DecoderPool) -> None:
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(pool.read, [PICTURE] * 40))

    assert len({it.sha256 for it in read}) == 1
    assert len(pool.process_ids) <= 2


def test_a_file_that_hangs_is_given_up_and_the_next_is_read(
    make_pool: Callable[..., DecoderPool],
) -> None:
    pool = make_pool(wall_seconds=1)
    (stopped,) = pool.process_ids
    os.kill(stopped, signal.SIGSTOP)  # as a decoder that waits for ever

    with pytest.raises(UnreadableRadiographError) as told:
        pool.read(PICTURE)

    assert told.value.code == "over_limit"
    assert str(told.value) == (
        "The file could not be read: it needs more than 1 seconds. "
        "Export the radiograph again."
    )
    assert pool.read(PICTURE).format == "PNG"
    assert stopped not in pool.process_ids


def test_a_file_that_keeps_the_processor_busy_is_given_up(
    make_pool: Callable[..., DecoderPool],
) -> None:
    pool = make_pool(cpu_seconds=1)

    with pytest.raises(UnreadableRadiographError, match="more than 1 seconds") as told:
        pool.read(slow_picture())

    assert told.value.code == "over_limit"
    assert pool.read(PICTURE).format == "PNG"


def test_a_file_that_takes_too_much_memory_is_given_up(
    make_pool: Callable[..., DecoderPool],
) -> None:
    pool = make_pool(megabytes=100)
    pixels = np.tile(np.arange(6000, dtype=np.uint16), (6000, 1))

    with pytest.raises(UnreadableRadiographError, match="100 MB of memory") as told:
        # To turn light and dark takes as much memory again.
        pool.read(files.build(pixels, PhotometricInterpretation="MONOCHROME1"))

    assert told.value.code == "over_limit"
    assert pool.read(PICTURE).format == "PNG"


def end_while_reading(
    pool: DecoderPool, data: bytes, *numbers: int
) -> Radiograph | RadiographError:
    """Read a file, and send signals to the process that has it."""
    (process,) = pool.process_ids
    os.kill(process, signal.SIGSTOP)
    result: list[Radiograph | RadiographError] = []

    def read() -> None:
        try:
            result.append(pool.read(data))
        except RadiographError as error:
            result.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.2)
    for number in numbers:
        os.kill(process, number)
    thread.join(SOON)
    return result[0]


def test_a_decoder_that_aborts_costs_one_file(
    make_pool: Callable[..., DecoderPool], caplog: pytest.LogCaptureFixture
) -> None:
    pool = make_pool()

    told = end_while_reading(pool, PICTURE, signal.SIGABRT, signal.SIGCONT)

    assert isinstance(told, UnreadableRadiographError)
    assert told.code == "decoder_failed"
    assert "A decoder ended with -6" in caplog.text
    assert pool.read(PICTURE).format == "PNG"


def test_a_file_is_read_again_where_somebody_else_killed_the_process(
    make_pool: Callable[..., DecoderPool],
) -> None:
    pool = make_pool()

    read = end_while_reading(pool, PICTURE, signal.SIGKILL)

    assert isinstance(read, Radiograph)


def test_others_are_read_while_one_hangs(
    make_pool: Callable[..., DecoderPool],
) -> None:
    pool = make_pool(size=2)
    (stopped,) = pool.process_ids
    os.kill(stopped, signal.SIGSTOP)
    with ThreadPoolExecutor(2) as threads:
        hung = threads.submit(code_of, pool, PICTURE)
        time.sleep(0.2)
        others = [threads.submit(pool.read, PICTURE) for _ in range(5)]
        assert all(it.result(SOON).format == "PNG" for it in others)
        assert not hung.done()
        for number in (signal.SIGABRT, signal.SIGCONT):
            os.kill(stopped, number)
        assert hung.result(SOON) == "decoder_failed"


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs Linux")
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path) -> None:
    picture = tmp_path / "slow"
    picture.write_bytes(slow_picture())
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from pneumonia.reading.isolation import DecoderPool\n"
        "pool, data = DecoderPool(1), Path(sys.argv[1]).read_bytes()\n"
        "pool.read(Path(sys.argv[2]).read_bytes())\n"
        "threading.Thread(target=pool.read, args=(data,)).start()\n"
        "print(*pool.process_ids, flush=True)\n"
    )
    small = tmp_path / "small"
    small.write_bytes(PICTURE)
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(picture), str(small)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert parent.stdout
    process = int(parent.stdout.readline())
    parent.stdout.close()
    time.sleep(0.3)  # within the decoder, which takes some seconds
    assert is_running(process)
    parent.kill()
    parent.wait()

    until = time.monotonic() + 2
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(process)


def test_closing_ends_the_processes() -> None:
    pool = DecoderPool(1)
    pool.read(PICTURE)
    (process,) = pool.process_ids

    pool.close()

    assert not is_running(process)
    assert pool.process_ids == []


def test_the_process_imports_neither_the_network_nor_the_page() -> None:
    script = (
        "import sys; from pneumonia.reading import decoding_worker;"
        "print(*{name.split('.')[0] for name in sys.modules}, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT
    )
    loaded = set(done.stdout.decode().split())
    assert "pydicom" in loaded  # before work begins: threads must not meet there
    heavy = {"tensorflow", "keras", "streamlit", "matplotlib", "pandas", "sklearn"}
    assert not loaded & heavy
    assert not loaded & {"scipy", "requests", "urllib3"}


def test_the_process_learns_no_secret(
    make_pool: Callable[..., DecoderPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "4711")
    (process,) = make_pool().process_ids

    assert b"4711" not in Path(f"/proc/{process}/environ").read_bytes()


@pytest.fixture
def no_pool() -> Iterator[None]:
    isolation._pool_of.cache_clear()
    yield
    isolation._pool_of.cache_clear()


@pytest.mark.usefixtures("no_pool")
def test_a_setting_has_files_read_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PNEUMONIA_DECODERS", "0")
    monkeypatch.setattr(isolation, "DecoderPool", None)  # not to be called

    assert read_isolated(PICTURE).format == "PNG"


@pytest.mark.parametrize("stated", ["many", "-1", "1.5"])
def test_a_setting_that_is_no_number_is_told_and_left_out(
    stated: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PNEUMONIA_DECODERS", stated)

    assert 1 <= isolation._count_decoders() <= 4
    assert f"Received: {stated}." in caplog.text


def test_a_decoder_that_does_not_start_is_no_fault_of_the_file(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    pool = DecoderPool(1)

    assert code_of(pool, PICTURE) == "internal_error"
    assert "did not start" in caplog.text


@pytest.mark.parametrize("kind", [ValueError, KeyError, RecursionError, MemoryError])
def test_whatever_a_reader_raises_is_one_coded_result(
    kind: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise kind(PATIENT)

    monkeypatch.setattr("pneumonia.reading.radiograph.read_picture", fail)

    with pytest.raises(UnreadableRadiographError) as told:
        read_radiograph(PICTURE)

    assert told.value.code == "internal_error"
    fault = str(told.value.details["fault"])
    assert f"The program's log says more under {fault}." in str(told.value)
    assert f"Fault {fault}" in caplog.text
    assert kind.__name__ in caplog.text
    assert PATIENT not in caplog.text
