"""The page as AppTest runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

SCRIPT = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(SCRIPT), default_timeout=120)


@pytest.fixture
def fresh_model() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()
