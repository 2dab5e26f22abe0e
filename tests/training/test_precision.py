"""The precision that this machine trains in."""

import pytest

from pneumonia.training import precision


@pytest.fixture
def steps_asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Let a step take as long as a test says, in seconds by precision."""
    seconds: dict[str, float] = {}
    monkeypatch.setattr(precision, "seconds_per_step", seconds.__getitem__)
    return seconds


@pytest.mark.parametrize(
    ("lower", "chosen"),
    [(0.8, "mixed_bfloat16"), (1.5, "mixed_bfloat16"), (9.0, "float32")],
)
def test_lower_precision_is_given_up_where_it_is_far_slower(
    lower: float, chosen: str, steps_asked: dict[str, float]
) -> None:
    steps_asked |= {"float32": 1.0, "mixed_bfloat16": lower}
    assert precision.choose_precision("mixed_bfloat16") == chosen


def test_giving_it_up_is_said(
    steps_asked: dict[str, float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    steps_asked |= {"float32": 1.0, "mixed_bfloat16": 9.0}
    precision.choose_precision("mixed_bfloat16")
    assert "mixed_bfloat16 takes 9 times as long here" in caplog.text


def test_float32_is_not_timed(steps_asked: dict[str, float]) -> None:
    assert precision.choose_precision("float32") == "float32"


def test_a_real_step_is_timed_in_either_precision() -> None:
    assert precision.seconds_per_step("float32") > 0
    assert precision.seconds_per_step("mixed_bfloat16") > 0
