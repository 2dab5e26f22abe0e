"""The place Reader study: what it asks for, what it finds, what it exports."""

from typing import Any

import pytest
from fixtures_page import downloads
from streamlit.testing.v1 import AppTest

from pneumonia.export.impression import Impression, Reading
from pneumonia.export.study import StudyCase
from pneumonia.export.study_files import study_to_csv
from pneumonia.export.study_summary import WAYS
from pneumonia.ui import study_texts as texts

Named = list[tuple[str, StudyCase]]


def script(cases: "Named", total: int, waiting: int) -> None:
    from pneumonia.ui import study_page

    study_page.show(cases, total=total, waiting=waiting)


def read(
    number: int, impression: Impression, path: str = "case.png", **reading: Any
) -> tuple[str, StudyCase]:
    case = StudyCase(
        f"{number:064x}",
        Reading(impression, 10.0, **reading),
        None,
        0.9 if number % 2 else 0.1,
        bool(number % 2),
        "balanced",
        "ab" * 32,
    )
    return path, case


# The odd ones are flagged and lie in the folder PNEUMONIA.
FOLDERS = [
    read(0, "normal", "set/NORMAL/0.png", confidence=4),
    read(1, "pneumonia", "set/PNEUMONIA/1.png", confidence=5),
    read(2, "pneumonia", "set/NORMAL/2.png", confidence=1),
    read(3, "unsure", "set/PNEUMONIA/3.png"),
]


def open_place(cases: Named, total: int | None = None, waiting: int = 0) -> AppTest:
    total = len(cases) if total is None else total
    page = AppTest.from_function(
        script,
        default_timeout=120,
        kwargs={"cases": cases, "total": total, "waiting": waiting},
    )
    page.run()
    assert not page.exception
    return page


def headings(page: AppTest) -> list[str]:
    return [element.value for element in page.subheader]


def table_with(page: AppTest, word: str) -> dict[str, list[str]]:
    """Return the rows of the table in which a word stands first, by that column."""
    for table in page.table:
        first, *rest = table.value.columns
        if word in list(table.value[first]):
            return {
                name: list(cells)
                for name, *cells in table.value[[first, *rest]].itertuples(index=False)
            }
    raise AssertionError(word)


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def drop(page: AppTest, key: str, data: bytes) -> AppTest:
    page.file_uploader(key=key).set_value([("table.csv", data, "text/csv")]).run()
    assert not page.exception
    return page


def test_nothing_read_says_how_to_begin() -> None:
    page = open_place([], total=9)
    assert [info.value for info in page.info] == [texts.NOTHING_READ]
    assert texts.REPORT not in headings(page)
    assert not downloads(page)


@pytest.mark.parametrize(
    ("total", "waiting", "words"),
    [
        (0, 0, texts.NOW_DROP),
        (9, 9, texts.NOW_READ.format(count=9)),
        (9, 0, texts.ALL_SEEN),
    ],
)
def test_once_switched_on_it_says_what_is_next(
    total: int, waiting: int, words: str
) -> None:
    page = open_place([], total=total, waiting=waiting)
    page.toggle(key="reader_first").set_value(True).run()
    assert [info.value for info in page.info] == [words]


def test_settings_are_kept_under_their_keys() -> None:
    page = open_place([])
    keys = ("reader_first", "study_shuffle", "study_hide_names", "study_confidence")
    for key in keys:
        page.toggle(key=key).set_value(True)
    page.run()
    assert all(page.session_state[key] for key in keys)


def test_folders_give_the_references() -> None:
    page = open_place(FOLDERS, total=10)
    assert texts.REFERENCES_KNOWN.format(known=4, total=4) in captions(page)
    found = table_with(page, WAYS["reader"])
    assert found[WAYS["reader"]][:2] == [
        "100 % (3 to 100 %, n\xa0=\xa01)",
        "50 % (1 to 99 %, n\xa0=\xa02)",
    ]
    assert found[WAYS["model"]][0] == "100 % (16 to 100 %, n\xa0=\xa02)"
    assert WAYS["unsure_as_pneumonia"] in found


def test_without_references_accuracy_is_left_out() -> None:
    page = open_place([read(0, "normal"), read(1, "pneumonia")])
    assert texts.ACCURACY not in headings(page)
    assert texts.CURVES not in headings(page)
    assert table_with(page, "Cohen's kappa")["Agreement with model"] == [
        "100 % (16 to 100 %, n\xa0=\xa02)"
    ]


def test_labels_come_from_a_table_and_can_be_forgotten() -> None:
    page = open_place([read(0, "normal", "a.png"), read(1, "normal", "b.png")])
    drop(page, "study_labels_file", b"file,label\na.png,normal\nb.png,pneumonia\n")
    assert texts.ACCURACY in headings(page)
    assert table_with(page, "Reference")["Reference"] == ["1 normal, 1 pneumonia"]
    page.button(key="study_labels_forget").click().run()
    assert texts.ACCURACY not in headings(page)


def test_wrong_labels_are_told_and_change_nothing() -> None:
    page = open_place([read(0, "normal", "a.png")])
    drop(page, "study_labels_file", b"file,label\na.png,effusion\n")
    (warning,) = page.warning
    assert "another one in row 2" in warning.value
    assert texts.ACCURACY not in headings(page)


def test_second_reader_is_joined_and_drawn() -> None:
    page = open_place(FOLDERS)
    second = [case for _, case in FOLDERS[:3]]
    drop(page, "study_second_file", study_to_csv(second).encode())
    found = table_with(page, "Read by both")
    assert found["Read by both"] == [
        "3 radiographs; 1 by the first reader only, 0 by the second only"
    ]
    assert found["Agreement of readers"] == ["100 % (29 to 100 %, n\xa0=\xa03)"]
    (chart,) = page.get("vega_lite_chart")
    drawn: Any = chart
    assert texts.SECOND_READER in drawn.proto.spec


def test_readers_of_other_radiographs_are_not_joined() -> None:
    page = open_place(FOLDERS)
    _, other = read(99, "normal")
    drop(page, "study_second_file", study_to_csv([other]).encode())
    assert [warning.value for warning in page.warning] == [texts.NONE_SHARED]


def test_a_file_that_is_no_study_is_told() -> None:
    page = open_place(FOLDERS)
    drop(page, "study_second_file", b"file,label\na.png,1\n")
    (warning,) = page.warning
    assert "without the column input_sha256" in warning.value


def test_unfinished_study_tells_how_far_it_is() -> None:
    page = open_place(FOLDERS, total=10)
    assert texts.REPORT_WHAT in captions(page)
    assert texts.REPORT_WHAT not in captions(open_place(FOLDERS))


def test_both_exports_are_offered() -> None:
    assert downloads(open_place(FOLDERS)) == [texts.DOWNLOAD_CSV, texts.DOWNLOAD_PDF]
