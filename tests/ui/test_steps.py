"""Steps between cases: counted in the browser, taken in by the page."""

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
