"""The viewer: its payload in Python, and its behaviour in a browser."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, Page

from pneumonia.ui.viewer import SaliencyLayer, pack_payload

# ------------------------------------------------------------------ payload


def unpack(payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a payload into its header and the blocks behind it."""
    (length,) = struct.unpack_from("<I", payload)
    return json.loads(payload[4 : 4 + length]), payload[4 + length :]


@pytest.fixture
def pixels() -> NDArray[np.uint16]:
    return np.arange(35, dtype=np.uint16).reshape(5, 7) * 1000


def test_grey_of_16_bits_returns_unchanged(pixels: NDArray[np.uint16]) -> None:
    _, body = unpack(pack_payload(pixels, key="viewer"))
    grey = np.frombuffer(body, dtype="<u2", count=35).reshape(5, 7)
    np.testing.assert_array_equal(grey, pixels)


def test_grey_of_8_bits_returns_unchanged() -> None:
    pixels = np.arange(35, dtype=np.uint8).reshape(5, 7)
    header, body = unpack(pack_payload(pixels, key="viewer"))
    assert header["bytes"] == 1
    np.testing.assert_array_equal(
        np.frombuffer(body, np.uint8, 35).reshape(5, 7), pixels
    )


def test_big_endian_grey_is_sent_little_endian(pixels: NDArray[np.uint16]) -> None:
    swapped = pixels.astype(">u2")
    assert pack_payload(swapped, key="viewer") == pack_payload(pixels, key="viewer")


def test_a_view_is_packed_in_row_order(pixels: NDArray[np.uint16]) -> None:
    _, body = unpack(pack_payload(pixels[:, ::2], key="viewer"))
    np.testing.assert_array_equal(
        np.frombuffer(body, "<u2", 20).reshape(5, 4), pixels[:, ::2]
    )


def test_every_block_begins_aligned(pixels: NDArray[np.uint16]) -> None:
    strength = np.full((3, 3), 9, np.uint8)
    received = np.full((5, 5, 3), 7, np.uint8)
    payload = pack_payload(
        pixels,
        key="viewer",
        saliency=[SaliencyLayer("A", strength), SaliencyLayer("B", strength + 1)],
        model_input=received,
    )
    _, body = unpack(payload)
    assert (len(payload) - len(body)) % 4 == 0
    grey, layer = 72, 12  # 70 and 9 bytes, padded
    assert body[grey : grey + 9] == strength.tobytes()
    assert body[grey + layer : grey + layer + 9] == (strength + 1).tobytes()
    assert body[grey + 2 * layer :][:75] == received.tobytes()
    assert len(body) == grey + 2 * layer + 76


def test_words_outside_ascii_keep_the_alignment(pixels: NDArray[np.uint16]) -> None:
    for note in ("", "é", "é–", "é–é", "14 × 14"):
        payload = pack_payload(pixels, key="viewer", saliency_note=note)
        header, body = unpack(payload)
        assert header["note"] == note
        assert (len(payload) - len(body)) % 4 == 0


def test_window_of_8_bits_is_the_full_range_by_default() -> None:
    header, _ = unpack(pack_payload(np.full((2, 2), 9, np.uint8), key="viewer"))
    assert header["window"] == [0, 255]


def test_window_of_16_bits_is_minimum_to_maximum_by_default(
    pixels: NDArray[np.uint16],
) -> None:
    header, _ = unpack(pack_payload(pixels, key="viewer"))
    assert header["window"] == [0, 34000]


def test_a_uniform_picture_has_a_window() -> None:
    header, _ = unpack(pack_payload(np.full((2, 2), 9, np.uint16), key="viewer"))
    assert header["window"] == [9, 10]


def test_same_pixels_are_the_same_case_whatever_the_saliency(
    pixels: NDArray[np.uint16],
) -> None:
    layer = SaliencyLayer("A", np.zeros((3, 3), np.uint8))
    plain, _ = unpack(pack_payload(pixels, key="viewer"))
    mapped, _ = unpack(pack_payload(pixels, key="viewer", saliency=[layer]))
    assert plain["id"] == mapped["id"]
    assert plain["content"] != mapped["content"]


