"""The crew: each part once, whatever happens to workers. A stand-in plays Ray."""

import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pneumonia.cli.archive_sources import Source
from pneumonia.cli.archive_worker import Settings
from pneumonia.errors import WeightsError

archive_crew = pytest.importorskip("pneumonia.cli.archive_crew", exc_type=ImportError)

SETTINGS = Settings("tiny", "0" * 64, "1", "balanced", None, False, False)
Assess = Callable[[list[Source], bool], list[dict[str, Any]]]


def rows_for(sources: list[Source], give_up: bool) -> list[dict[str, Any]]:
    return [{"file": source.name, "given_up": give_up} for source in sources]


class Cluster:
    """A cluster whose workers answer when they are waited for, some not at all."""

    def __init__(self, assess: Assess, *, cores: int = 3, fault: str = "") -> None:
        self.assess, self.cores, self.fault = assess, cores, fault
        self.answers = dict[object, Callable[[], Any]]()
        self.order = random.Random(0)  # noqa: S311
        self.dead = set[object]()
        self.most_in_flight = self.started = 0

    def ask(self, worker: object, answer: Callable[[], Any]) -> object:
        ref = object()

        def alive() -> Any:
            if worker in self.dead:
                raise archive_crew.RayError("the worker is gone")
            try:
                return answer()
            except MemoryError as error:
                self.dead.add(worker)
                raise archive_crew.RayError("the worker died") from error

        self.answers[ref] = alive
        self.most_in_flight = max(self.most_in_flight, len(self.answers))
        return ref

    def make(self) -> Any:
        self.started += 1
        worker = SimpleNamespace()
        key = object()
        worker.key = key
        worker.load = SimpleNamespace(remote=lambda: self.ask(key, lambda: self.fault))
        worker.assess = SimpleNamespace(
            remote=lambda sources, give_up: self.ask(
                key, lambda: self.assess(sources, give_up)
            )
        )
        return _Hashable(worker)

    def wait(self, refs: list[object], timeout: float) -> Any:
        return [self.order.choice(refs)], []

    def get(self, ref: object) -> Any:
        return self.answers.pop(ref)()

    def kill(self, worker: Any) -> None:
        self.dead.add(worker.key)

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": float(self.cores)}


class _Hashable:
    def __init__(self, worker: Any) -> None:
        self.key, self.load, self.assess = worker.key, worker.load, worker.assess


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def assess(cluster: Cluster, parts: int = 20, size: int = 4) -> dict[int, Any]:
        actor = SimpleNamespace(remote=lambda _: cluster.make())
        stand_in = SimpleNamespace(
            remote=lambda _: SimpleNamespace(options=lambda num_cpus: actor),
            wait=cluster.wait,
            get=cluster.get,
            kill=cluster.kill,
            cluster_resources=cluster.cluster_resources,
        )
        monkeypatch.setattr(archive_crew, "ray", stand_in)
        found = dict[int, Any]()
        for number, rows in archive_crew.Crew(SETTINGS).assess(listed(parts, size)):
            assert number not in found, "a part came twice"
            found[number] = rows
        return found

    return assess


def listed(parts: int, size: int) -> Iterator[tuple[int, list[Source]]]:
    for number in range(parts):
        names = [f"{number}-{place}" for place in range(size)]
        yield number, [Source(name, name) for name in names]


def wanted(parts: int = 20, size: int = 4) -> dict[int, Any]:
    return {number: rows_for(sources, False) for number, sources in listed(parts, size)}


def test_every_part_comes_once_and_few_are_in_flight(run: Callable[..., Any]) -> None:
    cluster = Cluster(rows_for)
    assert run(cluster) == wanted()
    assert cluster.started == 3
    assert cluster.most_in_flight <= 3 * 2


@pytest.mark.parametrize("seed", range(20))
def test_workers_that_die_cost_no_part(run: Callable[..., Any], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311

    def assess(sources: list[Source], give_up: bool) -> list[dict[str, Any]]:
        if chance.random() < 0.1:
            raise MemoryError
        return rows_for(sources, False)

    assert run(Cluster(assess)) == wanted()


def test_a_file_that_ends_every_worker_is_left_out_alone(
    run: Callable[..., Any],
) -> None:
    def assess(sources: list[Source], give_up: bool) -> list[dict[str, Any]]:
        if not give_up and any(source.name == "7-2" for source in sources):
            raise MemoryError
        return rows_for(sources, give_up)

    found = run(Cluster(assess))
    rows = [row for part in found.values() for row in part]
    given_up = [row["file"] for row in rows if row["given_up"]]
    assert given_up == ["7-2"]
    assert [row["file"] for row in found[7]] == ["7-0", "7-1", "7-2", "7-3"]
    assert found.keys() == wanted().keys()


def test_cores_that_come_later_are_used(run: Callable[..., Any]) -> None:
    cluster = Cluster(rows_for, cores=1)

    def assess(sources: list[Source], give_up: bool) -> list[dict[str, Any]]:
        cluster.cores = 4
        return rows_for(sources, give_up)

    cluster.assess = assess
    assert run(cluster) == wanted()
    assert cluster.started == 4


def test_workers_without_the_weights_end_the_run(run: Callable[..., Any]) -> None:
    with pytest.raises(WeightsError, match=r"^Other weights\.$"):
        run(Cluster(rows_for, fault="Other weights."))


def test_workers_that_never_start_end_the_run(run: Callable[..., Any]) -> None:
    cluster = Cluster(rows_for)
    make = cluster.make

    def make_dead() -> Any:
        worker = make()
        cluster.dead.add(worker.key)
        return worker

    cluster.make = make_dead  # type: ignore[method-assign]
    with pytest.raises(WeightsError, match="Workers do not start"):
        run(cluster)
