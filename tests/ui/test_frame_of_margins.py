"""What is cropped before the model stays visible, with its frame, in what is shown."""

import io

import numpy as np
import pytest
from fixtures_exports import make_report
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread

from pneumonia.export.secondary_capture import secondary_capture
from pneumonia.model.cell_grid import CellGrid, to_image_coordinates
from pneumonia.model.heatmap import draw_heatmap
from pneumonia.phantom import draw_phantom
from pneumonia.reading.display import displayed
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.ui.viewer import ViewerContent, describe

TOP, BOTTOM, LEFT, RIGHT = 30, 10, 50, 20
ROWS, COLUMNS = 220, 180


@pytest.fixture(scope="module")
def radiograph() -> Radiograph:
    chest = draw_phantom((ROWS, COLUMNS), seed=4)
    framed = np.pad(chest, ((TOP, BOTTOM), (LEFT, RIGHT)), constant_values=230)
    file = io.BytesIO()
    Image.fromarray(framed).save(file, "PNG")
    return read_radiograph(file.getvalue())


def overlay(radiograph: Radiograph) -> NDArray[np.uint8]:
    """Lay an even map over what the model sees."""
    grey = displayed(radiograph)
    even = np.ones((4, 4), np.float32)
    shares = radiograph.frame.shares(radiograph.pixels.shape)
    grid = CellGrid(stride=8, first=3.5, size=32)
    strength = to_image_coordinates(even, grid, (grey.shape[0], grey.shape[1]), shares)
    return draw_heatmap(grey, strength)


def test_the_viewer_gets_the_whole_picture_and_the_frame(
    radiograph: Radiograph,
) -> None:
    content = ViewerContent(pixels=radiograph.pixels, frame=radiograph.frame.corners)
    described = describe(content, key="viewer")
    assert (described["height"], described["width"]) == (260, 250)
    assert described["frame"] == (LEFT, TOP, LEFT + COLUMNS, TOP + ROWS)


def test_the_heatmap_shows_the_whole_picture_and_colours_only_the_frame(
    radiograph: Radiograph,
) -> None:
    drawn = overlay(radiograph)
    assert drawn.shape == (260, 250, 3)
    coloured = np.ptp(drawn.astype(int), axis=-1) > 0
    within = np.zeros_like(coloured)
    within[TOP : TOP + ROWS, LEFT : LEFT + COLUMNS] = True
    assert not coloured[~within].any()
    assert coloured[within].mean() > 0.9
    np.testing.assert_array_equal(drawn[~within][:, 0], 230)


def test_the_secondary_capture_shows_the_whole_picture_and_colours_only_the_frame(
    radiograph: Radiograph,
) -> None:
    drawn = overlay(radiograph)
    report = make_report(input_sha256=radiograph.sha256)
    dataset = dcmread(io.BytesIO(secondary_capture(report, drawn, radiograph)))
    np.testing.assert_array_equal(dataset.pixel_array[:260], drawn)