def test_one_other_pixel_is_another_case(pixels: NDArray[np.uint16]) -> None:
    other = pixels.copy()
    other[2, 3] += 1
    first, _ = unpack(pack_payload(pixels, key="viewer"))
    second, _ = unpack(pack_payload(other, key="viewer"))
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
        pack_payload(wrong, key="viewer")


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2, 1), np.uint8), np.zeros((2, 2), np.float32)]
)
def test_a_saliency_layer_of_another_shape_or_type_is_refused(
    pixels: NDArray[np.uint16], wrong: NDArray[Any]
) -> None:
    with pytest.raises(ValueError, match=r"saliency layer.*Received: shape"):
        pack_payload(pixels, key="viewer", saliency=[SaliencyLayer("A", wrong)])


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2), np.float32)]
)
def test_a_model_input_of_another_shape_or_type_is_refused(
    pixels: NDArray[np.uint16], wrong: NDArray[Any]
) -> None:
    with pytest.raises(ValueError, match=r"model input.*Received: shape"):
        pack_payload(pixels, key="viewer", model_input=wrong)


@pytest.mark.parametrize("wrong", [(5.0, 5.0), (9.0, 2.0), (0.0, float("nan"))])
def test_an_empty_window_is_refused(
    pixels: NDArray[np.uint16], wrong: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match=r"low < high\. Received: \("):
        pack_payload(pixels, key="viewer", window=wrong)


@pytest.mark.parametrize("wrong", [(0.0, 0.1), (0.1, -0.1), (float("inf"), 0.1)])
def test_a_spacing_that_is_not_positive_is_refused(
    pixels: NDArray[np.uint16], wrong: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match=r"positive millimetres\. Received: \("):
        pack_payload(pixels, key="viewer", pixel_spacing_mm=wrong)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_a_shape_of_pixels_that_is_not_positive_is_refused(
    pixels: NDArray[np.uint16], wrong: float
) -> None:
    with pytest.raises(ValueError, match=r"positive ratio\. Received: "):
        pack_payload(pixels, key="viewer", pixel_aspect=wrong)


def test_a_height_of_zero_is_refused(pixels: NDArray[np.uint16]) -> None:
    with pytest.raises(ValueError, match=r"positive number\. Received: 0"):
        pack_payload(pixels, key="viewer", height=0)


# ------------------------------------------------------------------ in the browser

# A ramp along both axes: bilinear sampling and averaging keep it a ramp, so that each
# screen pixel's value follows from its place. Arrow keys change the case.
SCRIPT = """
import numpy as np
import streamlit as st
from pneumonia.ui.viewer import SaliencyLayer, show_viewer

st.set_page_config(layout="wide")
state = st.session_state
state.case = state.get("case", 0)
asked = state.get("viewer", {}).get("navigate")

def step():
    state.case += {"previous": -1, "next": 1}[state["viewer"]["navigate"]]

with st.sidebar:
    st.button("rerun")
    mapped = st.toggle("map", value=True)
    notice = st.toggle("notice")
    moved = st.toggle("moved")
    marking = st.toggle("marking")
    if st.toggle("closed"):
        st.stop()
if notice:
    st.write("Something above the viewer")

rows, columns = np.mgrid[0:600, 0:800]
strength = np.zeros((8, 8), np.uint8)
strength[2:4, 2:4] = 255
layers = [SaliencyLayer("First", strength), SaliencyLayer("Second", strength[::-1])]
place = st.columns([1, 9])[1] if moved else st.container()
with place:
    direction = show_viewer(
        (40 * columns + 8 * rows + 100 * state.case).astype(np.uint16),
        key="viewer",
        saliency=layers if mapped else (),
        saliency_note="A note.",
        window=(4000, 30000),
        pixel_spacing_mm=(0.2, 0.2),
        model_input=np.full((16, 16), 77, np.uint8),
        height=500,
        marking=marking,
        on_mark=lambda corners: state.update(corners=corners),
        on_navigate=step,
    )
st.text(f"case {state.case}, asked for {direction}")
corners = state.get("corners")
st.text(f"mark {[round(edge) for edge in corners] if corners else corners}")
"""

