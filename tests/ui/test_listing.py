"""What a click makes again, and what is kept from run to run."""

import gc
from typing import Any

import numpy as np
import pytest
from fixtures_page import (
    choose,
    column,
    open_page,
    phantom_png,
    press_done,
    remove,
    states,
    upload,
)

from pneumonia.model.decision import decide
from pneumonia.ui import array_memory, texts
from pneumonia.ui.array_memory import once_for
from pneumonia.ui.downloads import Downloads


def test_a_click_decides_only_what_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    decided: list[Any] = []

    def count(*arguments: Any, **named: Any) -> Any:
        decided.append(arguments)
        return decide(*arguments, **named)

    monkeypatch.setattr("pneumonia.ui.open_worklist.decide", count)
    page = upload(open_page(), *((f"{n}.png", phantom_png(n)) for n in range(3)))
    assert "reading" not in states(page)
    decided.clear()
    press_done(page)
    assert len(decided) == 1
    decided.clear()
    choose(page, texts.OPERATING_POINT, "screening")
    assert len(decided) == 3


def test_a_case_without_its_name_keeps_its_number_when_another_goes() -> None:
    page = open_page()
    page.session_state["study_hide_names"] = True
    upload(page, *((f"{n}.png", phantom_png(n)) for n in range(3)))
    assert column(page, "name") == ["Case 1", "Case 2", "Case 3"]
    remove(page, 1)
    assert column(page, "name") == ["Case 1", "Case 3"]


def test_a_long_list_is_fetched_and_not_sent() -> None:
    page = upload(open_page(), *((f"{n}.png", phantom_png(n % 2)) for n in range(21)))
    assert len(states(page)) == 21
    lent = [it for it in page.session_state["downloads"].offered if "rows-" in it]
    assert lent


def test_only_the_last_two_of_a_kind_can_be_fetched() -> None:
    downloads = Downloads()
    for number in range(4):
        downloads.lend("grey", str(number), lambda: b"", "application/octet-stream")
    assert list(downloads.offered) == ["grey-2", "grey-3"]


def test_what_is_computed_of_an_array_goes_with_it() -> None:
    gc.collect()
    before, array = len(array_memory._known), np.zeros(3)
    assert once_for(array, "sum", lambda: 1) == 1
    assert once_for(array, "sum", lambda: 2) == 1
    assert len(array_memory._known) == before + 1
    del array
    assert len(array_memory._known) == before
