"""The page says everything in the visitor's language, and keeps codes as they are."""

import ast
import csv
import gettext
import importlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from fixtures_exports import make_decision, make_refused
from fixtures_page import answer_age, open_page, phantom_png, rows, upload
from fixtures_places import END, SCRIPT
from google.protobuf.json_format import MessageToDict
from marked_sentences import marked
from streamlit.testing.v1 import AppTest

from pneumonia.export.records import record_with_reading, to_csv, to_json
from pneumonia.language import speech
from pneumonia.language.speech import LANGUAGES, say, speaking
from pneumonia.model.weights import available_weights
from pneumonia.ui import texts

UI = Path(__file__).parents[2] / "pneumonia" / "ui"
TABLES: Final = {path.stem for path in UI.glob("*texts.py")}
SAYS: Final = {"say", "plural", "naming"}
# Sentences that a module chooses first and says after, and a format without words.
SAID_LATER: Final = {
    ("prevalence", "PREVALENCE_FORMAT"),
    ("details", "PROBABILITY_LINE"),
    ("details", "SCORE_DETAILS"),
    ("external_figure", "OFFICIAL_TEST"),
    ("external_figure", "OTHER_NORMALS"),
    ("external_figure", "OTHER_PNEUMONIAS"),
    ("external_figure", "ADULTS"),
    ("result", "FEWER_THAN"),
    ("result", "MORE_THAN"),
}
# Arguments that show nothing.
SILENT: Final = {
    *("key", "icon", "type", "width", "height", "gap", "anchor", "url_path", "format"),
    *("language", "label_visibility", "vertical_alignment", "persist_state", "border"),
    *("mime", "name", "on_click", "on_change", "html", "css", "js", "value"),
}
# Literals that are no words of a language: markup, and what is written alike in all.
NO_WORDS: Final = re.compile(
    r"[^\w]*|:orange\[|</?h1>|## |style|text/csv|application/[\w.]+"
    r"|[\w-]+\.(csv|json|pdf|dcm|zip)"
)


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(UI.rglob("*.py")):
        if not path.stem.endswith("texts"):
            yield path, ast.parse(path.read_text())


