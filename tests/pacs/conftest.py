"""What tests of the PACS share."""

import pytest

from pneumonia import load_classifier
from pneumonia.pacs.results import Assessor


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    return Assessor(load_classifier())
