"""Visitors of one server, each in their own language."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor

from pneumonia.language.speech import LANGUAGES, say, speaking
from pneumonia.model.weights import available_weights
from pneumonia.ui import export_texts, texts

ROOT = Path(__file__).parents[2]
LOCALES = {"en": "en-GB", "fr": "fr-CA", "es": "es-MX", "pt": "pt-BR"}

pytestmark = pytest.mark.skipif(not available_weights(), reason="no weights")


@pytest.fixture(scope="module")
def server() -> Iterator[StreamlitServer]:
    with StreamlitServer(ROOT / "streamlit_app.py") as started:
        yield started


def said(language: str, sentence: str) -> str:
    with speaking(language):
        return say(sentence)


def read(visitor: Visitor) -> bool:
    return [row["state"] for row in visitor.rows()] == ["unreadable"]


def test_visitors_are_served_in_their_own_language_at_the_same_time(
    server: StreamlitServer,
) -> None:
    together = threading.Barrier(len(LANGUAGES))
    words: dict[str, list[str]] = {}

    def visit(language: str) -> None:
        with Visitor(server.url, LOCALES[language]) as visitor:
            visitor.run()
            for _ in range(5):
                together.wait()
                words.setdefault(language, []).append(visitor.run().words())

    threads = [threading.Thread(target=visit, args=(it,)) for it in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(words) == set(LANGUAGES)
    for language, shown in words.items():
        for other in LANGUAGES:
            start = said(other, texts.START)
            assert all((start in it) == (language == other) for it in shown)


def test_a_download_is_in_the_language_of_its_page(server: StreamlitServer) -> None:
    with Visitor(server.url, LOCALES["fr"]) as visitor:
        visitor.run()
        visitor.upload("bad.png", b"only words")
        visitor.run_until(read)
        (row,) = visitor.rows()
        assert row["words"] == said("fr", texts.STATES["unreadable"])
        link = visitor.links()[said("fr", export_texts.DOWNLOAD_CSV)]
        with urllib.request.urlopen(link) as answer:  # noqa: S310
            table = answer.read().decode()
    header, _, rows = table.partition("\n")
    assert header.startswith("status,reason,message,")
    assert rows.startswith("unreadable,,")
    assert "octets de texte" in rows


def test_an_answer_without_a_page_is_in_the_language_of_the_request(
    server: StreamlitServer,
) -> None:
    asked = urllib.request.Request(  # noqa: S310
        f"{server.url}/export/none/none", headers={"Accept-Language": "es-AR,en;q=0.5"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)  # noqa: S310
    assert refused.value.read().decode() == said("es", export_texts.NO_DOWNLOAD)


def test_a_radiograph_is_opened_in_every_language(server: StreamlitServer) -> None:
    for language, locale in LOCALES.items():
        with Visitor(server.url, locale) as visitor:
            visitor.run()
            visitor.upload("chest.png", phantom_png(4, consolidation="both"))
            visitor.run_until(lambda it: "flagged" in str(it.rows()[:1]))
            viewers = {it.component_name for it in visitor.all("bidi_component")}
            assert f"radiograph_viewer_{language}" in viewers
