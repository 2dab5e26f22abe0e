"""The workers of a cluster, and what each is at.

Plain actors of Ray and a bounded number of parts in flight, not Ray Data: a part keeps
its name through every failure, so its rows are written once, and a later run goes on
from the parts that are there. Ray Data cuts its output by blocks of its own.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import ray
from ray.exceptions import RayError

from pneumonia.cli.archive_sources import Source
from pneumonia.cli.archive_worker import Settings, Worker
from pneumonia.cli.outputs import Row
from pneumonia.errors import WeightsError

# One is worked on, one waits, so that no worker waits for this process.
_PARTS_EACH: Final = 2
# After that its files go one by one, and after that the one is left out.
_TRIES: Final = 3
_FAILED_STARTS: Final = 10
# To look whether the cluster has grown.
_LOOK_SECONDS: Final = 5


@dataclass(eq=False)
class _Task:
    """Files of a part that go to one worker together."""

    number: int
    first: int  # the place in the part of the first of them
    sources: list[Source]
    tries: int = 0
    give_up: bool = False


class Crew:
    """A worker for each core of the cluster, also of those that come later.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting: dict[Any, Any] = {}
        self._at_work: dict[Any, tuple[Any, _Task]] = {}
        self._free = deque[Any]()
        self._workers: set[Any] = set()
        self._again = deque[_Task]()
        self._split: dict[int, list[Row | None]] = {}
        self._failed_starts = 0

    def assess(
        self, parts: Iterator[tuple[int, list[Source]]]
    ) -> Iterator[tuple[int, list[Row]]]:
        """Assess parts, each again on another worker if its own is lost.

        Parameters
        ----------
        parts : iterator of (int, list of Source)
            Asked for the next one only when a worker has room for it.

        Yields
        ------
        tuple of (int, list of dict)
            The part's number and its rows, once, in the order in which they are done.

        Raises
        ------
        WeightsError
            If the workers cannot load the model.
        """
        while self._hand_out(parts) or self._at_work:
            self._hire()
            waiting = [*self._starting, *self._at_work]
            done, _ = ray.wait(waiting, timeout=_LOOK_SECONDS) if waiting else ([], [])
            for each in done:
                if each in self._starting:
                    self._welcome(each)
                elif each in self._at_work:
                    yield from self._collect(each)

    def _hire(self) -> None:
        """Have a worker for each core; those without room wait for it."""
        cores = int(ray.cluster_resources().get("CPU", 0))
        while len(self._workers) < cores:
            actor = ray.remote(Worker).options(num_cpus=1)
            worker = actor.remote(self._settings)
            self._workers.add(worker)
            self._starting[worker.load.remote()] = worker

    def _welcome(self, started: Any) -> None:
        worker = self._starting.pop(started)
        try:
            fault = ray.get(started)
        except RayError as error:
            self._workers.discard(worker)
            self._failed_starts += 1
            if self._failed_starts < _FAILED_STARTS:
                return
            kind = type(error).__name__
            fault = f"Workers do not start ({kind}). Is the program on all machines?"
        if fault:
            raise WeightsError(fault)
        self._failed_starts = 0
        self._free.extend([worker] * _PARTS_EACH)

    def _hand_out(self, parts: Iterator[tuple[int, list[Source]]]) -> bool:
        """Give each free worker something; returns whether anything may be left."""
        while self._free:
            task = self._again.popleft() if self._again else None
            if task is None:
                part = next(parts, None)
                if part is None:
                    return False
                task = _Task(part[0], 0, part[1])
            worker = self._free.popleft()
            asked = worker.assess.remote(task.sources, give_up=task.give_up)
            self._at_work[asked] = worker, task
        return True

    def _collect(self, done: Any) -> Iterator[tuple[int, list[Row]]]:
        worker, task = self._at_work.pop(done)
        try:
            rows = ray.get(done)
        except RayError:
            self._dismiss(worker)
            self._repeat(task)
            return
        if worker in self._workers:
            self._free.append(worker)
        if task.number not in self._split:
            yield task.number, rows
            return
        split = self._split[task.number]
        split[task.first] = rows[0]
        if all(split):
            del self._split[task.number]
            yield task.number, [row for row in split if row is not None]

    def _dismiss(self, worker: Any) -> None:
        """End a worker; what else it was at fails, and is repeated."""
        self._workers.discard(worker)
        self._free = deque(each for each in self._free if each is not worker)
        ray.kill(worker)

    def _repeat(self, task: _Task) -> None:
        task.tries += 1
        if task.tries < _TRIES:
            self._again.append(task)
        elif task.number in self._split:
            task.give_up, task.tries = True, 0
            self._again.append(task)
        else:
            self._split[task.number] = [None] * len(task.sources)
            for place, source in enumerate(task.sources):
                self._again.append(_Task(task.number, place, [source]))
