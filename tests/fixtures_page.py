"""What a test does on the page, run without a browser."""

import html
import io
import json
import re
import time
import zipfile
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from streamlit.testing.v1 import AppTest

from pneumonia.phantom import draw_phantom
from pneumonia.ui import texts


def open_page() -> AppTest:
    script = Path(__file__).parents[1] / "pneumonia" / "ui" / "page.py"
    page = AppTest.from_file(str(script), default_timeout=120)
    # What is built for who opens it.
    for drawer in ("details", "downloads_drawer"):
        page.session_state[drawer] = True
    return page


def phantom_png(
    seed: int = 0, *, consolidation: bool | Literal["both"] = False
) -> bytes:
    drawn = draw_phantom((256, 300), seed=seed, consolidation=consolidation)
    file = io.BytesIO()
    Image.fromarray(drawn).save(file, "PNG")
    return file.getvalue()


def run_until_loaded(page: AppTest) -> AppTest:
    deadline = time.monotonic() + 120
    page.run()
    if not page.selectbox:  # the part that reads ran alone; a browser keeps the rest
        page.run()
    while any(info.value == texts.LOADING for info in page.info):
        assert time.monotonic() < deadline, "the model did not load"
        time.sleep(0.5)
        page.run()
    return page


def words(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.subheader, page.info, page.warning)
    return "\n".join(element.value for kind in kinds for element in kind)


def has_result(page: AppTest) -> bool:
    """Tell whether the panel shows a flag."""
    flags = texts.FLAGS["flagged"], texts.FLAGS["not_flagged"]
    return any(flag in it.value for it in page.subheader for flag in flags)


def answer_age(page: AppTest, answer: str = "yes") -> AppTest:
    """Say whether the patients are of the ages that the weights know."""
    page.session_state["ages"] = answer
    return run_until_read(page)


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    page.run()
    page.file_uploader[0].set_value(
        [(name, data, "application/octet-stream") for name, data in files]
    )
    return run_until_read(page)


def run_until_read(page: AppTest) -> AppTest:
    run_until_loaded(page)
    deadline = time.monotonic() + 120
    while "reading" in states(page) and texts.WEIGHTS_FAILED not in words(page):
        assert time.monotonic() < deadline, "the files were not read"
        page.run()
    return page


def rows(page: AppTest) -> list[dict[str, Any]]:
    """Return the rows of the list, as the page sends them."""
    listed: list[dict[str, Any]] = []
    for it in told(page, "case_list").get("rows", []):
        if isinstance(it, str):
            lent = page.session_state["downloads"].find(it.split("/")[-1])
            listed += json.loads(lent.make())
        else:
            listed.append(it)
    return listed


def told(page: AppTest, key: str) -> dict[str, Any]:
    """Return what the run tells a component of the page's own."""
    for element in page.get("bidi_component"):
        if element.proto.component_name == "told":
            (said,) = json.loads(element.proto.json)
            if said["to"] == key:
                return dict(said["what"])
    return {}


def column(page: AppTest, name: str) -> list[Any]:
    """Return one key of all rows of the list."""
    return [row[name] for row in rows(page)]


def states(page: AppTest) -> list[str]:
    """Return the codes of what the list says of each case."""
    return column(page, "state")


def shown_numbers(page: AppTest) -> list[str]:
    """Return the list's numbers as they are written, empty where there is none."""
    return [row["words"].partition(" · ")[2] for row in rows(page)]


def numbers(page: AppTest) -> list[float]:
    """Return the list's numbers, nan where there is none."""
    written = [text.rpartition(" ")[2] for text in shown_numbers(page)]
    return [float(text) if text else float("nan") for text in written]


def choose(page: AppTest, label: str, option: str) -> AppTest:
    box = next(box for box in page.selectbox if box.label == label)
    box.set_value(option)
    return run_until_read(page)


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return run_until_read(page)


def press_done(page: AppTest, *, times: int = 1) -> AppTest:
    """Press the button that marks the open case as done, or takes that back."""
    (button,) = (
        it.proto
        for it in page.get("bidi_component")
        if it.proto.component_name == "done_button"
    )
    opened, done, _, answered, *_ = json.loads(button.json)
    last = answered["number"] if answered else 0
    presses = [[last + 1 + it, opened, not done] for it in range(times)]
    states = page._tree.get_widget_states()
    pressed = {"pressed": {"mount": "m", "presses": presses}}
    states.widgets.add(id=button.id, json_value=json.dumps(pressed))
    page._run(states)
    return run_until_read(page)


def remove(page: AppTest, place: int) -> AppTest:
    """Take the case at a place of the list off, counted from 0."""
    (component,) = (
        it.proto
        for it in page.get("bidi_component")
        if it.proto.component_name == "case_list"
    )
    asked = [{"order": told(page, "case_list")["cases"]["order"], "place": place}]
    states = page._tree.get_widget_states()
    states.widgets.add(id=component.id, json_value=json.dumps({"removed": asked}))
    page._run(states)
    return run_until_loaded(page)


def opened_name(page: AppTest) -> str:
    """Return the name above the picture."""
    return str(told(page, "viewer")["name"])


def open_place(page: AppTest, place: int) -> AppTest:
    """Open the case at a place of the list, counted from 0."""
    *_, order = page.session_state["orders"].values()
    page.session_state["open_case"] = order[place]
    return run_until_read(page)


def zip_of(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def move_prevalence(page: AppTest, percent: int) -> AppTest:
    """Type a prevalence in percent."""
    page.number_input(key="prevalence").set_value(percent)
    return run_until_read(page)


def downloads(page: AppTest) -> list[str]:
    """Return the words on the links that download a file."""
    drawn = "".join(str(element.proto.body) for element in page.get("html"))
    return [html.unescape(it) for it in re.findall(r"download=[^>]*>([^<]*)<", drawn)]
