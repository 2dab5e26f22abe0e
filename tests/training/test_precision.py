"""Bfloat16 is used where the processor has it: emulated, it takes far longer."""

from pathlib import Path

import keras
import pytest

from pneumonia.training import precision
from pneumonia.training.precision import has_bfloat16

X86 = "flags\t\t: fpu sse2 avx512f {}\n"
ARM = "Features\t: fp asimd {}\n"


@pytest.fixture
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand for the file in which Linux describes its processor; absent at first."""
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(precision, "_CPU_INFO", path)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0"])
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (X86.format("avx512_bf16"), True),
        (X86.format("amx_bf16"), True),
        (ARM.format("bf16"), True),
        (X86.format("avx2"), False),
        (ARM.format("sve"), False),
    ],
)
def test_processor_has_the_instructions(
    text: str, expected: bool, processor: Path
) -> None:
    processor.write_text(text)
    assert has_bfloat16() is expected


def test_a_system_that_does_not_tell_is_taken_to_have_none(processor: Path) -> None:
    assert not processor.exists()
    assert not has_bfloat16()


def test_a_gpu_is_enough(processor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["gpu:0"])
    assert has_bfloat16()
