"""Which language is spoken, and sentences in it.

A table keeps English sentences, marked for the catalogues; what shows one says it:

    CLEAR: Final = N_("Remove all")
    with speaking("fr"):
        say(CLEAR)

The language belongs to a thread or task (a context variable), so that visitors are
served in their own at the same time. Where nobody has chosen one, it is English.
"""

from __future__ import annotations

import datetime
import functools
import gettext
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from string import Formatter
from typing import Any, Final, TypeVar

# Babel is imported where it is needed: decoders and command line speak English only,
# and start sooner without it.

Key = TypeVar("Key")

ENGLISH: Final = "en"
# By their code, as they call themselves.
LANGUAGES: Final[dict[str, str]] = {
    ENGLISH: "English",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
}
CATALOGUES: Final = Path(__file__).with_name("catalogues")

_spoken: Final = ContextVar[str]("language", default=ENGLISH)


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogues, and leave it in English."""
    return sentence


def spoken() -> str:
    """Return the code of the language that is spoken here."""
    return _spoken.get()


def speak(language: str) -> None:
    """Speak a language from now on.

    Parameters
    ----------
    language : str
        A key of `LANGUAGES`.
    """
    _spoken.set(_known(language))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language for a while; also a decorator of functions.

    Parameters
    ----------
    language : str
        A key of `LANGUAGES`.
    """
    before = _spoken.set(_known(language))
    try:
        yield
    finally:
        _spoken.reset(before)


def closest_language(wanted: Iterable[str]) -> str:
    """Choose the language that serves a reader best.

    Parameters
    ----------
    wanted : iterable of str
        Tags such as ``fr-CA``, the most wanted first.

    Returns
    -------
    str
        A key of `LANGUAGES`; English where none is known.
    """
    from babel import negotiate_locale

    return negotiate_locale(list(wanted), list(LANGUAGES), sep="-") or ENGLISH


def accepted_language(header: str) -> str:
    """Choose the language of an answer to a request.

    Parameters
    ----------
    header : str
        The request's ``Accept-Language``, whose order browsers keep by weight.

    Returns
    -------
    str
        A key of `LANGUAGES`.
    """
    return closest_language(part.split(";")[0].strip() for part in header.split(","))


def say(sentence: str, /, **values: object) -> str:
    """Say a sentence in the language that is spoken.

    Parameters
    ----------
    sentence : str
        In English. One that no catalogue has is said as it stands.
    **values : object
        Of its placeholders; numbers are written as the language does.

    Returns
    -------
    str
    """
    # The catalogue's own header is under the empty string.
    said = _catalogue(spoken()).gettext(sentence) if sentence else ""
    return fill(said, **values) if values else said


def fill(said: str, /, **values: object) -> str:
    """Fill the placeholders of what is said; `say` does both.

    Parameters
    ----------
    said : str
    **values : object
        Numbers are written as the spoken language does.

    Returns
    -------
    str
    """
    return _FORMATTER.format(said, **values)


def naming(words: Mapping[Key, str]) -> Callable[[Key], str]:
    """Return what names the keys of a table, as Streamlit's ``format_func``.

    Parameters
    ----------
    words : mapping of str to str
        In English.

    Returns
    -------
    callable
    """
    return lambda key: say(words[key])


def plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Say the form of a sentence that fits a number.

    Parameters
    ----------
    one, many : str
        In English, both with the placeholder ``count``.
    count : int
    **values : object
        Of the other placeholders.

    Returns
    -------
    str
    """
    said = _catalogue(spoken()).ngettext(one, many, count)
    return fill(said, count=count, **values)


def write_digits(number: str) -> str:
    """Write a number as the spoken language does.

    Parameters
    ----------
    number : str
        As `format` gives it: with a point, and commas between thousands.

    Returns
    -------
    str
    """
    return number.translate(_marks(spoken()))


def write_day(day: datetime.date) -> str:
    """Write a date as the spoken language does, the month in letters."""
    from babel.dates import format_date

    language = spoken()
    # The days of English are written as the rest of it: in Britain's way.
    locale = "en_GB" if language == ENGLISH else language
    return format_date(day, "medium", locale=locale)


class _NumberFormatter(Formatter):
    """Formats as `str.format` does, but numbers as the spoken language writes them."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        written = super().format_field(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return write_digits(written) if is_number else written


_FORMATTER: Final = _NumberFormatter()


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(
            f"A language is one of {', '.join(LANGUAGES)}. Received: {language!r}."
        )
    return language


@functools.cache
def _marks(language: str) -> dict[int, str]:
    if language == ENGLISH:
        return {}
    from babel.numbers import get_decimal_symbol, get_group_symbol

    signs = {".": get_decimal_symbol(language), ",": get_group_symbol(language)}
    return str.maketrans(signs)


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    # Compiled here, so that no compiled file has to be kept beside its source.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
