"""What Python sends to the viewer: the payload and the joined script."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pneumonia.ui.viewer
from pneumonia.model.transfer_table import TRANSFER_TABLE
from pneumonia.ui.viewer import (
    SaliencyLayer,
    ViewerContent,
    describe,
    pack_extras,
    pack_grey,
)
from pneumonia.ui.viewer.component import join_modules

BROWSER = Path(pneumonia.ui.viewer.__file__).parent / "browser"


def described(pixels: NDArray[Any], **content: Any) -> dict[str, Any]:
    return describe(ViewerContent(pixels=pixels, **content), key="viewer")


def grey(pixels: NDArray[Any]) -> bytes:
    return pack_grey(ViewerContent(pixels=pixels))


@pytest.fixture
def pixels() -> NDArray[np.uint16]:
    return np.arange(35, dtype=np.uint16).reshape(5, 7) * 1000


def test_grey_of_16_bits_returns_unchanged(pixels: NDArray[np.uint16]) -> None:
    sent = np.frombuffer(grey(pixels), dtype="<u2", count=35).reshape(5, 7)
    np.testing.assert_array_equal(sent, pixels)


def test_grey_of_8_bits_returns_unchanged() -> None:
    pixels = np.arange(35, dtype=np.uint8).reshape(5, 7)
    assert described(pixels)["bytes"] == 1
    np.testing.assert_array_equal(
        np.frombuffer(grey(pixels), np.uint8, 35).reshape(5, 7), pixels
    )


def test_big_endian_grey_is_sent_little_endian(pixels: NDArray[np.uint16]) -> None:
    swapped = pixels.astype(">u2")
    assert grey(swapped) == grey(pixels)
    assert described(swapped) == described(pixels)


def test_a_view_is_packed_in_row_order(pixels: NDArray[np.uint16]) -> None:
    np.testing.assert_array_equal(
        np.frombuffer(grey(pixels[:, ::2]), "<u2", 20).reshape(5, 4), pixels[:, ::2]
    )


def test_every_block_begins_aligned(pixels: NDArray[np.uint16]) -> None:
    strength = np.full((3, 3), 9, np.uint8)
    received = np.full((5, 5, 3), 7, np.uint8)
    content = ViewerContent(
        pixels=pixels,
        saliency=[SaliencyLayer("A", strength), SaliencyLayer("B", strength + 1)],
        model_input=received,
    )
    body, layer = pack_extras(content), 12  # 9 bytes, padded
    assert body[:9] == strength.tobytes()
    assert body[layer : layer + 9] == (strength + 1).tobytes()
    assert body[2 * layer :][:75] == received.tobytes()
    assert len(body) == 2 * layer + 76
    assert len(pack_grey(content)) == 72


def test_the_frame_of_what_the_model_sees_is_described(
    pixels: NDArray[np.uint16],
) -> None:
    assert described(pixels, frame=(1, 0, 6, 4))["frame"] == (1, 0, 6, 4)
    assert described(pixels)["frame"] is None


def test_pixels_are_looked_through_once_for_all_runs(
    pixels: NDArray[np.uint16], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = described(pixels, marking=True)
    monkeypatch.setattr("pneumonia.ui.viewer.payload._block", None)
    assert described(pixels, marking=False)["id"] == first["id"]


def test_each_layer_has_its_own_note(pixels: NDArray[np.uint16]) -> None:
    flat = np.zeros((3, 3), np.uint8)
    layers = [SaliencyLayer("A", flat), SaliencyLayer("B", flat, "Nothing here.")]
    told = described(pixels, saliency=layers)["layers"]
    assert [layer["note"] for layer in told] == ["", "Nothing here."]


def test_window_of_8_bits_is_the_full_range_by_default() -> None:
    header = described(np.full((2, 2), 9, np.uint8))
    assert header["window"] == (0, 255)


def test_window_of_16_bits_is_minimum_to_maximum_by_default(
    pixels: NDArray[np.uint16],
) -> None:
    header = described(pixels)
    assert header["window"] == (0, 34000)


def test_a_uniform_picture_has_a_window() -> None:
    header = described(np.full((2, 2), 9, np.uint16))
    assert header["window"] == (9, 10)


def test_same_pixels_are_the_same_case_whatever_the_saliency(
    pixels: NDArray[np.uint16],
) -> None:
    layer = SaliencyLayer("A", np.zeros((3, 3), np.uint8))
    plain = described(pixels)
    mapped = described(pixels, saliency=[layer])
    assert plain["id"] == mapped["id"]
    assert plain["content"] != mapped["content"]


def test_one_other_pixel_is_another_case(pixels: NDArray[np.uint16]) -> None:
    other = pixels.copy()
    other[2, 3] += 1
    first = described(pixels)
    second = described(other)
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 2, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((2, 2), np.float32),
        np.zeros((2, 2), np.int16),
    ],
)
def test_a_picture_that_is_none_is_refused(wrong: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"\(height, width\).*Received: shape"):
        ViewerContent(pixels=wrong)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2, 1), np.uint8), np.zeros((2, 2), np.float32)]
)
def test_a_saliency_layer_of_another_shape_or_type_is_refused(
    wrong: NDArray[Any],
) -> None:
    with pytest.raises(ValueError, match=r"saliency layer.*Received: shape"):
        SaliencyLayer("A", wrong)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2), np.float32)]
)
def test_a_model_input_of_another_shape_or_type_is_refused(
    pixels: NDArray[np.uint16], wrong: NDArray[Any]
) -> None:
    with pytest.raises(ValueError, match=r"model input.*Received: shape"):
        ViewerContent(pixels=pixels, model_input=wrong)


@pytest.mark.parametrize("wrong", [(5.0, 5.0), (9.0, 2.0), (0.0, float("nan"))])
def test_an_empty_window_is_refused(
    pixels: NDArray[np.uint16], wrong: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match=r"low < high\. Received: \("):
        ViewerContent(pixels=pixels, window=wrong)


@pytest.mark.parametrize("wrong", [(0.0, 0.1), (0.1, -0.1), (float("inf"), 0.1)])
def test_a_spacing_that_is_not_positive_is_refused(
    pixels: NDArray[np.uint16], wrong: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match=r"positive millimetres\. Received: \("):
        ViewerContent(pixels=pixels, pixel_spacing_mm=wrong)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_a_shape_of_pixels_that_is_not_positive_is_refused(
    pixels: NDArray[np.uint16], wrong: float
) -> None:
    with pytest.raises(ValueError, match=r"positive ratio\. Received: "):
        ViewerContent(pixels=pixels, pixel_aspect=wrong)


def test_a_height_of_zero_is_refused(pixels: NDArray[np.uint16]) -> None:
    with pytest.raises(ValueError, match=r"positive number\. Received: 0"):
        ViewerContent(pixels=pixels, height=0)


def test_the_browser_gets_the_one_transfer_table(pixels: NDArray[np.uint16]) -> None:
    header = described(pixels)
    np.testing.assert_array_equal(header["transfer"], TRANSFER_TABLE)


def test_joined_modules_declare_each_name_once() -> None:
    declared = re.findall(
        r"^(?:async )?(?:function|class|const|let) (\w+)",
        join_modules(sorted(BROWSER.glob("*.js"))),
        re.MULTILINE,
    )
    assert len(declared) > 30
    assert len(declared) == len(set(declared))


def test_joined_modules_import_nothing_and_export_one_function() -> None:
    script = join_modules(sorted(BROWSER.glob("*.js")))
    assert not re.search(r"^import\b", script, re.MULTILINE)
    assert re.findall(r"^export .*", script, re.MULTILINE) == [
        "export default function ({ parentElement, data, setStateValue }) {"
    ]
