"""The places Model, Reader study, Batch, Help and Record, drawn with made-up cases."""

from typing import Final

END: Final = "The end of the place"
# Draws the place that the address names.
SCRIPT: Final = f"""
import json
import sys
import tempfile
from pathlib import Path

import streamlit as st

sys.path.insert(0, "tests")
from fixtures_audit import make_entry
from fixtures_exports import make_decision, make_refused

from pneumonia.audit.recorder import Recorder
from pneumonia.audit.store import AuditStore
from pneumonia.export.impression import Reading
from pneumonia.export.study import StudyCase
from pneumonia.export.worklist_file import WorklistCase
from pneumonia.language.speech import speak
from pneumonia.ui import audit_page, batch_page, help_page, model_page, study_page

st.set_page_config(layout="wide")
cards = [
    json.loads(Path("weights", name + ".json").read_text())
    for name in ("ensemble", "seed_cnn")
]
impressions = ("normal", "pneumonia", "pneumonia", "unsure")
place = st.query_params["place"]
speak(st.query_params.get("language", "en"))
if place == "model":
    model_page.show(cards[0], prevalence=0.15, others=cards[1:])
elif place == "help":
    help_page.show(cards[0], prevalence=0.15)
elif place == "record":
    folder = Path(tempfile.mkdtemp())
    store = AuditStore(str(folder / "audit.db"))
    weights = {{"weights_sha256": cards[0]["sha256"]}}
    store.append(
        [make_entry(i, score=(1 + i % 50) / 52, **weights) for i in range(100)]
        + [make_entry(100, refusal="lateral_view", score=None, **weights)]
        + [make_entry(101, impression="normal", **weights)]
    )
    audit_page.show(Recorder(store, folder / "waiting"), cards[0])
    store.close()
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
