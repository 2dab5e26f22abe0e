"""Each upload is decoded once a session, as long as it is kept."""

import io
from typing import Any

import numpy as np
import pytest
from dicom_files import build
from fixtures_decoding import count_decoding
from fixtures_page import open_page, open_place, phantom_png, upload, words
from PIL import Image
from streamlit.testing.v1 import AppTest

from pneumonia.errors import RadiographError
from pneumonia.model.weights import available_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import Radiograph, sha256_of
from pneumonia.ui import texts
from pneumonia.ui.decoded_uploads import DecodedUploads
from pneumonia.ui.exports import OpenCase, case_as_dicom, case_as_pdf


@pytest.fixture
def page() -> AppTest:
    return open_page()


def picture(level: int) -> bytes:
    pixels = draw_phantom((100, 100)).astype(np.uint8)
    pixels[0, 0] = level
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def get(kept: DecodedUploads, data: bytes) -> Radiograph | RadiographError:
    return kept.get(sha256_of(data), lambda: data)


def test_kept_radiograph_is_not_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = count_decoding(monkeypatch)
    kept = DecodedUploads()
    first, again = get(kept, picture(1)), get(kept, picture(1))
    assert first is again
    assert len(decoded) == 1


def test_least_recently_used_radiograph_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = count_decoding(monkeypatch)
    kept = DecodedUploads(max_bytes=20_000)  # two of 100 x 100 pixels
    for level in (1, 2, 1, 3):
        get(kept, picture(level))
    assert len(decoded) == 3
    get(kept, picture(1))
    assert len(decoded) == 3
    get(kept, picture(2))
    assert len(decoded) == 4


def test_radiograph_beyond_the_bound_is_kept_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = count_decoding(monkeypatch)
    kept = DecodedUploads(max_bytes=10)
    for level in (1, 1, 2, 2):
        assert isinstance(get(kept, picture(level)), Radiograph)
    assert len(decoded) == 2


def test_file_that_cannot_be_read_is_tried_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded = count_decoding(monkeypatch)
    kept = DecodedUploads()
    first, again = get(kept, b"words"), get(kept, b"words")
    assert isinstance(first, RadiographError)
    assert first is again
    assert first.__traceback__ is None
    assert len(decoded) == 1


def test_whatever_goes_wrong_with_a_file_is_its_own_result() -> None:
    def fail() -> bytes:
        raise OSError(5, "Mustermann^Erika")

    kept = DecodedUploads()
    failed = kept.get("digest", fail)

    assert isinstance(failed, RadiographError)
    assert failed.code == "internal_error"
    assert "Mustermann" not in str(failed)
    assert isinstance(get(kept, picture(1)), Radiograph)


@pytest.mark.skipif(not available_weights(), reason="no weights are in weights/")
def test_upload_is_decoded_once_for_all_that_is_done_with_it(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, OpenCase] = {}

    def offer_export(_: Any, *, opened: OpenCase | None, **__: Any) -> None:
        if opened:
            kept["opened"] = opened

    monkeypatch.setattr("pneumonia.ui.read_page.offer_export", offer_export)
    decoded = count_decoding(monkeypatch)
    drawn = draw_phantom((300, 340), seed=2).astype(np.uint16)
    dicom = build(drawn, PatientAge="003Y")
    upload(page, ("a.png", phantom_png(1)), ("b", dicom), ("bad.png", b"words"))
    open_place(page, 1)
    assert case_as_pdf(kept["opened"]).startswith(b"%PDF")
    assert case_as_dicom(kept["opened"], keep_identifiers=False).startswith(b"PK")
    page.number_input(key="prevalence").set_value(40).run()
    open_place(page, 2)
    assert texts.NO_SCORE in words(page)
    open_place(page, 1)
    open_place(page, 0)
    assert len(decoded) == 3
    assert len(set(decoded)) == 3
