"""How often files are decoded, whoever asks for it."""

import sys

import pytest

from pneumonia.reading.radiograph import Radiograph, read_radiograph, sha256_of


def count_decoding(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which every call of `read_radiograph` adds the file's digest."""
    digests: list[str] = []

    def read(data: bytes) -> Radiograph:
        digests.append(sha256_of(data))
        return read_radiograph(data)

    for name, module in list(sys.modules.items()):
        if name.startswith("pneumonia") and hasattr(module, "read_radiograph"):
            monkeypatch.setattr(module, "read_radiograph", read)
    return digests
