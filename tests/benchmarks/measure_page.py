"""Measure the page: how much of the window the radiograph has, and what jumps.

    python tests/benchmarks/measure_page.py [--data FOLDER]

Serves the page, opens it in Chromium at several sizes, drops radiographs and prints for
each size: the share of the window that the picture area and the picture itself have,
with the list open and closed (on a telephone it is a drawer over the page); the
layout shifts of the first visit and after the upload; and how many numbers the result
shows before Details are opened. Then it does what a reader does and counts the steps,
which are clicks, drops and answers: ten cases read, a reader study of ten finished, and
both exported. Without `--data` the radiographs are phantoms.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))
from conftest import CHROMIUM_ARGUMENTS, StreamlitServer
from phantoms import write_phantom

from pneumonia.ui import export_texts, study_texts, texts
from pneumonia.ui.viewer.texts import PLACE

ROOT = Path(__file__).parents[2]
SIZES = ((1280, 800), (1920, 1080), (390, 844))
CASES = 10
PATIENCE_MS = 300_000

# Sums what the browser reports as shifts, and keeps the largest with what moved.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    shifts.push({
      value: entry.value,
      // What lies within a component has no name here, only a place.
      of: entry.sources.map(({ node, previousRect: from, currentRect: to }) => {
        const { testid } = node?.dataset ?? {};
        const name = testid || node?.className || node?.nodeName || "part";
        const text = (node?.textContent ?? "").slice(0, 20);
        const at = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
        return `${name} "${text}" ${at(from)} to ${at(to)}`;
      }),
    });
}).observe({ type: "layout-shift", buffered: true });
"""


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of radiographs to drop")
    parser.add_argument(
        "--widths", type=int, nargs="*", default=[it[0] for it in SIZES]
    )
    parser.add_argument("--shifts", action="store_true", help="name what moved")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        files = sorted(options.data.iterdir())[:CASES] if options.data else []
        files = files or list(draw_files(Path(folder)))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS
        )
        with StreamlitServer(ROOT / "streamlit_app.py") as server:
            print(
                "window      list    area    picture  shift: first  upload  "
                "numbers before Details"
            )
            for size in (it for it in SIZES if it[0] in options.widths):
                for row in measure(browser, server.url, size, files, options.shifts):
                    print(row, flush=True)
            print("\nsteps of")
            for task, steps in count_steps(browser, server.url, files):
                print(f"{task:32} {len(steps):3}   {summary(steps)}", flush=True)
        browser.close()


def draw_files(folder: Path) -> Iterator[Path]:
    """Draw phantoms of the aspect that the training radiographs have on average."""
    for seed in range(CASES):
        yield write_phantom(folder / f"{seed}.png", seed=seed, shape=(800, 1100))


def measure(
    browser: Browser,
    url: str,
    size: tuple[int, int],
    files: list[Path],
    names_shifts: bool,
) -> Iterator[str]:
    """Yield the rows of one window."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)
    page.goto(url)
    page.get_by_test_id("stFileUploader").first.wait_for()
    page.wait_for_timeout(3000)
    first = shift(page, "first visit" if names_shifts else "")
    page.locator("input[type=file]").first.set_input_files(files)
    done = texts.WORKLIST_PROGRESS.format(done=len(files), total=len(files))
    page.get_by_text(done).wait_for()
    page.get_by_text(texts.DETAILS, exact=True).wait_for()
    page.wait_for_timeout(3000)
    after = shift(page, "upload" if names_shifts else "")
    page.get_by_role("button", name=texts.AGES_ANSWERS["yes"], exact=True).click()
    page.wait_for_timeout(3000)
    numbers = len(re.findall(r"\d+(?:\.\d+)?", result_before_details(page)))
    telephone = page.get_by_role("button", name=texts.WORKLIST).is_visible()
    for state in ("drawer",) if telephone else ("open", "closed"):
        if state == "closed":
            page.get_by_role("button", name=texts.HIDE_LIST).click()
            page.get_by_role("listbox").wait_for(state="detached")
            page.wait_for_timeout(2000)
        area, picture = areas(page)
        share = [f"{100 * it / (width * height):5.1f} %" for it in (area, picture)]
        row = f"{width} x {height:<5} {state:7} {share[0]} {share[1]}"
        if state != "closed":
            row += f"       {first:5.3f}  {after:5.3f}   {numbers}"
        yield row
    context.close()


class Reader:
    """Someone at the page, whose steps are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps: list[str] = []

    def click(self, kind: str, role: Any, name: str) -> None:
        """Press what is called so, once it can be."""
        self.page.get_by_role(role, name=name, exact=True).click()
        self.steps.append(kind)
        self.settle()

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.wait_for_timeout(500)
        self.page.locator("[data-test-script-state=notRunning]").wait_for()

    def drop(self, files: list[Path]) -> None:
        """Drop files."""
        self.page.locator("input[type=file]").first.set_input_files(files)
        self.steps.append("drop")
        done = texts.WORKLIST_PROGRESS.format(done=len(files), total=len(files))
        self.page.get_by_text(done).wait_for()

    def opens(self, place: int, total: int) -> None:
        """Wait until a case is open, and all that belongs to it is drawn."""
        words = PLACE.format(place=place, total=total)
        self.page.locator(".viewer:not([data-waiting])").get_by_text(words).wait_for()
        self.settle()

    def export(self, label: str) -> None:
        """Download a file."""
        with self.page.expect_download():
            self.page.locator("a.download").get_by_text(label, exact=True).click()
        self.steps.append("download")

    def take(self) -> list[str]:
        """Return the steps since the last time."""
        steps, self.steps = self.steps, []
        return steps


