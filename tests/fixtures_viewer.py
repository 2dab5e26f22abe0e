"""The viewer on a small page of its own, driven as a reader would."""

import base64
import json
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page

# A ramp along both axes: bilinear sampling and averaging keep it a ramp, so that each
# screen pixel's value follows from its place. Arrow keys change the case.
SCRIPT = """
import numpy as np
import streamlit as st
from functools import partial
from pneumonia.ui.steps import describe_place, take_step
from pneumonia.ui.viewer import SaliencyLayer, ViewerContent, show_viewer

st.set_page_config(layout="wide")
state = st.session_state
case = int(state.get("open_case", 0))
order = [str(number) for number in range(-40, 41)]

with st.sidebar:
    st.button("rerun")
    mapped = st.toggle("map", value=True)
    notice = st.toggle("notice")
    moved = st.toggle("moved")
    marking = st.toggle("marking")
    unspaced = st.toggle("unspaced")
    stated = st.toggle("stated")
    if st.toggle("closed"):
        st.stop()
if notice:
    st.write("Something above the viewer")

rows, columns = np.mgrid[0:600, 0:800]
strength = np.zeros((8, 8), np.uint8)
strength[2:4, 2:4] = 255
below = SaliencyLayer("Second", strength[::-1], "Nothing.")
layers = [SaliencyLayer("First", strength), below]
place = st.columns([1, 9])[1] if moved else st.container()
content = ViewerContent(
    pixels=(40 * columns + 8 * rows + 100 * case).astype(np.uint16),
    saliency=layers if mapped else (),
    saliency_note="A note.",
    window=(4000, 30000),
    pixel_spacing_mm=None if unspaced else (0.2, 0.2),
    sides=("R", "L") if stated else None,
    frame=(100, 50, 700, 450) if stated else None,
    model_input=np.full((16, 16), 77, np.uint8),
    height=500,
    marking=marking,
    cases=describe_place(order, str(case), key="viewer"),
)
with place:
    show_viewer(
        content,
        key="viewer",
        on_mark=lambda corners: state.update(corners=corners),
        on_step=partial(take_step, "viewer"),
    )
st.text(f"case {case}")
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
