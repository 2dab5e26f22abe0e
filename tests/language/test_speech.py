"""Which language is spoken, and how sentences, numbers and dates are said in it."""

import datetime
import threading

import pytest

from pneumonia.language.speech import (
    LANGUAGES,
    accepted_language,
    closest_language,
    fill,
    plural,
    say,
    speak,
    speaking,
    spoken,
    write_day,
    write_digits,
)

NOT_FLAGGED = "Not flagged"


def test_english_is_spoken_where_nobody_has_chosen() -> None:
    assert spoken() == "en"
    assert say(NOT_FLAGGED) == NOT_FLAGGED


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "Non signalée"), ("es", "No señalada"), ("pt", "Não sinalizada")],
)
def test_a_sentence_is_said_in_the_language(language: str, said: str) -> None:
    with speaking(language):
        assert say(NOT_FLAGGED) == said
    assert say(NOT_FLAGGED) == NOT_FLAGGED


def test_what_no_catalogue_has_is_said_as_it_stands() -> None:
    with speaking("fr"):
        assert say("No such sentence.") == "No such sentence."
        assert say("") == ""


def test_numbers_in_a_sentence_are_written_as_the_language_does() -> None:
    words = "{size:,} bytes of text"
    assert say(words, size=1234567) == "1,234,567 bytes of text"
    with speaking("fr"):
        assert say(words, size=1234567) == "1\u202f234\u202f567 octets de texte"
        assert fill("{share:.2f}", share=0.83) == "0,83"


def test_text_in_a_sentence_is_left_alone() -> None:
    with speaking("fr"):
        assert fill("{name}, {known}", name="1.2.840", known=True) == "1.2.840, True"


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "1,234.5"), ("fr", "1\u202f234,5"), ("es", "1.234,5"), ("pt", "1.234,5")],
)
def test_digits(language: str, written: str) -> None:
    with speaking(language):
        assert write_digits("1,234.5") == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "5 Mar 2021"),
        ("fr", "5 mars 2021"),
        ("es", "5 mar 2021"),
        ("pt", "5 de mar. de 2021"),
    ],
)
def test_a_date_names_its_month(language: str, written: str) -> None:
    with speaking(language):
        assert write_day(datetime.date(2021, 3, 5)) == written


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [
        ("en", "1 month", "3 months"),
        ("fr", "1 mois", "3 mois"),
        ("es", "1 mes", "3 meses"),
        ("pt", "1 mês", "3 meses"),
    ],
)
def test_the_form_fits_the_number(language: str, one: str, more: str) -> None:
    with speaking(language):
        assert plural("{count} month", "{count} months", 1) == one
        assert plural("{count} month", "{count} months", 3) == more


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["fr-CA"], "fr"),
        (["pt-BR", "en"], "pt"),
        (["de", "es-MX"], "es"),
        (["de"], "en"),
        ([""], "en"),
        ([], "en"),
    ],
)
def test_the_closest_language_is_chosen(wanted: list[str], chosen: str) -> None:
    assert closest_language(wanted) == chosen


def test_a_request_names_its_languages_in_order() -> None:
    assert accepted_language("de-AT,de;q=0.9,es;q=0.8,en;q=0.7") == "es"
    assert accepted_language("") == "en"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of en, fr, es, pt\. Received: 'xx'"):
        speak("xx")


def test_threads_speak_languages_of_their_own_at_the_same_time() -> None:
    together = threading.Barrier(len(LANGUAGES))
    said: dict[str, set[str]] = {}

    def talk(language: str) -> None:
        speak(language)
        heard = set()
        for _ in range(200):
            together.wait()
            heard.add(say(NOT_FLAGGED))
        said[language] = heard

    threads = [threading.Thread(target=talk, args=(it,)) for it in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {
        "en": {"Not flagged"},
        "fr": {"Non signalée"},
        "es": {"No señalada"},
        "pt": {"Não sinalizada"},
    }
    assert spoken() == "en"
