"""What mouse and fingers do on the picture: window, zoom and mark."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from fixtures_viewer import HIGH, LOW, Viewer, windowed
from playwright.sync_api import expect


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
        expect(marker.page.get_by_text("case 0", exact=True)).to_be_visible()

    def test_a_mark_stays_with_its_picture(self, marker: Viewer) -> None:
        marker.press("r")
        drawn = marker.drag(80, 50)["mark"]
        marker.press("ArrowRight")
        marker.page.get_by_text("case 1", exact=True).wait_for()
        assert marker.settled()["mark"] is None
        marker.press("ArrowLeft")
        marker.page.get_by_text("case 0", exact=True).wait_for()
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