def count_steps(
    browser: Browser, url: str, files: list[Path]
) -> Iterator[tuple[str, list[str]]]:
    """Yield each task with its steps."""
    width, height = SIZES[0]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.get_by_test_id("stFileUploader").first.wait_for()
    reader, total = Reader(page), len(files)
    reader.click("answer", "radio", texts.AGES_ANSWERS["yes"])
    reader.drop(files)
    for place in range(1, total + 1):
        reader.opens(place, total)
        page.locator(".bar .flag").get_by_text(re.compile(r"\w")).wait_for()
        reader.click("done", "button", texts.MARK_DONE)
    yield f"{total} cases read", reader.take()
    reader.click("menu", "button", export_texts.DOWNLOAD)
    reader.export(export_texts.DOWNLOAD_CSV)
    page.keyboard.press("Escape")
    yield "cases exported", reader.take()

    reader.click("menu", "button", texts.CLEAR)
    reader.click("menu", "button", texts.CLEAR_NOW)
    page.get_by_text(texts.EXAMPLES_OFFER).wait_for()
    reader.click("place", "link", texts.PLACES["study"])
    page.get_by_text(study_texts.FIRST, exact=True).click()
    reader.steps.append("switch")
    page.get_by_text(study_texts.NOW_DROP).wait_for()
    reader.click("place", "link", texts.PLACES["read"])
    reader.drop(files)
    for place in range(1, total + 1):
        reader.opens(place, total)
        impression = texts.IMPRESSIONS["normal" if place % 2 else "pneumonia"]
        reader.click("impression", "button", impression)
        page.get_by_text(texts.CHANGE_IMPRESSION).wait_for()
        reader.click("done", "button", texts.MARK_DONE)
    reader.click("place", "link", texts.PLACES["study"])
    page.get_by_text(study_texts.PROGRESS.format(read=total, total=total)).wait_for()
    yield f"study of {total} finished", reader.take()
    reader.export(study_texts.DOWNLOAD_CSV)
    yield "study exported", reader.take()
    context.close()


def summary(steps: list[str]) -> str:
    """Say how often each kind of step was taken."""
    return ", ".join(f"{count} {kind}" for kind, count in Counter(steps).items())


def shift(page: Page, named: str) -> float:
    """Sum the shifts since the last measurement, and say what moved if it is named."""
    shifts = page.evaluate("shifts.splice(0)")
    if named:
        print(named, json.dumps(shifts, indent=1), file=sys.stderr)
    return float(sum(it["value"] for it in shifts))


def result_before_details(page: Page) -> str:
    """Read the result as it stands before Details are opened."""
    text = page.locator(".st-key-panel").inner_text()
    return text.split(f"\n{texts.DETAILS}\n")[0]


def areas(page: Page) -> tuple[float, float]:
    """Measure the picture area, and the picture in it, in square CSS pixels."""
    box = page.locator(".stage").bounding_box()
    assert box is not None
    state = json.loads(page.locator(".viewer").get_attribute("data-state") or "{}")
    inside = [
        side - 2 * origin / state["ratio"]
        for side, origin in zip(
            (box["width"], box["height"]), state["origin"], strict=True
        )
    ]
    return box["width"] * box["height"], inside[0] * inside[1]


if __name__ == "__main__":
    main()
