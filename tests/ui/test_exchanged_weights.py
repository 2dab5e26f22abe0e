"""New weights in the folder of a server that runs: for lists that are begun later."""

import csv
import io
import json
import shutil
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import StreamlitServer
from fixtures_models import list_anew
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

from pneumonia.model.weights import DEFAULT_WEIGHTS, WEIGHTS_FOLDER, available_weights
from pneumonia.ui import export_texts

ROOT = Path(__file__).parents[2]
_SECONDS = 120

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "weights"
    copy.mkdir()
    for kind in ("gate", "lungs", DEFAULT_WEIGHTS):
        for path in WEIGHTS_FOLDER.glob(f"{kind}.*"):
            shutil.copy(path, copy)
    list_anew(copy)
    return copy


@pytest.fixture
def server(folder: Path) -> Iterator[StreamlitServer]:
    with StreamlitServer(
        ROOT / "streamlit_app.py", PNEUMONIA_WEIGHTS=folder
    ) as started:
        yield started


def thresholds(visitor: Visitor) -> set[float]:
    link = visitor.links()[export_texts.DOWNLOAD_CSV]
    with urllib.request.urlopen(link) as answer:  # noqa: S310
        text = answer.read().decode("utf-8-sig")
    return {float(row["threshold"]) for row in csv.DictReader(io.StringIO(text))}


def thresholds_of_new_visitor(server: StreamlitServer) -> set[float]:
    with Visitor(server.url) as visitor:
        visitor.run()
        visitor.upload("c.png", phantom_png(3))
        return thresholds(visitor.run_until(Visitor.done))


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.5)


def test_a_list_is_read_to_its_end_by_the_weights_that_it_was_begun_with(
    server: StreamlitServer, folder: Path
) -> None:
    path = folder / f"{DEFAULT_WEIGHTS}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    old = card["operating_points"]["balanced"]["threshold"]
    with Visitor(server.url) as visitor:
        visitor.run()
        visitor.upload("a.png", phantom_png(1))
        assert thresholds(visitor.run_until(Visitor.done)) == {old}

        new = old + 0.001  # still within the zone in which the card is unsure
        card["operating_points"]["balanced"]["threshold"] = new
        path.write_text(json.dumps(card), encoding="utf-8")
        assert thresholds_of_new_visitor(server) == {old}
        wait_for(lambda: "have changed and are not used" in server.log())

        list_anew(folder)
        wait_for(lambda: thresholds_of_new_visitor(server) == {new})
        visitor.upload("b.png", phantom_png(2))
        visitor.run_until(lambda it: len(it.rows()) == 2 and it.done())
        assert thresholds(visitor) == {old}
    assert "were exchanged" in server.log()
