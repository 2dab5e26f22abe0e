"""The place Batch counts, filters and saves what the list holds."""

import json
from typing import Any

from fixtures_exports import make_decision, make_refused, make_unreadable
from streamlit.testing.v1 import AppTest

from pneumonia.export.impression import Reading
from pneumonia.export.worklist_file import WorklistCase, save_worklist
from pneumonia.reasons.codes import Notice
from pneumonia.ui import batch_texts as texts

Cases = list[WorklistCase]


def script(cases: "Cases", elapsed: "float | None", digests: "dict[str, str]") -> None:
    import streamlit as st

    from pneumonia.ui import batch_page

    for identity, saved in batch_page.join_saved(digests).items():
        st.session_state.setdefault("joined", []).append((identity, saved))
    batch_page.show(cases, elapsed=elapsed)


def sha(number: int) -> str:
    return f"{number:064x}"


BATCH = [
    WorklistCase(1, "Anna.png", sha(1), make_decision(0.9, prevalence=0.15), done=True),
    WorklistCase(
        2, "bert.png", sha(2), make_decision(0.1, prevalence=0.15), Reading("normal", 4)
    ),
    WorklistCase(3, "c.dcm", sha(3), make_refused(prevalence=0.15).decision),
    WorklistCase(4, "d.dcm", sha(4), make_refused(prevalence=0.15).decision),
    WorklistCase(5, "e.txt", sha(5), make_unreadable(prevalence=0.15).decision),
    WorklistCase(6, "f.png", sha(6), locked=True),
    WorklistCase(7, "g.png"),
]


def open_place(
    cases: Cases,
    elapsed: float | None = None,
    digests: dict[str, str] | None = None,
) -> AppTest:
    arguments = {"cases": cases, "elapsed": elapsed, "digests": digests or {}}
    page = AppTest.from_function(script, default_timeout=120, kwargs=arguments)
    page.run()
    assert not page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def rows(page: AppTest) -> list[int]:
    return list(page.dataframe[0].value[texts.NUMBER]) if page.dataframe else []


def charts(page: AppTest) -> list[Any]:
    return list(page.get("vega_lite_chart"))


def load(page: AppTest, data: bytes) -> AppTest:
    field = page.file_uploader(key="batch_load")
    field.set_value([("worklist.json", data, "application/json")]).run()
    assert not page.exception
    return page


def test_empty_batch_says_what_to_do_and_can_load() -> None:
    page = open_place([])
    assert [info.value for info in page.info] == [texts.EMPTY]
    assert not page.metric
    assert page.file_uploader(key="batch_load")


def test_states_are_counted() -> None:
    assert metrics(open_place(BATCH)) == {
        texts.ALL: "7",
        texts.STATES["flagged"]: "1",
        texts.STATES["not_flagged"]: "1",
        texts.STATES["refused"]: "2",
        texts.STATES["unreadable"]: "1",
        texts.STATES["locked"]: "1",
        texts.STATES["reading"]: "1",
        texts.DONE: "1",
    }


def test_refusals_are_counted_by_reason() -> None:
    (table,) = open_place(BATCH).table
    assert list(table.value[texts.REASON]) == ["lateral view", "unreadable"]
    assert list(table.value[texts.COUNT]) == [2, 1]


def test_a_batch_without_refusals_has_no_table_of_them() -> None:
    assert not open_place(BATCH[:2]).table


def test_time_left_follows_the_time_taken() -> None:
    page = open_place(BATCH, elapsed=60)
    (progress,) = page.get("progress")
    told: Any = progress
    assert told.proto.text == "6 of 7 assessed · about 10 s left"
    done = open_place(BATCH[:6], elapsed=300)
    assert not done.get("progress")
    assert "Radiographs assessed: 6 in 5 min, 50.0 s each." in captions(done)


def test_numbers_stand_at_the_chosen_prevalence() -> None:
    page = open_place(BATCH)
    (chart,) = charts(page)
    assert texts.PROBABILITY.format(prevalence="15 %") in chart.proto.alt
    assert any("Radiographs: 2," in it for it in captions(page))


def test_scores_are_not_mixed_with_probabilities() -> None:
    score = WorklistCase(3, "c.png", sha(3), make_decision(0.5, calibrated=False))
    left_out = captions(open_place([*BATCH[:2], score]))
    assert any(texts.LEFT_OUT.format(count=1) in it for it in left_out)
    (alone,) = charts(open_place([score]))
    assert texts.SCORE in alone.proto.alt


def test_list_is_filtered_by_state_and_by_name() -> None:
    page = open_place(BATCH)
    assert rows(page) == [1, 2, 3, 4, 5, 6, 7]
    page.multiselect(key="batch_states_control").set_value(["refused", "flagged"]).run()
    assert rows(page) == [1, 3, 4]
    assert texts.SHOWN.format(shown=3, total=7) in captions(page)
    page.text_input(key="batch_find").set_value(" aNNa ").run()
    assert rows(page) == [1]
    page.text_input(key="batch_find").set_value("nobody").run()
    assert rows(page) == []
    assert texts.NOTHING_MATCHES in captions(page)


def test_a_locked_case_shows_no_answer() -> None:
    table = open_place(BATCH).dataframe[0].value
    row = table[table[texts.NUMBER] == 6].iloc[0]
    assert row[texts.STATE] == texts.STATES["locked"]
    assert row[texts.VALUE] == row[texts.NOTE] == ""


def test_warnings_stand_in_the_list() -> None:
    decision = make_decision(0.9, warnings=(Notice("text_in_picture"),))
    table = open_place([WorklistCase(1, "a.png", sha(1), decision)]).dataframe[0].value
    assert "text" in table[texts.NOTE][0]


def test_saved_worklist_is_joined_as_its_files_are_read() -> None:
    page = open_place(BATCH[:1], digests={"one": sha(1), "other": sha(99)})
    load(page, save_worklist(BATCH).encode())
    ((identity, saved),) = page.session_state["joined"]
    assert identity == "one"
    assert saved.done
    # Joined once: what the clinician changes afterwards stands.
    page.run()
    assert len(page.session_state["joined"]) == 1
    told = "\n".join(info.value for info in page.info)
    assert texts.JOINED.format(joined=1, total=6) in told
    assert texts.MISSING.format(missing=5) in told


def test_copies_of_a_file_are_both_joined() -> None:
    page = open_place(BATCH[:2], digests={"one": sha(2), "copy": sha(2)})
    load(page, save_worklist(BATCH).encode())
    joined = page.session_state["joined"]
    assert {identity for identity, _ in joined} == {"one", "copy"}
    assert all(saved.reading == Reading("normal", 4) for _, saved in joined)


def test_another_file_is_told_and_nothing_is_joined() -> None:
    page = load(open_place(BATCH), json.dumps({"format": "x"}).encode())
    (warning,) = page.warning
    assert "Received: another file" in warning.value
    assert "batch_saved" not in page.session_state


def test_saved_worklist_can_be_forgotten() -> None:
    page = load(open_place(BATCH), save_worklist(BATCH).encode())
    button = next(it for it in page.button if it.label == texts.FORGET)
    button.click().run()
    assert not page.info
    assert page.file_uploader(key="batch_load")