def parents_of(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    return {
        child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
    }


def enclosing(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def table_names(tree: ast.Module) -> dict[str, str]:
    """Give the names under which a module knows the tables."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pneumonia.ui"
        for alias in node.names
        if alias.name in TABLES
    }


def test_every_sentence_of_a_table_is_said() -> None:
    unsaid, found = set(), 0
    for path, tree in trees():
        tables, parents = table_names(tree), parents_of(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=sentence) if (
                    name in tables
                ):
                    table = importlib.import_module(f"pneumonia.ui.{tables[name]}")
                    if not isinstance(getattr(table, sentence), str):
                        continue  # a table in a table: what the page shows is tested
                    calls = (it for it in enclosing(node, parents))
                    said = any(
                        isinstance(it, ast.Call)
                        and isinstance(it.func, ast.Name)
                        and it.func.id in SAYS
                        for it in calls
                    )
                    found += 1
                    if not said and re.search(r"[a-z]", getattr(table, sentence)):
                        unsaid.add((path.stem, sentence))
    assert found > 200
    assert unsaid == SAID_LATER


def test_no_sentence_is_written_where_it_is_shown() -> None:
    written = []
    for path, tree in trees():
        parents = parents_of(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Constant(value=str(text)) if not NO_WORDS.fullmatch(text):
                    shown = shown_by(node, parents)
                    if shown:
                        written.append((path.stem, shown, text))
    assert not written


def shown_by(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str | None:
    """Name the method that shows a literal; None if it is not shown as it stands."""
    for it in enclosing(node, parents):
        match it:
            case ast.keyword(arg=name) if name in SILENT:
                return None
            case ast.Subscript() | ast.Compare() | ast.Dict() | ast.Lambda():
                return None
            # A log is for the operator.
            case ast.Call(func=ast.Attribute(value=ast.Name(id="_LOGGER" | "_logger"))):
                return None
            case ast.Call(func=ast.Attribute(attr=name)) if name in SHOWS:
                return name
            case ast.Call():
                return None
    return None


# What draws words.
SHOWS: Final = {
    *("markdown", "caption", "header", "subheader", "title", "text", "write"),
    *("button", "radio", "toggle", "checkbox", "selectbox", "multiselect", "slider"),
    *("number_input", "text_input", "file_uploader", "segmented_control", "popover"),
    *("expander", "info", "warning", "error", "success", "metric", "progress", "table"),
    *(
        "page_link",
        "download_button",
        "altair_chart",
        "vega_lite_chart",
        "set_page_config",
    ),
    *("dataframe", "tabs", "code"),
}


class Brackets(gettext.NullTranslations):
    """A language in which every sentence that is marked stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message in marked() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    language = Brackets()
    monkeypatch.setattr(speech, "_catalogue", lambda _: language)


# Fields of the page's elements in which words stand.
WORDED: Final = {
    *("label", "body", "help", "placeholder", "options", "text", "altText", "alt"),
    *("formattedOptions", "title"),
}
# What may stand on the page without being a sentence of it, and columns without a head.
NAMES: Final = re.compile(
    r"\((actualmed|cohen|cxnet|nih|rsna)\)|name|said|chest\.png|bad\.png|ensemble|seed_cnn|English|Français|Español|Português|EN"
    r"|CSV|JSON|PDF|[0-9a-f]{8,}|:orange|:material/\w+:|(?s:<style>.*</style>)"
    r"|<[^>]*>|[a-z](?: · [a-z])*$|a_long_name_of_a_file_\d+"
)


def shown_words(page: AppTest) -> list[str]:
    """List what the page shows outside of charts and of the components' own scripts."""
    found: list[str] = []

    def take(value: Any, name: str = "") -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                take(inner, key)
        elif isinstance(value, list):
            for inner in value:
                take(inner, name)
        elif isinstance(value, str) and name in WORDED:
            found.append(value)

    for element in page:
        if getattr(element, "proto", None) is not None:
            take(MessageToDict(element.proto))
    for table in (*page.table, *page.dataframe):
        found += map(str, table.value.columns)
        found += [str(cell) for cell in table.value.to_numpy().ravel()]
    return found


def outside_brackets(text: str) -> str:
    while "⟦" in text:
        shorter = re.sub(r"⟦[^⟦⟧]*⟧", "", text)
        assert shorter != text, text
        text = shorter
    return NAMES.sub("", text)


def unsaid(page: AppTest) -> list[str]:
    return [
        it for it in shown_words(page) if re.search(r"[^\W\d_]", outside_brackets(it))
    ]


@pytest.mark.usefixtures("brackets")
def test_what_is_not_said_is_noticed() -> None:
    script = "import streamlit as st\nst.caption('Not said')"
    page = AppTest.from_string(script, default_timeout=120).run()
    assert unsaid(page) == ["Not said"]


@pytest.mark.usefixtures("brackets")
@pytest.mark.parametrize("place", ["model", "study", "batch", "help"])
def test_a_place_says_all_that_it_shows(place: str) -> None:
    page = AppTest.from_string(SCRIPT, default_timeout=120)
    page.query_params["place"] = place
    page.run()
    assert not page.exception
    assert [it for it in unsaid(page) if it != END and "@software" not in it] == []


@pytest.mark.usefixtures("brackets")
@pytest.mark.skipif(not available_weights(), reason="no weights are in weights/")
def test_read_says_all_that_it_shows() -> None:
    page = open_page().run()
    assert unsaid(page) == []
    page = upload(page, ("chest.png", phantom_png(4, consolidation="both")))
    assert unsaid(answer_age(page, "no")) == []


@pytest.mark.skipif(not available_weights(), reason="no weights are in weights/")
def test_the_address_keeps_the_language_and_codes_stay() -> None:
    with speaking("fr"):  # of the test, which asks controls for their words
        page = open_page()
        page.query_params["language"] = "fr"
        page = upload(page, ("chest.png", phantom_png(4, consolidation="both")))
        assert page.file_uploader[0].label == say(texts.ADD)
        assert rows(page)[0]["state"] in ("flagged", "not_flagged")
        assert rows(page)[0]["words"].startswith(
            say(texts.STATES[rows(page)[0]["state"]])
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_for_programs_differ_in_sentences_only(language: str) -> None:
    decisions = [make_decision(0.83), make_refused().decision]
    english = [record_with_reading(it, None) for it in decisions]
    with speaking(language):
        rows = [record_with_reading(it, None) for it in decisions]
        assert json.loads(to_json(rows)) == rows
        (first, *_) = csv.DictReader(io.StringIO(to_csv(rows)))
    assert first["probability"] == str(english[0]["probability"])
    sentences = {"message", "warnings", "disclaimer"}
    for here, there in zip(rows, english, strict=True):
        assert list(here) == list(there)
        for name in here.keys() - sentences:
            assert here[name] == there[name], name
    assert (rows[1]["message"] == english[1]["message"]) == (language == "en")
