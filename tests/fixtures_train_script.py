"""Call train.py within the test's process, and read what it told the person."""

import functools
import logging
import sys
from pathlib import Path

import pytest
from fixtures_models import tiny_network

import train
from pneumonia.model import architectures


def run_train(*arguments: str | Path) -> int:
    """Call train.py with these arguments; returns its exit status."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        return train.main()


def use_tiny_network(patch: pytest.MonkeyPatch, architecture: str) -> None:
    """Put the tiny network in the place of an architecture."""
    build = functools.partial(tiny_network, seed=None)
    patch.setitem(architectures.ARCHITECTURES, architecture, build)


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the errors that train.py told the person."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ]