LOW, HIGH = 4000.0, 30000.0


class Viewer:
    """The viewer on a page, driven as a reader would."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".viewer")
        self.stage = page.locator(".stage")
        page.wait_for_selector(".viewer[data-state]")

    @property
    def state(self) -> dict[str, Any]:
        """What the viewer last drew."""
        state: dict[str, Any] = json.loads(self.root.get_attribute("data-state") or "")
        return state

    def settled(self) -> dict[str, Any]:
        """Wait until all is drawn, and in full resolution."""
        self.page.wait_for_timeout(250)
        return self.state

    def button(self, name: str) -> Locator:
        return self.page.locator(f".controls button[name={name}]")

    def press(self, key: str) -> dict[str, Any]:
        """Press a key while the picture has the focus."""
        self.stage.focus()
        self.page.keyboard.press(key)
        return self.settled()

    def centre(self) -> tuple[float, float]:
        box = self.stage.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, dx: float, dy: float) -> dict[str, Any]:
        x, y = self.centre()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()
        return self.settled()

    def canvas(self) -> NDArray[np.uint8]:
        """Read the canvas: (height, width, RGB)."""
        png: str = self.page.locator(".stage canvas").evaluate(
            "(canvas) => canvas.toDataURL('image/png').split(',')[1]"
        )
        coded = np.frombuffer(base64.b64decode(png), np.uint8)
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return np.asarray(image, np.uint8)[..., ::-1]

    def picture(self) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Read the red of the picture's inside, with the stored values shown there."""
        state = self.state
        red = self.canvas()[..., 0]
        rows, columns = np.indices(red.shape)
        u = (columns + 0.5 - state["origin"][0]) / state["scale"] - 0.5
        v = (rows + 0.5 - state["origin"][1]) / state["scale"] - 0.5
        # Edge pixels repeat; the ramp bends there.
        inside = (u > 4) & (u < 795) & (v > 4) & (v < 595)
        return red[inside], (40 * u + 8 * v)[inside]

    def point_under(self, x: float, y: float) -> tuple[float, float]:
        """Give the picture coordinates under a point of the page."""
        state, box = self.state, self.stage.bounding_box()
        assert box is not None
        ratio = state["ratio"]
        return (
            ((x - box["x"]) * ratio - state["origin"][0]) / state["scale"],
            ((y - box["y"]) * ratio - state["origin"][1]) / state["scale"],
        )


def windowed(values: NDArray[np.float64], low: float, high: float) -> Any:
    return np.clip((values - low) / (high - low), 0, 1) * 255


