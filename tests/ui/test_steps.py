"""Steps between cases: counted in the browser, taken in by the page."""

import hashlib
from typing import Any

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from pneumonia.ui.steps import describe_place, take_step

    for asked in st.session_state.pop("sent", ()):
        st.session_state["viewer"] = {"asked": asked}
        take_step("viewer")
    opened = st.session_state.get("open_case", "a")
    st.session_state["told"] = describe_place(
        st.session_state.get("list", "abcd"), opened, key="viewer"
    )


def page() -> AppTest:
    return AppTest.from_function(script).run(timeout=60)


def send(page: AppTest, *places: int, order: str | None = None) -> dict[str, Any]:
    name = order or page.session_state["told"]["order"]
    page.session_state["sent"] = [
        {"order": name, "place": place, "mount": "m", "step": step}
        for step, place in enumerate(places, 1)
    ]
    page.run(timeout=60)
    told: dict[str, Any] = page.session_state["told"]
    return told


def test_the_last_of_several_steps_decides() -> None:
    told = send(page(), 1, 3)
    assert told["place"] == 3
    assert told["answered"] == {"mount": "m", "step": 2}


def test_a_place_beyond_the_list_opens_nothing_and_is_answered() -> None:
    told = send(page(), 4)
    assert told["place"] == 0
    assert told["answered"]["step"] == 1


def test_a_step_in_an_order_that_has_changed_opens_what_was_meant() -> None:
    shown = page()
    before = shown.session_state["told"]["order"]
    shown.session_state["list"] = "dcba"
    shown.run(timeout=60)
    told = send(shown, 1, order=before)
    assert shown.session_state["open_case"] == "b"
    assert told["place"] == 2


def test_an_order_nobody_remembers_opens_nothing() -> None:
    assert send(page(), 2, order="unknown")["place"] == 0


def test_a_case_that_the_filter_hides_lies_before_the_first() -> None:
    shown = page()
    shown.session_state["list"] = "bcd"
    shown.run(timeout=60)
    assert shown.session_state["told"]["place"] == -1


def list_script() -> None:
    import streamlit as st

    from pneumonia.ui.steps import open_case
    from pneumonia.ui.uploads import Case

    cases = [Case(name, name, bytes) for name in st.session_state.get("list", "abcd")]
    st.session_state["opened"] = open_case(cases).identity


def test_case_after_one_that_is_taken_off_comes_to_its_place() -> None:
    page = AppTest.from_function(list_script).run(timeout=60)
    assert page.session_state["opened"] == "a"
    page.session_state["open_case"] = "c"
    page.run(timeout=60)
    for listed, opened in (("abd", "d"), ("ab", "b"), ("abc", "c")):
        page.session_state["list"] = listed
        page.run(timeout=60)
        assert page.session_state["opened"] == opened


def done_script() -> None:
    import streamlit as st

    from pneumonia.ui.done_button import done_cases, take_presses

    cases = [*"abcd"]
    st.session_state.setdefault("shown_case", "a")
    if sent := st.session_state.pop("sent", None):
        order = st.session_state.get("order", cases)
        take_presses(sent, cases, order, lambda it: it == "d")
    st.session_state["marked"] = sorted(done_cases())


def press(*cases: str, done: bool = True, **session: Any) -> AppTest:
    page = AppTest.from_function(done_script)
    for key, value in session.items():
        page.session_state[key] = value
    named = [hashlib.sha256(it.encode()).hexdigest()[:16] for it in cases]
    presses = [[number, it, done] for number, it in enumerate(named, 1)]
    page.session_state["sent"] = {"mount": "m", "presses": presses}
    return page.run(timeout=60)


def test_a_press_marks_its_case_and_opens_the_next() -> None:
    page = press("a")
    assert page.session_state["marked"] == ["a"]
    assert page.session_state["open_case"] == "b"


def test_a_press_for_a_case_that_was_left_marks_it_and_leads_nowhere() -> None:
    page = press("a", open_case="c")
    assert page.session_state["marked"] == ["a"]
    assert page.session_state["open_case"] == "c"


def test_a_press_for_a_case_that_the_list_hides_is_not_lost() -> None:
    page = press("a", order=["b", "c"], open_case="b")
    assert page.session_state["marked"] == ["a"]
    assert page.session_state["open_case"] == "b"


def test_a_second_press_on_the_same_case_does_not_mark_the_next() -> None:
    page = press("a", "a")
    assert page.session_state["marked"] == ["a"]
    assert page.session_state["open_case"] == "b"


def test_a_press_that_was_answered_is_not_taken_again() -> None:
    page = press("a")
    page.session_state["done"] = set()
    name = hashlib.sha256(b"a").hexdigest()[:16]
    page.session_state["sent"] = {"mount": "m", "presses": [[1, name, True]]}
    assert page.run(timeout=60).session_state["marked"] == []


def test_a_press_for_no_case_of_the_list_marks_nothing() -> None:
    assert press("x").session_state["marked"] == []


def test_a_press_on_a_case_that_waits_for_an_impression_marks_nothing() -> None:
    page = press("d", shown_case="d")
    assert page.session_state["marked"] == []
    assert "open_case" not in page.session_state


def removing_script() -> None:
    import streamlit as st

    from pneumonia.ui.steps import describe_place, open_case, take_removals
    from pneumonia.ui.uploads import Case

    cases = st.session_state.setdefault("cases", [*"abc"])
    if asked := st.session_state.pop("sent", None):
        st.session_state["list"] = {"removed": asked}
        take_removals("list", lambda it: cases.remove(it) if it in cases else None)
    order = st.session_state.get("order", cases)
    opened = open_case([Case(it, it, bytes) for it in cases]).identity
    st.session_state["opened"] = opened
    st.session_state["told"] = describe_place(order, opened, key="list")


def removing(opened: str, *removed: str, order: str = "abc") -> AppTest:
    page = AppTest.from_function(removing_script)
    page.session_state["open_case"] = opened
    page.session_state["order"] = [*order]
    page.run(timeout=60)
    name = page.session_state["told"]["order"]
    page.session_state["sent"] = [
        {"order": name, "place": order.index(it)} for it in removed
    ]
    return page.run(timeout=60)


def test_the_case_after_one_that_was_removed_opens_as_the_list_is_ordered() -> None:
    page = removing("c", "c", order="cab")
    assert page.session_state["cases"] == ["a", "b"]
    assert page.session_state["opened"] == "a"


def test_removing_the_last_of_the_list_opens_the_one_before() -> None:
    assert removing("b", "b", order="cab").session_state["opened"] == "a"


def test_removing_a_case_that_was_left_meanwhile_stays_at_the_open_one() -> None:
    page = removing("b", "a")
    assert page.session_state["cases"] == ["b", "c"]
    assert page.session_state["opened"] == "b"


def test_a_removal_that_is_asked_for_twice_takes_one_case_off() -> None:
    page = removing("a", "a", "a")
    assert page.session_state["cases"] == ["b", "c"]
    assert page.session_state["opened"] == "b"
