"""The page's script, run without a browser."""

import io
import shutil
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import streamlit as st
from fixtures_page import (
    answer_age,
    choose,
    column,
    has_result,
    numbers,
    open_page,
    open_place,
    opened_name,
    phantom_png,
    press,
    press_done,
    remove,
    run_until_read,
    states,
    told,
    upload,
    words,
    zip_of,
)
from PIL import Image
from streamlit.testing.v1 import AppTest

from pneumonia.checked_files import LIST
from pneumonia.export.rounding import write_percent
from pneumonia.model.weights import WEIGHTS_FOLDER, available_weights, load_card
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.ui import read_page, sign_in, texts, turns
from pneumonia.ui.uploads import Case

pytestmark = pytest.mark.skipif(
    not available_weights(), reason="no weights are in weights/"
)


@pytest.fixture
def page() -> AppTest:
    return open_page()


@pytest.fixture
def fresh_model() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_first_visit_shows_the_banner_and_where_to_drop_files(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert texts.BANNER in words(page)
    assert page.file_uploader[0].label == texts.UPLOAD
    assert not has_result(page)


def test_upload_shows_a_flag_with_its_threshold_and_weights(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    assert not page.exception
    assert has_result(page)
    assert "Threshold" in words(page)
    assert available_weights()[0] in words(page)


def test_uncalibrated_weights_give_a_score_not_a_probability(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    choose(answer_age(page), texts.WEIGHTS, "seed_cnn")
    assert "A score is not a probability" in words(page)
    assert "Model probability" not in words(page)


def test_calibrated_weights_name_the_prevalence_they_assume(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    choose(answer_age(page), texts.WEIGHTS, "ensemble")
    assert "Model probability" in words(page)
    reference = write_percent(load_card("ensemble")[0]["prevalence"])
    assert texts.SAME_FLAG.format(reference=reference) in words(page)


def turned_png() -> bytes:
    file = io.BytesIO()
    upright = Image.open(io.BytesIO(phantom_png(seed=3)))
    upright.transpose(Image.Transpose.ROTATE_90).save(file, "PNG")
    return file.getvalue()


def test_turned_radiograph_has_no_number_but_an_offer_to_turn_it(page: AppTest) -> None:
    upload(page, ("chest.png", turned_png()))
    assert texts.FLAGS["refused"] in words(page)
    assert not has_result(page)
    assert texts.REPAIRS["rotate"] in [button.label for button in page.button]


def test_radiograph_is_turned_when_asked_and_says_so(page: AppTest) -> None:
    upload(page, ("chest.png", turned_png()))
    press(page, texts.REPAIRS["rotate"])
    assert has_result(page)
    assert WARNINGS["turned_clockwise"] in words(page)


def test_turned_radiograph_is_read_first_like_any_other(page: AppTest) -> None:
    upload(page, ("chest.png", turned_png()))
    read_with_impression_first(page).run()
    assert texts.FLAGS["refused"] in words(page)  # a refusal gives no answer away
    press(page, texts.REPAIRS["rotate"])
    assert texts.IMPRESSION in words(page)
    assert not has_result(page)
    press(page, texts.IMPRESSIONS["normal"])
    assert has_result(page)


def test_turning_is_undone_when_asked(page: AppTest) -> None:
    upload(page, ("chest.png", turned_png()))
    press(page, texts.REPAIRS["rotate"])
    press(page, texts.REPAIR_UNDO)
    assert texts.FLAGS["refused"] in words(page)
    assert not has_result(page)


def test_the_header_says_that_this_is_no_medical_device(page: AppTest) -> None:
    for _ in range(2):
        labels = [it.proto.popover.label for it in page.run().get("popover")]
        assert texts.DISCLAIMER in labels
        upload(page, ("chest.png", phantom_png()))


@pytest.mark.parametrize(
    ("example", "state"),
    [
        ("clear", "not_flagged"),
        ("consolidation", "flagged"),
        ("lateral", "refused"),
    ],
)
def test_examples_behave_as_they_say(page: AppTest, example: Any, state: str) -> None:
    page.run()
    page.button(key=f"example-{example}").click()
    answer_age(run_until_read(page))
    assert not page.exception
    assert texts.EXAMPLE_NOTE in words(page)
    assert opened_name(page) == texts.EXAMPLES[example]
    assert states(page)[list(texts.EXAMPLES).index(example)] == state
    if state == "refused":
        assert "Only frontal views" in words(page)


def test_unreadable_file_is_told_in_a_sentence_without_a_score(page: AppTest) -> None:
    upload(page, ("chest.png", b"these are only words"))
    assert not page.exception
    assert not has_result(page)
    assert "Received: 20 bytes of text" in words(page)
    assert texts.NO_SCORE in words(page)


def test_refused_file_is_told_in_a_sentence_without_a_score(page: AppTest) -> None:
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    upload(page, ("dot.png", file.getvalue()))
    assert not has_result(page)
    assert "Received: 1 x 1" in words(page)


def test_one_bad_file_does_not_stop_the_others(page: AppTest) -> None:
    upload(page, ("bad.png", b""), ("chest.png", phantom_png()))
    bad, good = states(page)
    assert bad == "unreadable"
    assert good in ("flagged", "not_flagged")


def test_same_bytes_are_assessed_once_in_a_session(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png()), ("b.png", phantom_png()))
    page.run()
    assert len(page.session_state["files"].results) == 1


def test_different_pictures_get_their_own_results(page: AppTest) -> None:
    ill = phantom_png(4, consolidation="both")
    upload(page, ("a.png", phantom_png(1)), ("b.png", ill))
    page.run()
    scores = numbers(page)
    assert scores[0] != scores[1]


def test_operating_point_changes_the_threshold_not_the_score(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    before, said = numbers(page), words(page)
    choose(page, texts.OPERATING_POINT, "screening")
    assert numbers(page) == before
    assert words(page) != said


@pytest.mark.usefixtures("fresh_model")
def test_damaged_weights_are_named_instead_of_a_stack_trace(
    page: AppTest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    name = available_weights()[0]
    (folder / f"{name}.keras").write_bytes(b"damaged")
    for listed in (f"{name}.json", LIST):
        shutil.copy(WEIGHTS_FOLDER / listed, folder)
    monkeypatch.setattr("pneumonia.model.weights.WEIGHTS_FOLDER", folder)
    upload(page, ("chest.png", phantom_png()))
    assert not page.exception
    assert texts.WEIGHTS_FAILED in words(page)
    assert f"{name}.keras" in words(page)
    assert not has_result(page)


@pytest.mark.usefixtures("fresh_model")
def test_unexpected_failure_is_told_and_can_be_tried_again(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret of the machine")

    with monkeypatch.context() as broken:
        broken.setattr("pneumonia.model.classifier.load_served_network", fail)
        upload(page, ("chest.png", phantom_png()))
        assert not page.exception
        assert "could not be loaded (RuntimeError)" in words(page)
        assert "secret" not in words(page)
    press(page, texts.TRY_AGAIN)
    assert has_result(page)


def test_a_run_of_the_script_leaves_keras_as_it_was(page: AppTest) -> None:
    import keras

    upload(page, ("chest.png", phantom_png()))
    # Its network is not exported, so it is served by Keras.
    choose(answer_age(page), texts.WEIGHTS, "seed_cnn")
    before = keras.layers.Identity().name
    page.run()
    # Streamlit clears Keras's state after each run; its counters then begin again.
    assert keras.layers.Identity().name != before


def test_zip_is_listed_as_the_files_inside(page: AppTest) -> None:
    packed = zip_of(("a/one.png", phantom_png(1)), ("b/two.png", phantom_png(2)))
    upload(page, ("study.zip", packed))
    assert column(page, "name") == ["one.png", "two.png"]
    assert not np.isnan(numbers(page)).any()


def test_damaged_zip_is_one_unreadable_case(page: AppTest) -> None:
    upload(page, ("study.zip", zip_of(("a.png", phantom_png()))[:200]))
    assert states(page) == ["unreadable"]
    assert "ZIP" in words(page)


def test_of_a_pacs_export_only_dicom_files_are_listed(page: AppTest) -> None:
    dicom = b"\0" * 128 + b"DICM"
    upload(
        page,
        ("DICOMDIR", dicom),
        ("IMG0001", dicom),
        ("viewer.exe", b"MZ"),
        ("preview.png", phantom_png()),
    )
    assert column(page, "name") == ["IMG0001"]
    assert texts.LEFT_OUT.format(count=3) in words(page)


def test_what_is_left_out_of_an_archive_is_counted(page: AppTest) -> None:
    packed = zip_of(("a.png", phantom_png(1)), ("a.txt", b"x"), ("Thumbs.db", b"x"))
    upload(page, ("study.zip", packed), (".DS_Store", b"x"))
    assert column(page, "name") == ["a.png"]
    assert texts.LEFT_OUT.format(count=3) in words(page)


def test_a_drop_without_any_radiograph_stays_on_the_start_page(page: AppTest) -> None:
    page.run()
    page.file_uploader[0].set_value([(".DS_Store", b"x", "application/octet-stream")])
    page.run()
    assert not page.exception
    assert texts.LEFT_OUT.format(count=1) in words(page)
    assert texts.EXAMPLES_OFFER in words(page)


def test_nothing_is_said_where_nothing_is_left_out(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)))
    assert texts.LEFT_OUT.split(":")[0] not in words(page)


def test_a_picture_of_margins_only_is_shown_and_refused(page: AppTest) -> None:
    file = io.BytesIO()
    flat = np.repeat(np.array([[0], [255]], np.uint8), 100, axis=0).repeat(90, axis=1)
    Image.fromarray(flat).save(file, "PNG")
    upload(page, ("flat.png", file.getvalue()))
    assert states(page) == ["refused"]


def test_every_case_that_was_read_has_a_thumbnail(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)), ("bad.png", b"words"))
    pictures = column(page, "picture")
    thumbnail = page.session_state["downloads"].find(pictures[0].split("/")[-1])
    assert Image.open(io.BytesIO(thumbnail.make())).format == "JPEG"
    assert pictures[1] is None


def test_triage_order_puts_the_highest_score_first(page: AppTest) -> None:
    files = [(f"{seed}.png", phantom_png(seed)) for seed in range(4)]
    upload(page, ("bad.png", b"words"), *files)
    choose(page, texts.ORDER, "score")
    *scores, last = numbers(page)
    assert scores == sorted(scores, reverse=True)
    assert np.isnan(last)


def test_steps_follow_the_order_of_the_list(page: AppTest) -> None:
    files = [(f"{name}.png", phantom_png(seed)) for seed, name in enumerate("cab")]
    upload(page, *files)
    choose(page, texts.ORDER, "name")
    assert opened_name(page) == "c.png"
    open_place(page, 0)
    assert opened_name(page) == "a.png"


def test_filter_keeps_only_what_is_asked_for(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)), ("bad.png", b"words"))
    choose(page, texts.FILTER, "refused")
    assert column(page, "name") == ["bad.png"]
    choose(page, texts.FILTER, "waiting")
    assert told(page, "case_list")["empty"] == texts.NOTHING_MATCHES