@pytest.fixture(scope="module")
def url(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    script = tmp_path_factory.mktemp("viewer") / "app.py"
    script.write_text(SCRIPT)
    return serve(script)


@pytest.fixture
def open_viewer(chromium: Browser, url: str) -> Iterator[Callable[..., Viewer]]:
    contexts = []

    def open_at(**options: Any) -> Viewer:
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.goto(url)
        return Viewer(page)

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def viewer(open_viewer: Callable[..., Viewer]) -> Viewer:
    return open_viewer()


@pytest.mark.browser
class TestPicture:
    def test_opens_grey_and_whole_without_heatmap(self, viewer: Viewer) -> None:
        state = viewer.settled()
        canvas = viewer.canvas()
        left, top = state["origin"]
        part = canvas[top + 5 : -top - 5, left + 5 : -left - 5]
        assert state["fit"]
        assert not state["heatmap"]
        assert np.ptp(part, axis=2).max() == 0

    def test_levels_follow_the_window_formula(self, viewer: Viewer) -> None:
        shown, values = viewer.picture()
        np.testing.assert_allclose(shown, windowed(values, LOW, HIGH), atol=1)

    def test_a_picture_on_a_fine_screen_is_drawn_in_device_pixels(
        self, open_viewer: Callable[..., Viewer]
    ) -> None:
        viewer = open_viewer(device_scale_factor=2)
        box = viewer.stage.bounding_box()
        assert box is not None
        height, width, _ = viewer.canvas().shape
        assert (width, height) == (round(box["width"] * 2), round(box["height"] * 2))
        shown, values = viewer.picture()
        np.testing.assert_allclose(shown, windowed(values, LOW, HIGH), atol=1)

    def test_one_to_one_shows_stored_pixels(self, viewer: Viewer) -> None:
        state = viewer.press("z")
        assert state["scale"] == pytest.approx(1)
        shown, values = viewer.picture()
        expected = np.floor(windowed(np.round(values), LOW, HIGH) + 0.5)
        np.testing.assert_allclose(shown, expected, atol=1)

    def test_grey_under_the_pointer_is_the_stored_value(self, viewer: Viewer) -> None:
        x, y = viewer.centre()
        viewer.page.mouse.move(x + 30, y + 20)
        u, v = viewer.point_under(x + 30, y + 20)
        text = viewer.page.locator("[data-out=grey]").text_content() or ""
        shown = int("".join(c for c in text.split("/")[0] if c.isdigit()))
        assert shown == 40 * int(u) + 8 * int(v)

    def test_scale_bar_has_the_length_it_names(self, viewer: Viewer) -> None:
        bar = viewer.page.locator(".scale i").bounding_box()
        text = viewer.page.locator("[data-out=scale]").text_content() or ""
        assert bar is not None
        millimetres = float(text.split()[0])
        assert bar["width"] == pytest.approx(
            millimetres / 0.2 * viewer.state["scale"], abs=1
        )


@pytest.mark.browser
class TestWindow:
    def test_drag_across_widens_and_down_raises(self, viewer: Viewer) -> None:
        state = viewer.drag(100, 50)
        step = (HIGH - LOW) / 500
        width, level = HIGH - LOW + 100 * step, (LOW + HIGH) / 2 + 50 * step
        assert state["high"] - state["low"] == pytest.approx(width)
        assert (state["high"] + state["low"]) / 2 == pytest.approx(level)

    def test_levels_follow_the_dragged_window(self, viewer: Viewer) -> None:
        state = viewer.drag(-150, -40)
        shown, values = viewer.picture()
        expected = windowed(values, state["low"], state["high"])
        np.testing.assert_allclose(shown, expected, atol=1.5)

    def test_a_click_that_wanders_leaves_it(self, viewer: Viewer) -> None:
        state = viewer.drag(1, 1)
        assert (state["low"], state["high"]) == (LOW, HIGH)

    def test_typed_values_apply(self, viewer: Viewer) -> None:
        viewer.page.locator("input[name=width]").fill("50")
        viewer.page.locator("input[name=level]").fill("40")
        viewer.page.keyboard.press("Enter")
        state = viewer.settled()
        full = 799 * 40 + 599 * 8
        assert state["high"] - state["low"] == pytest.approx(full / 2)
        assert state["low"] == pytest.approx(full * 0.15)

    def test_invert_mirrors_the_levels(self, viewer: Viewer) -> None:
        before, _ = viewer.picture()
        viewer.press("i")
        after, _ = viewer.picture()
        np.testing.assert_array_equal(after, 255 - before)

    def test_reset_restores_what_opened(self, viewer: Viewer) -> None:
        opened = viewer.canvas()
        viewer.drag(80, -30)
        for key in ("i", "h", "z"):
            viewer.press(key)
        viewer.press(" ")
        np.testing.assert_array_equal(viewer.canvas(), opened)


@pytest.mark.browser
class TestZoom:
    def test_wheel_keeps_the_point_under_the_pointer(self, viewer: Viewer) -> None:
        x, y = viewer.centre()
        x, y = x + 90, y - 60
        viewer.page.mouse.move(x, y)
        opened, before = viewer.state, viewer.point_under(x, y)
        for _ in range(5):
            viewer.page.mouse.wheel(0, -120)
        state = viewer.settled()
        assert state["scale"] > 1.5
        # The picture sits on whole device pixels, before and after.
        tolerance = 0.55 / opened["scale"] + 0.55 / state["scale"]
        assert viewer.point_under(x, y) == pytest.approx(before, abs=tolerance)

    def test_wheeling_out_ends_at_fit(self, viewer: Viewer) -> None:
        opened = viewer.state["scale"]
        viewer.page.mouse.move(*viewer.centre())
        viewer.page.mouse.wheel(0, -240)
        viewer.settled()
        for _ in range(6):
            viewer.page.mouse.wheel(0, 240)
        state = viewer.settled()
        assert state["fit"]
        assert state["scale"] == opened

    def test_shift_drag_moves_the_picture(self, viewer: Viewer) -> None:
        viewer.press("z")
        before = viewer.state
        viewer.page.keyboard.down("Shift")
        after = viewer.drag(-60, 40)
        viewer.page.keyboard.up("Shift")
        assert after["origin"][0] - before["origin"][0] == pytest.approx(-60, abs=1)
        assert after["origin"][1] - before["origin"][1] == pytest.approx(40, abs=1)
        assert after["low"] == LOW

    def test_double_click_fits(self, viewer: Viewer) -> None:
        viewer.press("z")
        viewer.page.mouse.dblclick(*viewer.centre())
        assert viewer.settled()["fit"]

    def test_two_fingers_pinch_and_move(
        self, open_viewer: Callable[..., Viewer]
    ) -> None:
        viewer = open_viewer(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        x, y = viewer.centre()
        viewer.page.touchscreen.tap(x, y)
        before = viewer.state["scale"]
        session = viewer.page.context.new_cdp_session(viewer.page)

        def touch(kind: str, spread: float) -> None:
            points = [{"x": x - spread, "y": y}, {"x": x + spread, "y": y}]
            session.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [] if kind == "touchEnd" else points},
            )

        touch("touchStart", 30)
        for spread in (40, 50, 60):
            touch("touchMove", spread)
        touch("touchEnd", 60)
        state = viewer.settled()
        assert state["scale"] / before == pytest.approx(2, rel=0.1)
        assert state["low"] == LOW


