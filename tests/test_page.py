"""The page's script, run without a browser."""

import io
import time
from collections.abc import Iterator

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from pneumonia.phantom import draw_phantom
from pneumonia.ui import texts
from pneumonia.weights import WEIGHTS_FOLDER, available_weights, load_card

pytestmark = pytest.mark.skipif(
    not available_weights(), reason="no weights are in weights/"
)


def phantom_png(seed: int = 0) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom((256, 300), seed=seed)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def page() -> Iterator[AppTest]:
    yield AppTest.from_file("../streamlit_app.py", default_timeout=120)
    st.cache_data.clear()


@pytest.fixture
def fresh_model() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def run_until_loaded(page: AppTest) -> AppTest:
    deadline = time.monotonic() + 120
    page.run()
    while any(info.value == texts.LOADING for info in page.info):
        assert time.monotonic() < deadline, "the model did not load"
        time.sleep(0.5)
        page.run()
    return page


def words(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.subheader, page.info, page.warning)
    parts = [element.value for kind in kinds for element in kind]
    return "\n".join(parts + [metric.label for metric in page.metric])


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.run()
    page.file_uploader(key="uploads").set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    return run_until_loaded(page)


def test_first_visit_shows_the_banner_and_where_to_drop_files(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert texts.BANNER in words(page)
    assert page.file_uploader(key="uploads").label == texts.UPLOAD
    assert not page.metric


def test_upload_shows_a_score_with_its_threshold_and_weights(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    assert not page.exception
    assert 0 <= float(page.metric[0].value.strip("<> ")) <= 1
    assert "Threshold" in words(page)
    assert available_weights()[0] in words(page)


def test_uncalibrated_weights_give_a_score_not_a_probability(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    page.selectbox[0].set_value("seed_cnn")
    run_until_loaded(page)
    assert page.metric[0].label == texts.SCORE
    assert texts.NOT_CALIBRATED in words(page)


def test_calibrated_weights_name_the_prevalence_they_assume(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    page.selectbox[0].set_value("resnet")
    run_until_loaded(page)
    assert page.metric[0].label == texts.PROBABILITY
    prevalence = 100 * load_card("resnet")[0]["prevalence"]
    assert texts.PROBABILITY_ASSUMES.format(prevalence=prevalence) in words(page)


def test_result_repeats_that_this_is_no_medical_device(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    assert any(texts.DISCLAIMER in caption.value for caption in page.caption)


def test_example_is_labelled_as_drawn(page: AppTest) -> None:
    page.run()
    page.toggle(key="example").set_value(True)
    run_until_loaded(page)
    assert not page.exception
    assert texts.EXAMPLE_NOTE in words(page)
    assert page.metric


def test_unreadable_file_is_told_in_a_sentence_without_a_score(page: AppTest) -> None:
    upload(page, ("chest.png", b"these are only words"))
    assert not page.exception
    assert not page.metric
    assert "Received: 20 bytes of text" in words(page)
    assert texts.NO_SCORE in words(page)


def test_refused_file_is_told_in_a_sentence_without_a_score(page: AppTest) -> None:
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG")
    upload(page, ("dot.png", file.getvalue()))
    assert not page.metric
    assert "Received: 1 x 1" in words(page)


def test_one_bad_file_does_not_stop_the_others(page: AppTest) -> None:
    upload(page, ("bad.png", b""), ("chest.png", phantom_png()))
    states = list(page.dataframe[0].value[texts.COLUMN_STATE])
    while texts.STATES["reading"] in states:
        page.run()
        states = list(page.dataframe[0].value[texts.COLUMN_STATE])
    assert states[0] == texts.STATES["unreadable"]
    assert states[1] in (texts.STATES["flagged"], texts.STATES["not_flagged"])


def test_same_bytes_are_assessed_once_in_a_session(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png()), ("b.png", phantom_png()))
    page.run()
    assert len(page.session_state["assessments"]) == 1


def test_different_pictures_get_their_own_results(page: AppTest) -> None:
    upload(page, ("a.png", phantom_png(1)), ("b.png", phantom_png(2)))
    page.run()
    scores = np.array(page.dataframe[0].value[texts.COLUMN_SCORE], float)
    assert scores[0] != scores[1]


def test_operating_point_changes_the_threshold_not_the_score(page: AppTest) -> None:
    upload(page, ("chest.png", phantom_png()))
    score, before = page.metric[0].value, words(page)
    page.selectbox[1].set_value("screening").run()
    assert page.metric[0].value == score
    assert words(page) != before


@pytest.mark.usefixtures("fresh_model")
def test_damaged_weights_are_named_instead_of_a_stack_trace(
    page: AppTest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    name = available_weights()[0]
    (folder / f"{name}.keras").write_bytes(b"damaged")
    card = (WEIGHTS_FOLDER / f"{name}.json").read_text()
    (folder / f"{name}.json").write_text(card)
    monkeypatch.setattr("pneumonia.weights.WEIGHTS_FOLDER", folder)
    upload(page, ("chest.png", phantom_png()))
    assert not page.exception
    assert texts.WEIGHTS_FAILED in words(page)
    assert f"{name}.keras" in words(page)
    assert not page.metric
