"""Model, Reader study, Batch and Help in a browser: axe-core, and a phone's width."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 300_000
GRAVE: Final = {"serious", "critical"}
PLACES: Final = ("model", "study", "batch", "help")
END: Final = "The end of the place"
# Draws the place that the address names.
SCRIPT: Final = f"""
import json
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, "tests")
from fixtures_exports import make_decision, make_refused

from pneumonia.export.impression import Reading
from pneumonia.export.study import StudyCase
from pneumonia.export.worklist_file import WorklistCase
from pneumonia.ui import batch_page, help_page, model_page, study_page

st.set_page_config(layout="wide")
cards = [
    json.loads(Path("weights", name + ".json").read_text())
    for name in ("ensemble", "seed_cnn")
]
impressions = ("normal", "pneumonia", "pneumonia", "unsure")
place = st.query_params["place"]
if place == "model":
    model_page.show(cards[0], prevalence=0.15, others=cards[1:])
elif place == "help":
    help_page.show(cards[0], prevalence=0.15)
elif place == "study":
    study_page.show(
        [
            (
                ("NORMAL", "PNEUMONIA")[i % 2] + "/" + str(i) + ".png",
                StudyCase(
                    format(i, "064x"),
                    Reading(impressions[i % 4], 9.0, confidence=1 + i % 5),
                    score=i / 20,
                    flagged=i > 9,
                ),
            )
            for i in range(20)
        ],
        total=30,
    )
else:
    decisions = [make_decision(i / 20, prevalence=0.15) for i in range(1, 20)]
    decisions.append(make_refused(prevalence=0.15).decision)
    batch_page.show(
        [
            WorklistCase(i, "a_long_name_of_a_file_" + str(i), "ab" * 32, decision)
            for i, decision in enumerate(decisions, 1)
        ],
        elapsed=9.0,
    )
st.caption("{END}")
"""
# What sticks out of the window and out of nothing that scrolls or cuts it off.
STICKING_OUT: Final = """(width) => {
    const cut = (element) => {
        for (let it = element.parentElement; it; it = it.parentElement) {
            if (it.dataset.testid === "stMain") return false;
            if (getComputedStyle(it).overflowX !== "visible") return true;
        }
        return false;
    };
    return [...document.querySelectorAll("[data-testid=stMain] *")]
        .filter((it) => it.getBoundingClientRect().right > width + 1 && !cut(it))
        .map((it) => it.outerHTML.slice(0, 120));
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("places") / "app.py"
    script.write_text(SCRIPT)
    return serve(script)


@pytest.fixture
def open_place(chromium: Browser, address: str) -> Any:
    contexts = []

    def open_at(place: str, theme: Any, width: int) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 844}, color_scheme=theme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/?place={place}")
        page.get_by_text(END).wait_for()
        page.wait_for_timeout(2000)  # charts and fading parts
        return page

    yield open_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("place", PLACES)
def test_place_has_no_grave_finding(
    open_place: Callable[..., Page], place: str, theme: str
) -> None:
    found = Axe().run(open_place(place, theme, 1280)).response["violations"]
    assert not [
        f"{rule['id']}: {node['html']}"
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in GRAVE
    ]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_sticks_out_of_a_phone(
    open_place: Callable[..., Page], place: str
) -> None:
    page = open_place(place, "dark", 390)
    assert page.evaluate(STICKING_OUT, 390) == []
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390


def test_what_sticks_out_is_noticed(open_place: Callable[..., Page]) -> None:
    page = open_place("help", "dark", 390)
    page.get_by_text(END).evaluate("(it) => { it.style.width = '500px'; }")
    assert page.evaluate(STICKING_OUT, 390)