@pytest.mark.browser
class TestMap:
    def test_heatmap_colours_the_picture(self, viewer: Viewer) -> None:
        before = viewer.canvas()
        viewer.press("h")
        assert np.ptp(viewer.canvas().astype(int), axis=2).max() > 40
        assert not np.array_equal(viewer.canvas(), before)

    def test_heatmap_off_restores_the_picture_exactly(self, viewer: Viewer) -> None:
        before = viewer.canvas()
        viewer.press("h")
        viewer.press("h")
        np.testing.assert_array_equal(viewer.canvas(), before)

    def test_heatmap_leaves_low_values_and_the_place_alone(
        self, viewer: Viewer
    ) -> None:
        before, origin = viewer.canvas(), viewer.state["origin"]
        state = viewer.press("h")
        after = viewer.canvas()
        assert state["origin"] == origin
        half = before.shape[1] // 2
        np.testing.assert_array_equal(after[:, half + 60 :], before[:, half + 60 :])

    def test_more_opacity_colours_more(self, viewer: Viewer) -> None:
        viewer.press("h")
        colour = []
        for percent in ("0", "40", "100"):
            viewer.page.locator("input[name=opacity]").fill(percent)
            viewer.settled()
            colour.append(np.ptp(viewer.canvas().astype(int), axis=2).sum())
        assert colour[0] < colour[1] < colour[2]

    def test_opacity_of_zero_shows_the_plain_picture(self, viewer: Viewer) -> None:
        before = viewer.canvas()
        viewer.press("h")
        viewer.page.locator("input[name=opacity]").fill("0")
        viewer.settled()
        np.testing.assert_array_equal(viewer.canvas(), before)

    def test_heatmap_peaks_where_the_map_does(self, viewer: Viewer) -> None:
        state = viewer.press("h")
        spread = np.ptp(viewer.canvas().astype(int), axis=2)
        rows, columns = np.nonzero(spread > 0.5 * spread.max())
        x = (columns.mean() - state["origin"][0]) / state["scale"]
        y = (rows.mean() - state["origin"][1]) / state["scale"]
        # Cells 2 and 3 of 8: their middle is at 3/8 of each side.
        assert (x, y) == pytest.approx((300, 225), abs=12)

    def test_contours_are_drawn_without_the_heatmap(self, viewer: Viewer) -> None:
        before = viewer.canvas()
        state = viewer.press("k")
        assert state["contour"]
        assert not state["heatmap"]
        changed = np.any(viewer.canvas() != before, axis=2).mean()
        assert 0 < changed < 0.05

    def test_contours_at_a_higher_level_are_shorter(self, viewer: Viewer) -> None:
        plain = viewer.canvas()
        viewer.press("k")
        changed = []
        for percent in ("30", "50", "90"):
            viewer.page.locator("input[name=contourAt]").fill(percent)
            viewer.settled()
            changed.append(np.any(viewer.canvas() != plain, axis=2).sum())
        assert changed[0] > changed[1] > changed[2] > 0
        assert "90" in (viewer.page.locator("[data-out=contour0]").text_content() or "")

    def test_another_layer_moves_the_map(self, viewer: Viewer) -> None:
        viewer.press("h")
        first = viewer.canvas()
        viewer.page.locator("select[name=layer]").select_option("Second")
        viewer.settled()
        assert not np.array_equal(viewer.canvas(), first)

    @pytest.mark.parametrize("width", [1280, 390])
    def test_legend_shows_with_the_map_and_moves_nothing(
        self, open_viewer: Callable[..., Viewer], width: int
    ) -> None:
        viewer = open_viewer(viewport={"width": width, "height": 1200})
        legend = viewer.page.get_by_text("Relative to this radiograph")
        asked = viewer.page.get_by_text("asked for")
        before = asked.bounding_box()
        assert not legend.is_visible()
        for key in ("h", "k"):
            viewer.press(key)
            assert legend.is_visible()
            assert asked.bounding_box() == before

    def test_compare_shows_plain_beside_mapped(self, viewer: Viewer) -> None:
        viewer.press("b")
        spread = np.ptp(viewer.canvas().astype(int), axis=2)
        halves = [np.array_split(spread, 2, axis)[i] for axis in (0, 1) for i in (0, 1)]
        peaks = [half.max() for half in halves]
        # Split either way: the first half is grey, the second has the colours.
        assert min(peaks[0], peaks[2]) < 10
        assert max(peaks) > 40

    def test_model_input_is_shown_as_received(self, viewer: Viewer) -> None:
        viewer.press("m")
        assert (viewer.canvas() == 77).all(axis=2).mean() > 0.2

    def test_without_maps_the_heatmap_is_unavailable(self, viewer: Viewer) -> None:
        viewer.press("h")
        viewer.page.get_by_text("map", exact=True).click()
        viewer.page.wait_for_function(
            "(button) => button.disabled", arg=viewer.button("heatmap").element_handle()
        )
        assert not viewer.settled()["heatmap"]
        assert not viewer.press("h")["heatmap"]


