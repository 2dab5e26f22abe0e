"""A few hundred mutants; `tests/fuzz_readers.py` makes as many as one likes."""

import fuzz_readers


def test_damaged_files_are_read_or_refused_and_nothing_else() -> None:
    outcomes, failures = fuzz_readers.fuzz(400, 7, fuzz_readers.seeds())

    assert failures == {}
    assert outcomes["read"] > 20
    assert outcomes["unreadable"] > 20


def test_the_same_seed_gives_the_same_mutants() -> None:
    originals = fuzz_readers.seeds()

    first = [fuzz_readers.make(index, 3, originals) for index in range(20)]

    assert first == [fuzz_readers.make(index, 3, originals) for index in range(20)]
    assert len(set(first)) == 20
