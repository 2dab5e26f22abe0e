"""Reads files from strangers in processes of their own, so that no file ends this one.

A decoder that hangs, aborts or asks for all memory costs its own file. The processes
are started when first needed, one for each core and at most four, and are used again
for every file. ``PNEUMONIA_DECODERS`` sets another number; with 0 files are read in
this process.
"""

import atexit
import functools
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, NamedTuple

from pneumonia.errors import RadiographError, UnreadableRadiographError, note_fault
from pneumonia.language.speech import N_
from pneumonia.reading.environment import whole_number
from pneumonia.reading.radiograph import (
    MAX_BYTES,
    Radiograph,
    read_radiograph,
    sha256_of,
)
from pneumonia.reading.radiograph_message import (
    LENGTHS,
    Message,
    from_message,
    receive,
)

_logger = logging.getLogger(__name__)

_PACKAGE: Final = str(Path(__file__).parents[2])
_MOST_PROCESSES: Final = 4
# A busy machine may take long; this is no fault of the file.
_START_SECONDS: Final = 600
_END_SECONDS: Final = 5
# What a process needs to know of this one; a file that takes it over learns no secret.
_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
_ONE_THREAD: Final = {"OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
# Nothing of a file stays in memory that was freed: Python keeps no small pieces of its
# own, and the C library overwrites them. So memory is new for each file, which costs
# little in large pages (`hugetlb`).
_FORGETFUL: Final = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=1"
    ":glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1",
}
_one_at_a_time: Final = threading.Lock()
_pools: Final[list["DecoderPool"]] = []


class Limits(NamedTuple):
    """What one file may take.

    JPEG 2000 of 50 million pixels takes 13 seconds of the processor, any other
    radiograph less than 5; the largest need 900 MB.

    Attributes
    ----------
    cpu_seconds : int
        Of the processor.
    wall_seconds : int
        Of the clock, for one that waits; a busy machine may give little of a core.
    megabytes : int
        Of memory, beyond what a process takes before.
    """

    cpu_seconds: int = 15
    wall_seconds: int = 180
    megabytes: int = 1024


def read_isolated(data: bytes, *, sha256: str | None = None) -> Radiograph:
    """Decode a DICOM or picture file in another process.

    Parameters
    ----------
    data : bytes
        The whole file.
    sha256 : str, optional
        Its digest, where it is known.

    Returns
    -------
    Radiograph
        As `pneumonia.reading.radiograph.read_radiograph` gives it.

    Raises
    ------
    UnreadableRadiographError, UnsupportedRadiographError
        As `read_radiograph` does; also with the code ``over_limit`` if it takes more
        time or memory than any radiograph, and ``decoder_failed`` if it ends the
        process.
    """
    pool = _pool()
    # What is too long to send is refused by its length alone.
    if pool is None or not 0 < len(data) <= MAX_BYTES:
        return read_radiograph(data, sha256=sha256)
    return pool.read(data, sha256)


def start_decoders() -> None:
    """Start a process ahead of the first file, without waiting for it."""
    if pool := _pool():
        pool.start_one()


def decoder_processes() -> list[int]:
    """Return the numbers of the processes that run now; none is started for it."""
    return [number for pool in _pools for number in pool.process_ids]


def count_busy_decoders() -> int:
    """Return how many of them are decoding a file now."""
    return sum(pool.busy for pool in _pools)


def _pool() -> "DecoderPool | None":
    with _one_at_a_time:
        return _pool_of(os.getpid())


@functools.cache
def _pool_of(_: int) -> "DecoderPool | None":
    """Return this process's pool; one that was forked from it has its own."""
    size = _count_decoders()
    if size == 0 or sys.platform == "win32":
        return None
    pool = DecoderPool(size)
    _pools[:] = [pool]  # a fork's own in place of its parent's
    atexit.register(pool.close)
    return pool


def _count_decoders() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return whole_number("PNEUMONIA_DECODERS", min(cores, _MOST_PROCESSES))