@pytest.mark.browser
class TestMark:
    @pytest.fixture
    def marker(self, viewer: Viewer) -> Viewer:
        viewer.page.get_by_text("marking", exact=True).click()
        viewer.button("drawing").wait_for()
        return viewer

    def corners(self, viewer: Viewer) -> list[int]:
        """Wait until Python has got a mark, and read it."""
        told = viewer.page.get_by_text("mark [").text_content() or ""
        found: list[int] = json.loads(told.removeprefix("mark "))
        return found

    def test_without_marking_there_is_no_such_button(self, viewer: Viewer) -> None:
        assert not viewer.button("drawing").is_visible()
        assert not viewer.press("r")["drawing"]

    def test_a_dragged_rectangle_reaches_python_in_picture_pixels(
        self, marker: Viewer
    ) -> None:
        marker.press("r")
        x, y = marker.centre()
        left, top = marker.point_under(x, y)
        right, bottom = marker.point_under(x + 80, y + 50)
        state = marker.drag(80, 50)
        expected = [left, top, right, bottom]
        assert self.corners(marker) == pytest.approx(expected, abs=1)
        assert state["low"] == LOW
        assert not state["drawing"]

    def test_a_rectangle_drawn_upwards_has_its_corners_in_order(
        self, marker: Viewer
    ) -> None:
        marker.press("r")
        marker.drag(-80, -50)
        left, top, right, bottom = self.corners(marker)
        assert left < right
        assert top < bottom

    def test_a_mark_ends_at_the_edge_of_the_picture(self, marker: Viewer) -> None:
        marker.press("r")
        marker.drag(5000, 5000)
        assert self.corners(marker)[2:] == [800, 600]

    def test_delete_removes_the_mark(self, marker: Viewer) -> None:
        plain = marker.canvas()
        marker.press("r")
        marker.drag(80, 50)
        self.corners(marker)
        assert not np.array_equal(marker.canvas(), plain)
        marker.press("Delete")
        marker.page.get_by_text("mark None").wait_for()
        np.testing.assert_array_equal(marker.canvas(), plain)

    def test_arrow_keys_place_move_and_size_a_mark(self, marker: Viewer) -> None:
        for key in ("r", "ArrowRight", "ArrowDown"):
            marker.press(key)
        placed = marker.state["mark"]
        sized = marker.press("Shift+ArrowRight")["mark"]
        assert sized[:2] == placed[:2]
        assert sized[2] > placed[2]
        assert not marker.press("Enter")["drawing"]
        marker.page.get_by_text(f"mark {[round(edge) for edge in sized]}").wait_for()
        assert "case 0" in (marker.page.get_by_text("asked for").text_content() or "")

    def test_a_mark_stays_with_its_picture(self, marker: Viewer) -> None:
        marker.press("r")
        drawn = marker.drag(80, 50)["mark"]
        marker.press("ArrowRight")
        marker.page.get_by_text("case 1").wait_for()
        assert marker.settled()["mark"] is None
        marker.press("ArrowLeft")
        marker.page.get_by_text("case 0").wait_for()
        assert marker.settled()["mark"] == drawn

    def test_a_mark_stays_but_is_locked_when_marking_is_over(
        self, marker: Viewer
    ) -> None:
        marker.press("r")
        drawn = marker.drag(80, 50)["mark"]
        self.corners(marker)
        marker.page.get_by_text("marking", exact=True).click()
        marker.button("drawing").wait_for(state="hidden")
        assert marker.press("Delete")["mark"] == drawn


