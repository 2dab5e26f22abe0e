"""Long work in parts goes on, however slow the server is."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect

# Each run takes longer than it takes until a lost request is repeated.
SCRIPT: Final = """
import time

import streamlit as st

from pneumonia.ui.turns import ask_for_next_turn

ended = st.session_state.get("ended", 0)
st.write(f"Runs that ended: {ended}")
for _ in range(24):
    time.sleep(0.5)
    st.empty()  # here Streamlit stops a run that another one comes upon
st.session_state["ended"] = ended + 1
if ended < 2:
    ask_for_next_turn()
"""


@pytest.mark.browser
def test_a_run_is_not_begun_anew_while_it_goes_on(
    chromium: Browser, serve: Callable[..., str], tmp_path: Path
) -> None:
    script = tmp_path / "app.py"
    script.write_text(SCRIPT)
    page = chromium.new_page()
    page.goto(serve(script))
    expect(page.get_by_text("Runs that ended: 2")).to_be_visible(timeout=120_000)
    page.close()
