"""What the viewer draws: the picture, its layers and the model input."""

from collections.abc import Callable

import numpy as np
import pytest
from fixtures_viewer import HIGH, LOW, Viewer, windowed


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
        # The canvas has whole pixels; the box may end between two.
        assert abs(width - box["width"] * 2) <= 1
        assert abs(height - box["height"] * 2) <= 1
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
        shown = int("".join(c for c in text.split("of")[0] if c.isdigit()))
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

    def test_each_layer_has_its_own_note(self, viewer: Viewer) -> None:
        viewer.press("h")
        note = viewer.page.locator("[data-out=note]")
        assert note.text_content() == "A note."
        viewer.page.locator("select[name=layer]").select_option("Second")
        viewer.settled()
        assert note.text_content() == "Nothing. A note."

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
        below = viewer.page.get_by_text("case 0", exact=True)
        before = below.bounding_box()
        assert not legend.is_visible()
        for key in ("h", "k"):
            viewer.press(key)
            assert legend.is_visible()
            assert below.bounding_box() == before

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
