"""Hostile files cost their own result only, within seconds and a gigabyte."""

from collections.abc import Iterator

import pytest
from attacks import attack_readers, hostile_files

from pneumonia.errors import RadiographError
from pneumonia.reading.isolation import DecoderPool


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    pool = DecoderPool(1)
    pool.start_one()
    yield pool
    pool.close()


@pytest.mark.parametrize("name", hostile_files.NAMED)
def test_what_once_hung_or_killed_a_reader_is_refused(
    name: str, pool: DecoderPool
) -> None:
    build, code = hostile_files.NAMED[name]

    report = attack_readers.attack([(name, build())], pool)

    assert report.outcomes == {code: 1}
    assert report.failures == {}


def test_a_refusal_of_many_parts_names_the_limit_and_what_was_found(
    pool: DecoderPool,
) -> None:
    with pytest.raises(RadiographError) as told:
        pool.read(hostile_files.tiff_of(directories=2000))

    assert str(told.value) == (
        "TIFF files of up to 1,000 directories are read. Received: 1,001 or more. "
        "Export the radiograph again."
    )


def test_mutants_are_read_or_refused_and_nothing_else(pool: DecoderPool) -> None:
    report = attack_readers.attack(attack_readers.mutants(110, seed=1), pool)

    assert report.failures == {}
    assert report.outcomes["read"] > 10


def test_the_same_seed_gives_the_same_mutants() -> None:
    first = [hostile_files.make(index, 3) for index in range(30)]

    assert first == [hostile_files.make(index, 3) for index in range(30)]
