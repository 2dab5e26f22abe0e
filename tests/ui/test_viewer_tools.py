"""Tools of the viewer: turning and mirroring, lengths, windows to choose from."""

import math
import re

import numpy as np
import pytest
from fixtures_viewer import HIGH, LOW, Viewer, windowed
from playwright.sync_api import expect

# What the viewer reports once the file states the patient's sides.
SIDED = re.compile(r'"sides":\["R","","L",""\]')


@pytest.mark.browser
class TestOrientation:
    def test_a_turn_moves_pixels_and_side_letters_together(
        self, viewer: Viewer
    ) -> None:
        viewer.page.get_by_text("stated", exact=True).click()
        expect(viewer.root).to_have_attribute("data-state", SIDED)
        state = viewer.press("o")
        assert state["turns"] == 1
        # Clockwise: what was left is on top.
        assert state["sides"] == ["", "R", "", "L"]
        canvas = viewer.canvas()
        x = round(state["origin"][0] + 300 * state["scale"])
        column = canvas[:, x, 0].astype(float)
        top = round(state["origin"][1])
        shown = column[top + 40 : top + 400]
        # Down the screen is now across the picture as sent, 40 levels a pixel.
        along = (np.arange(len(shown)) + 40.5) / state["scale"]
        expected = windowed(40 * along + 8 * 300, LOW, HIGH)
        np.testing.assert_allclose(shown, expected, atol=2)
        expect(viewer.page.get_by_text("Turned", exact=True)).to_be_visible()

    def test_mirroring_swaps_the_letters_and_says_so(self, viewer: Viewer) -> None:
        viewer.page.get_by_text("stated", exact=True).click()
        expect(viewer.root).to_have_attribute("data-state", SIDED)
        state = viewer.press("l")
        assert state["sides"] == ["L", "", "R", ""]
        row = viewer.canvas()[viewer.canvas().shape[0] // 2, :, 0].astype(int)
        left = round(state["origin"][0])
        assert row[left + 20] > row[-left - 20]  # the ramp falls now
        expect(viewer.page.get_by_text("Mirrored", exact=True)).to_be_visible()

    def test_four_turns_and_two_mirrors_restore_the_picture(
        self, viewer: Viewer
    ) -> None:
        opened = viewer.canvas()
        for key in "oloolo":
            viewer.press(key)
        np.testing.assert_array_equal(viewer.canvas(), opened)

    def test_reset_turns_back(self, viewer: Viewer) -> None:
        opened = viewer.canvas()
        viewer.press("o")
        viewer.press("l")
        viewer.press(" ")
        np.testing.assert_array_equal(viewer.canvas(), opened)

    def test_a_mark_on_a_turned_picture_reaches_python_as_the_file_lies(
        self, viewer: Viewer
    ) -> None:
        viewer.page.get_by_text("marking", exact=True).click()
        viewer.button("drawing").wait_for()
        viewer.press("o")
        viewer.press("r")
        drawn = viewer.drag(80, 50)["mark"]
        left, top, right, bottom = (round(edge) for edge in drawn)
        # A quarter turn clockwise put column x and row y at (600 - y, x).
        told = f"mark [{top}, {600 - right}, {bottom}, {600 - left}]"
        viewer.page.get_by_text(told).wait_for()
        viewer.press(" ")
        assert [round(edge) for edge in viewer.state["mark"]] == [
            *(top, 600 - right),
            *(bottom, 600 - left),
        ]


@pytest.mark.browser
class TestLengths:
    def test_a_line_is_measured_in_millimetres(self, viewer: Viewer) -> None:
        viewer.press("d")
        state = viewer.drag(120, 90)
        (line,) = state["lengths"]
        expected = 0.2 * math.hypot(120, 90) / state["scale"]
        assert float(line["length"].removesuffix(" mm")) == pytest.approx(
            expected, abs=0.4
        )
        assert (state["low"], state["high"]) == (LOW, HIGH)
        expect(viewer.page.locator("[data-out=length]")).to_have_text(line["length"])

    def test_a_file_without_spacing_is_measured_in_pixels(self, viewer: Viewer) -> None:
        viewer.page.get_by_text("unspaced", exact=True).click()
        expect(viewer.page.locator(".scale")).to_be_hidden()
        viewer.press("d")
        state = viewer.drag(120, 0)
        (line,) = state["lengths"]
        assert line["length"] == f"{round(120 / state['scale'])} px"

    def test_a_line_keeps_its_length_when_turned_and_zoomed(
        self, viewer: Viewer
    ) -> None:
        viewer.press("d")
        (before,) = viewer.drag(120, 60)["lengths"]
        viewer.press("o")
        (after,) = viewer.press("+")["lengths"]
        assert after["length"] == before["length"]
        assert after["ends"] != before["ends"]

    def test_lines_are_drawn_and_removed_one_by_one(self, viewer: Viewer) -> None:
        plain = viewer.canvas()
        expect(viewer.button("unmark")).to_be_disabled()
        viewer.press("d")
        viewer.drag(100, 50)
        assert len(viewer.drag(-100, 50)["lengths"]) == 2
        assert not np.array_equal(viewer.canvas(), plain)
        viewer.press("Delete")
        viewer.button("unmark").click()
        assert viewer.settled()["lengths"] == []
        np.testing.assert_array_equal(viewer.canvas(), plain)

    def test_keys_alone_measure(self, viewer: Viewer) -> None:
        viewer.press("d")
        state = viewer.press("ArrowRight")
        (line,) = state["lengths"]
        assert line["length"] == f"{0.2 * 8 / state['scale']:.1f} mm"
        assert not viewer.press("Enter")["measuring"]
        viewer.press("ArrowRight")
        viewer.page.get_by_text("case 1", exact=True).wait_for()
        assert viewer.settled()["lengths"] == []
        viewer.press("ArrowLeft")
        viewer.page.get_by_text("case 0", exact=True).wait_for()
        assert viewer.settled()["lengths"] == [line]

    def test_a_click_draws_no_line(self, viewer: Viewer) -> None:
        viewer.press("d")
        assert viewer.drag(1, 1)["lengths"] == []


@pytest.mark.browser
class TestPresets:
    def test_each_preset_has_its_key_and_its_window(self, viewer: Viewer) -> None:
        full = 799 * 40 + 599 * 8
        for key, name, window in (
            ("2", "lungs", (LOW, LOW + 0.6 * (HIGH - LOW))),
            ("3", "bones", (LOW + 0.4 * (HIGH - LOW), HIGH)),
            ("4", "full", (0, full)),
            ("1", "opened", (LOW, HIGH)),
        ):
            state = viewer.press(key)
            assert (state["low"], state["high"]) == pytest.approx(window)
            expect(viewer.page.locator("[name=preset]")).to_have_value(name)

    def test_a_chosen_preset_is_left_when_the_window_is_dragged(
        self, viewer: Viewer
    ) -> None:
        chooser = viewer.page.locator("[name=preset]")
        chooser.select_option("lungs")
        assert viewer.settled()["low"] == LOW
        viewer.drag(50, 10)
        expect(chooser).to_have_value("")


@pytest.mark.browser
def test_a_kept_case_stands_beside_the_next_with_the_same_window_and_zoom(
    viewer: Viewer,
) -> None:
    kept = viewer.press("p")["kept"]
    assert not viewer.state["beside"]
    viewer.press("ArrowRight")
    viewer.page.get_by_text("case 1", exact=True).wait_for()
    viewer.press("2")
    state = viewer.press("z")
    assert state["beside"]
    assert state["kept"] == kept != state["id"]
    canvas = viewer.canvas()[..., 0].astype(int)
    half = canvas.shape[1] // 2
    left, right = canvas[60:-60, 40 : half - 40], canvas[60:-60, half + 42 : -38]
    # Each stored value of case 1 is 100 higher, 1.6 of 255 in this window.
    difference = (left - right[:, : left.shape[1]])[(left > 5) & (left < 250)]
    assert 0 <= difference.mean() <= 4
    assert not viewer.press("p")["beside"]


@pytest.mark.browser
def test_what_the_model_saw_is_framed_only_beside_the_map(viewer: Viewer) -> None:
    opened = viewer.canvas()
    viewer.page.get_by_text("stated", exact=True).click()
    expect(viewer.root).to_have_attribute("data-state", SIDED)
    inside = np.s_[60:-60, 60:-60]  # the letters stand in the corners
    np.testing.assert_array_equal(viewer.canvas()[inside], opened[inside])
    state = viewer.press("m")
    assert state["frame"]
    told = viewer.page.get_by_text("The line encloses what the model saw.")
    expect(told.filter(visible=True)).to_have_count(1)