class DecoderPool:
    """Processes that decode. Safe to share between threads.

    Parameters
    ----------
    size : int
        How many there are at most.
    limits : Limits
    """

    def __init__(self, size: int, limits: Limits = Limits()) -> None:  # noqa: B008
        self._limits = limits
        self._free = threading.Semaphore(size)
        self._idle: list[_Decoder] = []
        self._all: set[_Decoder] = set()

    def read(self, data: bytes, sha256: str | None = None) -> Radiograph:
        """Decode a file, as `read_isolated` does."""
        with self._free:
            try:
                read = self._read(data, sha256)
                if read is None:
                    # Something else ended the process: the file may be sound.
                    read = self._read(data, sha256)
            except Exception as error:
                raise note_fault(error) from error
        if isinstance(read, Radiograph):
            return read
        raise read or UnreadableRadiographError("decoder_failed")

    def start_one(self) -> None:
        """Start a process if there is none."""
        if not self._all:
            self._idle.append(self._start())

    @property
    def process_ids(self) -> list[int]:
        """The numbers of the processes that run now."""
        return [decoder.process_id for decoder in list(self._all)]

    @property
    def busy(self) -> int:
        """How many of them have a file now."""
        return max(0, len(self._all) - len(self._idle))

    def close(self) -> None:
        """End all processes; those that are decoding too."""
        decoders = list(self._all)
        for decoder in decoders:
            decoder.hang_up()
        for decoder in decoders:
            decoder.end(_END_SECONDS)
        self._all.clear()
        self._idle.clear()

    def _start(self) -> "_Decoder":
        decoder = _Decoder(self._limits)
        self._all.add(decoder)
        return decoder

    def _read(
        self, data: bytes, sha256: str | None
    ) -> Radiograph | RadiographError | None:
        """Decode a file; None if the process was killed by somebody else."""
        try:
            decoder = self._idle.pop()
        except IndexError:
            decoder = self._start()
        is_sound = False
        try:
            decoder.send(data)
            digest = sha256_of(data) if sha256 is None else sha256
            read = from_message(decoder.receive(), digest)
            is_sound = True
            return read
        except TimeoutError:
            return _over_limit(self._limits.wall_seconds)
        except (EOFError, OSError, KeyError, TypeError, ValueError):
            status = decoder.end(_END_SECONDS)
            if status == -signal.SIGPROF:
                return _over_limit(self._limits.cpu_seconds)
            _logger.warning("A decoder ended with %s.", status)
            if status == -signal.SIGKILL:
                return None
            return UnreadableRadiographError("decoder_failed")
        finally:
            if is_sound:
                self._idle.append(decoder)
            else:
                decoder.end(0)
                self._all.discard(decoder)


def _over_limit(seconds: int) -> UnreadableRadiographError:
    return UnreadableRadiographError("over_limit", limit=seconds, unit=N_("seconds"))


class _Decoder:
    """A process that decodes, and what leads to it."""

    def __init__(self, limits: Limits) -> None:
        self._seconds = limits.wall_seconds
        self._channel, theirs = socket.socketpair()
        pipe, self._lifeline = os.pipe()
        environment = {
            name: os.environ[name] for name in _ENVIRONMENT if name in os.environ
        }
        self._process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                *("-m", "pneumonia.reading.decoding_worker"),
                *(str(theirs.fileno()), str(pipe)),
                *(str(limits.cpu_seconds), str(limits.megabytes)),
            ],
            pass_fds=(theirs.fileno(), pipe),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # Decoders write there what they find in a file.
            stderr=subprocess.DEVNULL,
            env={
                **environment,
                **_ONE_THREAD,
                **_FORGETFUL,
                "PYTHONPATH": os.pathsep.join([_PACKAGE, *filter(None, sys.path)]),
            },
        )
        theirs.close()
        os.close(pipe)
        self._is_ready = False

    @property
    def process_id(self) -> int:
        return self._process.pid

    def send(self, data: bytes) -> None:
        """Have a file decoded; raises what `receive` raises."""
        if not self._is_ready:
            try:
                receive(self._channel, _START_SECONDS)
            except (EOFError, OSError) as error:
                raise RuntimeError("a decoder did not start") from error
            self._is_ready = True
        self._channel.settimeout(self._seconds)
        self._channel.sendall(LENGTHS.pack(0, len(data)))
        self._channel.sendall(data)

    def receive(self) -> Message:
        """Wait for what was read of the file; raises what `receive` raises."""
        message = receive(self._channel, self._seconds)
        for line in message.header.pop("log"):
            _logger.error("%s", line)
        return message

    def hang_up(self) -> None:
        """Close what leads to the process, which ends it."""
        self._channel.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def end(self, seconds: float) -> int:
        """End the process, by force after some seconds, and return its exit status."""
        self.hang_up()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
