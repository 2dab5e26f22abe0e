"""What the processor can compute in."""

from pathlib import Path
from typing import Final

import keras

_CPU_INFO: Final = Path("/proc/cpuinfo")
# As Linux names the instructions of x86 and of ARM.
_BFLOAT16: Final = {"avx512_bf16", "amx_bf16", "bf16"}


def has_bfloat16() -> bool:
    """Say whether there is a GPU, or a processor with instructions for bfloat16.

    Without them it is emulated: a step of the residual trunk took seven times as long
    as in float32. False where the system does not tell of its processor.
    """
    # Not `list_devices("gpu")`: JAX raises where there is none.
    if any(name.startswith("gpu") for name in keras.distribution.list_devices()):
        return True
    try:
        text = _CPU_INFO.read_text()
    except OSError:
        return False
    return not _BFLOAT16.isdisjoint(text.split())
