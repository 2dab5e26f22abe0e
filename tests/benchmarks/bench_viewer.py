"""Measure how long the viewer takes from a gesture to the drawn picture.

    python tests/benchmarks/bench_viewer.py [--device-pixel-ratio 2] [--heatmap]

Serves a synthetic 3000 by 2500 radiograph of 16 bits, drags the window and wheels
through the zoom in Chromium, and prints the frame times (handlers and drawing, as the
page measures them) and the interval between frames on the screen.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from conftest import CHROMIUM_ARGUMENTS, StreamlitServer, with_pixels

SCRIPT = """
import numpy as np
import streamlit as st
from pneumonia.ui.viewer import SaliencyLayer, ViewerContent, show_viewer

st.set_page_config(layout="wide")

@st.cache_data
def radiograph():
    rows, columns = np.mgrid[0:3000, 0:2500].astype(np.float32)
    waves = np.sin(rows / 37) * np.cos(columns / 53) + 1
    noise = np.random.default_rng(0).normal(0, 400, rows.shape)
    return np.clip(waves * 28000 + noise, 0, 65535).astype(np.uint16)

bump = np.hypot(*np.mgrid[-7:8, -7:8])
strength = np.clip(255 - 40 * bump, 0, 255).astype(np.uint8)
layers = [SaliencyLayer("Evidence", strength)]
content = ViewerContent(pixels=radiograph(), saliency=layers, height=800)
show_viewer(content, key="viewer")
"""

# Keeps every frame's time, and the intervals at which the browser offers frames.
RECORD = """
() => {
  const root = [...document.querySelectorAll("*")]
    .map((node) => node.shadowRoot?.querySelector(".viewer")).find(Boolean);
  window.frames_ms = [];
  const note = () => frames_ms.push(JSON.parse(root.dataset.state).frameMs);
  new MutationObserver(note).observe(root, { attributeFilter: ["data-state"] });
  window.intervals_ms = [];
  let last = performance.now();
  const tick = (now) => {
    intervals_ms.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
"""


def main() -> None:
    """Run the gestures and print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device-pixel-ratio", type=float, default=1.0)
    parser.add_argument("--heatmap", action="store_true", help="with heatmap, contours")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder, "app.py")
        script.write_text(SCRIPT)
        with StreamlitServer(with_pixels(script)) as server:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
            )
            page = browser.new_page(
                viewport={"width": 1280, "height": 1000},
                device_scale_factor=options.device_pixel_ratio,
            )
            page.goto(server.url)
            page.wait_for_selector(".viewer[data-state]")
            page.locator(".stage").focus()
            if options.heatmap:
                page.keyboard.press("h")
                page.keyboard.press("k")
            page.wait_for_timeout(500)
            page.evaluate(RECORD)
            canvas = page.evaluate(
                "(stage) => [stage.width, stage.height]",
                page.locator(".stage canvas").element_handle(),
            )
            print(f"canvas {canvas[0]} x {canvas[1]} device pixels")
            for name, gesture in {
                "window drag": drag,
                "zoom": zoom,
                "pan": pan,
            }.items():
                page.evaluate("() => { frames_ms.length = intervals_ms.length = 0 }")
                gesture(page)
                frames = page.evaluate("() => frames_ms")
                intervals = page.evaluate("() => intervals_ms")
                print(
                    f"{name:12} {len(frames):4} frames, handler and draw: "
                    f"median {np.median(frames):5.1f} ms, "
                    f"p95 {np.percentile(frames, 95):5.1f} ms, "
                    f"max {max(frames):5.1f} ms; "
                    f"interval p95 {np.percentile(intervals, 95):5.1f} ms"
                )
            browser.close()


def drag(page: Page) -> None:
    """Drag the window to and fro."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for turn in range(4):
        page.mouse.move(x + (150 if turn % 2 else -150), y + 40 * turn, steps=50)
    page.mouse.up()
    page.wait_for_timeout(300)


def zoom(page: Page) -> None:
    """Wheel in and out."""
    for direction in (-1, 1, -1):
        for _ in range(50):
            page.mouse.wheel(0, direction * 60)
    page.wait_for_timeout(300)


def pan(page: Page) -> None:
    """Drag the zoomed picture."""
    page.keyboard.down("Shift")
    drag(page)
    page.keyboard.up("Shift")


if __name__ == "__main__":
    main()
