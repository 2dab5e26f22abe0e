"""Buttons, keys and focus of the viewer, and what reruns keep."""

from collections.abc import Callable

import numpy as np
import pytest
from fixtures_viewer import HIGH, LOW, Viewer
from playwright.sync_api import expect


@pytest.mark.browser
class TestControls:
    def test_every_control_is_reached_by_tab(self, viewer: Viewer) -> None:
        viewer.press("h")
        viewer.page.locator(".bar button[name=next]").focus()
        reached = set()
        for _ in range(23):
            viewer.page.keyboard.press("Tab")
            reached.add(
                viewer.root.evaluate("(root) => root.getRootNode().activeElement?.name")
            )
        wanted = (
            "preset width level inverted zoom fit reset turned mirrored measuring "
            "heatmap contour compare keep input"
        )
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

    @pytest.mark.parametrize(("key", "case"), [("ArrowRight", 1), ("ArrowLeft", -1)])
    def test_arrow_keys_ask_for_another_case(
        self, viewer: Viewer, key: str, case: int
    ) -> None:
        viewer.press(key)
        viewer.page.get_by_text(f"case {case}", exact=True).wait_for()

    def test_arrow_keys_lead_to_another_case_from_anywhere(
        self, viewer: Viewer
    ) -> None:
        viewer.page.locator("body").press("ArrowRight")
        viewer.page.get_by_text("case 1", exact=True).wait_for()
        viewer.page.keyboard.press("h")
        assert viewer.settled()["heatmap"]
        viewer.page.get_by_role("button", name="rerun").press("ArrowRight")
        viewer.page.get_by_text("case 2", exact=True).wait_for()

    def test_arrow_keys_stay_with_a_field_that_needs_them(self, viewer: Viewer) -> None:
        viewer.page.locator("[name=width]").press("ArrowRight")
        viewer.page.keyboard.press("Escape")
        assert not viewer.page.get_by_text("case 1", exact=True).count()

    @pytest.mark.parametrize("name", ["previous", "next"])
    def test_buttons_lead_to_other_cases(self, viewer: Viewer, name: str) -> None:
        viewer.page.locator(f".bar button[name={name}]").click()
        case = 1 if name == "next" else -1
        viewer.page.get_by_text(f"case {case}", exact=True).wait_for()

    def test_no_step_is_lost_however_fast(self, viewer: Viewer) -> None:
        viewer.stage.focus()
        for _ in range(40):
            viewer.page.keyboard.press("ArrowRight")
        viewer.page.get_by_text("case 40", exact=True).wait_for()
        expect(viewer.page.get_by_text("81 of 81")).to_be_visible()
        expect(viewer.page.locator(".bar button[name=next]")).to_be_disabled()

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
            swiped = part.locator("xpath=ancestor::*[contains(@class, 'controls')]")
            if part.is_visible() and box is not None and not swiped.count():
                assert box["x"] >= edge["x"] - 1
                assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1


@pytest.mark.browser
class TestReruns:
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
        expect(viewer.root).to_have_count(1)
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

    def test_a_new_case_opens_afresh_but_for_the_map_and_keeps_the_focus(
        self, viewer: Viewer
    ) -> None:
        first = viewer.state["id"]
        viewer.drag(60, 20)
        for key in ("h", "z", "i"):
            viewer.press(key)
        viewer.press("ArrowRight")
        viewer.page.get_by_text("case 1", exact=True).wait_for()
        state = viewer.settled()
        assert state["id"] != first
        assert (state["low"], state["high"]) == (LOW, HIGH)
        assert state["fit"]
        assert state["heatmap"]
        assert not state["inverted"]
        viewer.page.keyboard.press("i")
        assert viewer.settled()["inverted"]
