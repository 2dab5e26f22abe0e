"""How long reading will take is said in words."""

import pytest

from pneumonia.ui.time_left import write_duration, write_time_left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.2, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min")),
        *((89.4 * 60, "89 min"), (90 * 60, "1 h 30 min"), (8000, "2 h 13 min")),
    ],
)
def test_many_seconds_are_minutes_and_many_minutes_hours(
    seconds: float, words: str
) -> None:
    assert write_duration(seconds) == words


def test_the_rest_takes_as_long_as_what_is_read() -> None:
    assert write_time_left(10, 5000, 5.0) == "about 42 min left"


@pytest.mark.parametrize(
    ("read", "elapsed"), [(0, 5.0), (10, None), (10, 0.0), (5000, 5.0)]
)
def test_nothing_is_said_without_a_pace_or_at_the_end(
    read: int, elapsed: float | None
) -> None:
    assert write_time_left(read, 5000, elapsed) == ""
