"""Every sentence that is marked is in every language, whole."""

import ast
import functools
import re
import string
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from marked_sentences import KEYWORDS, PACKAGE, marked

from pneumonia.language.speech import CATALOGUES, ENGLISH, LANGUAGES

OTHERS = [language for language in LANGUAGES if language != ENGLISH]
# Sentences, as against names and abbreviations that many languages share.
WORDS = 3


@functools.cache
def catalogue(language: str) -> Catalog:
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    """Yield all but the header."""
    yield from (it for it in catalogue(language) if it.id)


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Yield English sentences with what is said, each plural form by itself."""
    for it in messages(language):
        if isinstance(it.string, str):
            yield str(it.id), it.string
        else:
            yield from ((it.id[1], form) for form in it.string or ())


def placeholders(text: str) -> list[tuple[str, str]]:
    parsed = string.Formatter().parse(text)
    return sorted((name, spec or "") for _, name, spec, _ in parsed if name)


def test_every_sentence_that_is_said_is_found_for_the_catalogues() -> None:
    # `pybabel` does not look into f-strings.
    said = {
        call.args[0].value
        for path in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert said == {it if isinstance(it, str) else it[0] for it in marked()}


def test_sentences_of_every_room_are_marked() -> None:
    assert len(marked()) > 800
    assert {"Read", "Only frontal chest radiographs are read.", "Threshold"} <= marked()


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_is_left_over(language: str) -> None:
    found = {
        it.id if isinstance(it.id, str) else tuple(it.id) for it in messages(language)
    }
    assert found == marked()
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_fuzzy_or_empty(language: str) -> None:
    assert not [it.id for it in messages(language) if it.fuzzy]
    assert not [english for english, said in pairs(language) if not said.strip()]


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_kept(language: str) -> None:
    assert not [
        english
        for english, said in pairs(language)
        if placeholders(english) != placeholders(said)
    ]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("mark", ["**", "`", "\n- ", "●", "○", "◐", "✓"])
def test_marks_are_kept(language: str, mark: str) -> None:
    assert not [
        english
        for english, said in pairs(language)
        if english.count(mark) != said.count(mark)
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_ends_as_the_english_one_does(language: str) -> None:
    def last(text: str) -> str:
        return text.rstrip()[-1] if text.rstrip()[-1] in ".:?," else ""

    assert not [
        (english, said)
        for english, said in pairs(language)
        if " " in english and last(english) != last(said)
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_is_not_left_in_english(language: str) -> None:
    assert not [
        english
        for english, said in pairs(language)
        if english == said and len(re.findall(r"[a-z]{2,}", english)) > WORDS
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_called_a_diagnosis(language: str) -> None:
    said = "\n".join(said for _, said in pairs(language))
    assert not re.findall(r"\w*diagn[oó]\w*", said, re.IGNORECASE)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "pas un dispositif médical"),
        ("es", "no es un dispositivo médico"),
        ("pt", "não é um dispositivo médico"),
    ],
)
def test_every_language_says_that_it_is_no_medical_device(
    language: str, words: str
) -> None:
    told = [
        said for english, said in pairs(language) if "not a medical device" in english
    ]
    assert len(told) >= 5
    device = words.split(" ", 1)[1].removeprefix("es ").removeprefix("é ")
    assert all(device in said for said in told)
    assert (
        words in dict(pairs(language))["Research demonstration, not a medical device."]
    )