@pytest.mark.browser
class TestReader:
    def test_every_control_is_reached_by_tab(self, viewer: Viewer) -> None:
        viewer.press("h")
        viewer.stage.focus()
        reached = set()
        for _ in range(16):
            viewer.page.keyboard.press("Tab")
            reached.add(
                viewer.root.evaluate("(root) => root.getRootNode().activeElement?.name")
            )
        wanted = "width level inverted zoom fit reset heatmap contour compare input"
        assert reached >= {*wanted.split(), "fullscreen", "keys", "opacity", "layer"}

    def test_a_button_works_by_keyboard(self, viewer: Viewer) -> None:
        viewer.button("heatmap").focus()
        viewer.page.keyboard.press("Space")
        assert viewer.settled()["heatmap"]
        assert viewer.button("heatmap").get_attribute("aria-pressed") == "true"

    def test_keys_do_nothing_without_the_focus(self, viewer: Viewer) -> None:
        viewer.page.get_by_role("button", name="rerun").focus()
        viewer.page.keyboard.press("i")
        viewer.page.keyboard.press("h")
        state = viewer.settled()
        assert not state["inverted"]
        assert not state["heatmap"]

    def test_a_click_on_a_button_leaves_the_keys_working(self, viewer: Viewer) -> None:
        viewer.button("inverted").click()
        viewer.page.keyboard.press("h")
        state = viewer.settled()
        assert state["inverted"]
        assert state["heatmap"]

    def test_keys_alone_zoom_and_pan(self, viewer: Viewer) -> None:
        opened = viewer.state["scale"]
        zoomed = viewer.press("+")
        assert zoomed["scale"] > opened
        moved = viewer.press("Shift+ArrowRight")
        assert moved["origin"][0] == pytest.approx(zoomed["origin"][0] - 60, abs=1)
        assert viewer.press("-")["scale"] < zoomed["scale"]
        assert viewer.press("=")["fit"]

    def test_each_button_names_its_key(self, viewer: Viewer) -> None:
        for button in viewer.page.locator(".controls button").all():
            key = button.get_attribute("aria-keyshortcuts") or ""
            assert key.lower() in (button.get_attribute("title") or "")

    def test_f_fills_the_screen_and_leaves_it(self, viewer: Viewer) -> None:
        viewer.press("f")
        assert viewer.button("fullscreen").get_attribute("aria-pressed") == "true"
        viewer.press("f")
        assert viewer.button("fullscreen").get_attribute("aria-pressed") == "false"

    @pytest.mark.parametrize(
        ("key", "asked"),
        [("ArrowRight", "1, asked for next"), ("ArrowLeft", "-1, asked for previous")],
    )
    def test_arrow_keys_ask_for_another_case(
        self, viewer: Viewer, key: str, asked: str
    ) -> None:
        viewer.press(key)
        viewer.page.get_by_text(f"case {asked}").wait_for()

    def test_a_rerun_keeps_what_the_reader_set(self, viewer: Viewer) -> None:
        viewer.drag(60, 20)
        for key in ("h", "z", "i"):
            viewer.press(key)
        before = viewer.state
        canvas = viewer.canvas()
        viewer.page.get_by_text("notice", exact=True).click()
        viewer.page.get_by_text("Something above").wait_for()
        after = viewer.settled()
        for name in ("low", "high", "scale", "origin", "inverted", "heatmap"):
            assert after[name] == before[name]
        np.testing.assert_array_equal(viewer.canvas(), canvas)

    def test_another_place_on_the_page_keeps_what_the_reader_set(
        self, viewer: Viewer
    ) -> None:
        viewer.drag(60, 20)
        before = viewer.press("h")
        # Asked before the click: on the way, two viewers stand on the page.
        stage, width = viewer.stage.element_handle(), viewer.canvas().shape[1]
        viewer.page.get_by_text("moved", exact=True).click()
        viewer.page.wait_for_function(
            "([stage, width]) => !stage.isConnected || stage.clientWidth < width",
            arg=[stage, width],
        )
        after = viewer.settled()
        for name in ("low", "high", "heatmap"):
            assert after[name] == before[name]

    def test_a_case_left_and_opened_again_opens_afresh(self, viewer: Viewer) -> None:
        viewer.press("h")
        toggle = viewer.page.get_by_text("closed", exact=True)
        toggle.click()
        viewer.root.wait_for(state="detached")
        viewer.page.wait_for_timeout(1200)  # longer than a rerun takes to move it
        toggle.click()
        viewer.page.wait_for_selector(".viewer[data-state]")
        assert not viewer.settled()["heatmap"]

    def test_maps_that_arrive_later_keep_what_the_reader_set(
        self, viewer: Viewer
    ) -> None:
        toggle = viewer.page.get_by_text("map", exact=True)
        toggle.click()
        viewer.page.wait_for_selector("button[name=heatmap]:disabled")
        before = viewer.drag(60, 20)
        toggle.click()
        viewer.page.wait_for_selector("button[name=heatmap]:enabled")
        after = viewer.settled()
        assert (after["low"], after["high"]) == (before["low"], before["high"])

    def test_a_new_case_opens_afresh_and_keeps_the_focus(self, viewer: Viewer) -> None:
        first = viewer.state["id"]
        viewer.drag(60, 20)
        for key in ("h", "z", "i"):
            viewer.press(key)
        viewer.press("ArrowRight")
        viewer.page.get_by_text("case 1").wait_for()
        state = viewer.settled()
        assert state["id"] != first
        assert (state["low"], state["high"]) == (LOW, HIGH)
        assert state["fit"]
        assert not state["heatmap"]
        assert not state["inverted"]
        viewer.page.keyboard.press("i")
        assert viewer.settled()["inverted"]

    def test_nothing_overflows_a_telephone(
        self, open_viewer: Callable[..., Viewer]
    ) -> None:
        viewer = open_viewer(viewport={"width": 390, "height": 844})
        viewer.press("h")
        viewer.press("k")
        width = viewer.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
        edge = viewer.root.bounding_box()
        assert edge is not None
        for part in viewer.page.locator(".viewer :is(button, input, select, p)").all():
            box = part.bounding_box()
            if part.is_visible() and box is not None:
                assert box["x"] >= edge["x"] - 1
                assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1
