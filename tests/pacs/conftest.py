"""What tests of the PACS share."""

import gc
import warnings
from collections.abc import Iterator

import pytest

from pneumonia import load_classifier
from pneumonia.pacs.results import Assessor


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    return Assessor(load_classifier())


@pytest.fixture(scope="module", autouse=True)
def _sockets_are_collected() -> Iterator[None]:
    """Collect the sockets of failed connections, which pynetdicom does not close."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
