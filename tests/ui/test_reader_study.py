"""How sure the clinician is, asked after the impression; readings that return."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pneumonia.export.impression import Reading
from pneumonia.export.worklist_file import SavedCase
from pneumonia.ui import study_texts
from pneumonia.ui.reader_study import Reader, shuffled
from pneumonia.ui.uploads import Case


def script() -> None:
    from pneumonia.ui.reader_study import Reader
    from pneumonia.ui.uploads import Case

    reader = Reader.of_session()
    case = Case("one", "one.png", bytes)
    if case.identity in reader.readings:
        reader.show(case, None)
    else:
        reader.ask(case, with_confidence=True)


def open_case() -> AppTest:
    return AppTest.from_function(script, default_timeout=120).run()


def reading(page: AppTest) -> Reading:
    (found,) = page.session_state["reader"].readings.values()
    assert isinstance(found, Reading)
    return found


def test_how_sure_is_asked_after_the_impression_and_recorded_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(monotonic=lambda: 2.0)
    monkeypatch.setattr("pneumonia.ui.reader_study.time", clock)
    page = open_case()
    assert not page.radio
    page.button(key="impression-normal").click().run()
    clock.monotonic = lambda: 7.0
    page.button(key="impression-pneumonia").click().run()
    clock.monotonic = lambda: 70.0
    assert not page.session_state["reader"].readings
    page.radio[0].set_value(4).run()
    assert (reading(page).impression, reading(page).confidence) == ("pneumonia", 4)
    assert reading(page).seconds == 5  # not with the time that the second answer took
    said = "\n".join(element.value for element in page.markdown)
    assert study_texts.RECORDED_CONFIDENCE.format(confidence=4) in said


def test_unsure_has_no_confidence() -> None:
    page = open_case()
    page.button(key="impression-pneumonia").click().run()
    page.button(key="impression-unsure").click().run()
    assert (reading(page).impression, reading(page).confidence) == ("unsure", None)


def test_the_time_of_a_case_runs_while_it_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def script() -> None:
        import streamlit as st

        from pneumonia.ui.reader_study import Reader
        from pneumonia.ui.uploads import Case

        name = st.session_state["name"]
        Reader.of_session().ask(Case(name, f"{name}.png", bytes))

    page = AppTest.from_function(script, default_timeout=120)
    for now, name in ((0.0, "one"), (10.0, "two"), (100.0, "one")):
        clock = SimpleNamespace(monotonic=lambda now=now: now)
        monkeypatch.setattr("pneumonia.ui.reader_study.time", clock)
        page.session_state["name"] = name
        page.run()
    clock.monotonic = lambda: 105.0
    page.button(key="impression-normal").click().run()
    assert reading(page).seconds == 15


def test_restored_reading_does_not_replace_one_of_this_session() -> None:
    reader, case = Reader(), Case("one", "one.png", bytes)
    for reading in (Reading("normal", 3), Reading("pneumonia", 5)):
        reader.restore(case, SavedCase(done=False, seen=False, reading=reading))
    assert reader.readings["one"] == Reading("normal", 3)
    assert not reader.was_shown(case.identity)


def test_case_whose_answer_was_seen_before_a_reload_is_not_read_first() -> None:
    reader, case = Reader(), Case("one", "one.png", bytes)
    reader.restore(case, SavedCase(done=True, seen=True, reading=None))
    assert reader.was_shown(case.identity)
    assert not reader.readings


def test_only_what_was_recorded_since_the_last_export_would_be_lost() -> None:
    reader, case = Reader(), Case("one", "one.png", bytes)
    assert not reader.unexported
    reader.readings["one"] = Reading("normal", 3)
    assert reader.unexported
    reader.note_export()
    assert not reader.unexported
    reader.mark(case, (1, 2, 3, 4))  # changes what was recorded
    assert reader.unexported


def test_file_that_returns_has_its_reading_and_its_export() -> None:
    reader = Reader(readings={"one": Reading("normal", 3)})
    reader.note_answers([Case("one", "one.png", bytes)])
    reader.note_export()
    again = Case("two", "one.png", bytes)
    reader.take_over("one", again)
    assert reader.readings == {"two": Reading("normal", 3)}
    assert reader.was_shown(again.identity)
    assert not reader.unexported


def test_order_is_shuffled_and_stays() -> None:
    cases = [f"case {number}" for number in range(20)]
    mixed = shuffled(cases, seed=1)
    assert sorted(mixed) == sorted(cases)
    assert mixed != cases
    assert shuffled(cases, seed=1) == mixed
    assert shuffled(cases, seed=2) != mixed
    # One more does not move the others.
    more = shuffled([*cases, "late"], seed=1)
    assert [case for case in more if case != "late"] == mixed