def test_done_is_marked_opens_the_next_and_can_be_undone(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)), ("b.png", phantom_png(2)))
    press_done(page)
    assert column(page, "done") == [texts.DONE_MARK, ""]
    assert opened_name(page) == "b.png"
    choose(page, texts.FILTER, "open")
    assert column(page, "name") == ["b.png"]
    press_done(page)
    press_done(page)
    assert column(page, "name") == ["b.png"]


def test_the_age_is_asked_first_and_until_then_there_is_no_probability(
    page: AppTest,
) -> None:
    upload(page, ("chest.png", phantom_png()))
    assert page.warning[0].value == WARNINGS["unknown_age"]
    assert "A score is not a probability" in words(page)
    for word in ("Model probability", "Sensitivity", "PPV", "children have", "Misses"):
        assert word not in words(page)
    press(page, texts.AGES_ANSWERS["yes"])
    assert "Model probability" in words(page)
    assert "Sensitivity" in words(page)
    assert not page.warning


def test_other_ages_get_a_warning_first_and_no_figures(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    press(page, texts.AGES_ANSWERS["no"])
    assert page.warning[0].value == WARNINGS["age_outside_training"]
    for word in ("Model probability", "Sensitivity", "PPV", "children have", "Misses"):
        assert word not in words(page)


def test_reload_is_told_of(page: AppTest) -> None:
    page.query_params["opened"] = "1"
    page.run()
    assert texts.RELOADED in words(page)


def read_with_impression_first(page: AppTest) -> AppTest:
    """Switch on what the place Reader study switches."""
    page.session_state["reader_first"] = True
    return page


def read_first(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.run()
    read_with_impression_first(page)
    return upload(page, *files)


def test_nothing_gives_the_answer_away_before_the_impression(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers: list[Any] = []
    exported: list[Any] = []
    monkeypatch.setattr(
        "pneumonia.ui.read_page.show_viewer",
        lambda content, **_: layers.extend(content.saliency),
    )
    monkeypatch.setattr(
        "pneumonia.ui.read_page.offer_export",
        lambda find, **others: exported.extend([*find(), others["opened"]]),
    )
    files = [(f"{seed}.png", phantom_png(seed)) for seed in range(3)]
    read_first(page, *files)
    assert states(page) == ["locked"] * 3
    assert not has_result(page)
    for order in texts.ORDERS:
        choose(page, texts.ORDER, order)
        assert column(page, "name") == [name for name, _ in files]
    assert np.isnan(numbers(page)).all()
    for shown in ("flagged", "not_flagged"):
        choose(page, texts.FILTER, shown)
        assert told(page, "case_list")["empty"] == texts.NOTHING_MATCHES
    assert layers == []
    assert not any(exported)


def test_result_is_shown_after_the_impression(page: AppTest) -> None:
    read_first(page, ("a.png", phantom_png(1)), ("b.png", phantom_png(2)))
    press(page, texts.IMPRESSIONS["unsure"])
    assert has_result(page)
    assert texts.AGREEMENTS["undecided"] in words(page)
    first, second = states(page)
    assert first in ("flagged", "not_flagged")
    assert second == "locked"


def asks_before_leaving(page: AppTest) -> bool:
    return bool(told(page, "leaving")["unexported"])


def test_file_taken_off_and_dropped_again_keeps_its_impression(page: AppTest) -> None:
    first, second = ("a.png", phantom_png(1)), ("b.png", phantom_png(2))
    read_first(page, first, second)
    assert not asks_before_leaving(page)
    press(page, texts.IMPRESSIONS["unsure"])
    assert asks_before_leaving(page)
    upload(page, second)
    removed = texts.REMOVED.format(count=1)
    assert removed in words(page)
    assert states(page) == ["locked"]
    upload(page, second, first)
    # One that waits looks like one that is locked: it is read after this run.
    page.run()
    assert removed not in words(page)
    assert [state == "locked" for state in states(page)] == [True, False]


def test_a_case_that_waits_for_an_impression_cannot_be_done(page: AppTest) -> None:
    read_first(page, ("a.png", phantom_png(1)), ("b.png", phantom_png(2)))
    press_done(page)
    assert column(page, "done") == ["", ""]
    assert opened_name(page) == "a.png"
    press(page, texts.IMPRESSIONS["unsure"])
    press_done(page)
    assert column(page, "done") == [texts.DONE_MARK, ""]


def test_each_file_of_an_archive_is_removed_alone(page: AppTest) -> None:
    archive = zip_of(*((f"{n}.png", phantom_png(n)) for n in range(3)))
    upload(page, ("all.zip", archive))
    remove(page, 1)
    assert column(page, "name") == ["0.png", "2.png"]
    # Dropped again it is there again.
    upload(page, ("all.zip", archive))
    assert column(page, "name") == ["0.png", "1.png", "2.png"]


def test_the_case_after_a_removed_one_opens_as_the_list_is_sorted(
    page: AppTest,
) -> None:
    upload(page, *((f"{name}.png", phantom_png(1)) for name in "bac"))
    choose(page, texts.ORDER, "name")
    open_place(page, 1)
    remove(page, 1)
    assert column(page, "name") == ["a.png", "c.png"]
    assert opened_name(page) == "c.png"


def test_removed_examples_can_be_opened_again(page: AppTest) -> None:
    page.run()
    press(page, texts.EXAMPLES["clear"])
    for left in (2, 1, 0):
        remove(page, 0)
        assert len(column(page, "name")) == left
    press(page, texts.EXAMPLES["consolidation"])
    assert len(column(page, "name")) == 3
    assert opened_name(page) == texts.EXAMPLES["consolidation"]


def test_what_is_recorded_of_a_removed_case_is_kept_and_told(page: AppTest) -> None:
    file = ("a.png", phantom_png(1))
    read_first(page, file)
    press(page, texts.IMPRESSIONS["unsure"])
    press_done(page)
    remove(page, 0)
    # The start page.
    assert texts.START in words(page)
    assert texts.REMOVED.format(count=1) in words(page)
    assert asks_before_leaving(page)
    upload(page, file)
    page.run()
    assert column(page, "done") == [texts.DONE_MARK]
    assert states(page) != ["locked"]


def test_change_after_the_reveal_stands_beside_the_first(page: AppTest) -> None:
    read_first(page, ("a.png", phantom_png(1)))
    press(page, texts.IMPRESSIONS["normal"])
    page.button(key="change-pneumonia").click().run()
    (reading,) = page.session_state["reader"].readings.values()
    assert reading.impression == "normal"
    assert reading.changed_after_reveal == ("pneumonia",)
    assert reading.seconds > 0
    assert texts.CHANGED.format(impression="pneumonia") in words(page)


def test_cases_already_seen_cannot_be_read_first(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)))
    read_with_impression_first(page)
    run_until_read(page)
    assert has_result(page)
    assert not page.session_state["reader"].readings


def test_refused_files_need_no_impression(page: AppTest) -> None:
    read_first(page, ("bad.png", b"words"))
    assert states(page) == ["unreadable"]
    assert texts.IMPRESSION not in words(page)


def test_mark_is_recorded_with_the_impression_and_later_ones_beside_it(
    page: AppTest,
) -> None:
    read_first(page, ("a.png", phantom_png(1)))
    reader, case = page.session_state["reader"], opened_case(page)
    reader.mark(case, (1, 2, 3, 4))
    press(page, texts.IMPRESSIONS["pneumonia"])
    reader.mark(case, (5, 6, 7, 8))
    (reading,) = reader.readings.values()
    assert reading.region == (1, 2, 3, 4)
    assert reading.region_after_reveal == (5, 6, 7, 8)


def opened_case(page: AppTest) -> Case:
    (identity,) = page.session_state["files"].digests
    return Case(identity, "a.png", bytes)


@pytest.mark.usefixtures("fresh_model")
def test_missing_weights_are_told_at_once(
    page: AppTest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("no-weights")
    monkeypatch.setattr("pneumonia.model.weights.WEIGHTS_FOLDER", folder)
    monkeypatch.setattr("pneumonia.model.weights.available_weights", list)
    page.run()
    deadline = time.monotonic() + 120
    while texts.WEIGHTS_FAILED not in words(page):
        assert time.monotonic() < deadline, "nothing was said"
        time.sleep(0.5)
        page.run()
    assert not page.exception


def test_a_case_is_shown_no_longer_once_the_sign_in_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = upload(open_page(), ("a.png", phantom_png()), ("b.png", phantom_png(1)))
    assert has_result(page)
    asked = []

    def is_over() -> bool:
        asked.append(True)
        return False

    def ask_for_sign_in() -> None:
        st.markdown("Sign in")
        st.stop()

    # At once, so that what is chosen runs the part that reads, not the whole page.
    monkeypatch.setattr(turns, "_SENT_SECONDS", 0)
    monkeypatch.setattr(read_page, "is_signed_in", is_over)
    monkeypatch.setattr(sign_in, "require_sign_in", ask_for_sign_in)
    order = next(box for box in page.selectbox if box.label == texts.ORDER)
    order.set_value(order.options[-1]).run()
    assert asked
    assert words(page) == "Sign in"


def test_after_remove_all_the_age_is_asked_of_the_next_patients() -> None:
    page = answer_age(upload(open_page(), ("a.png", phantom_png(1))))
    assert page.session_state["ages"] == "yes"
    press(page, texts.CLEAR_NOW)
    assert "ages" not in page.session_state
