"""The values of a DICOM file's attributes: absent, there, or there and unreadable.

A value that is there and cannot be read is not the same as an absent one: a picture may
be shown wrongly without it.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

from pydicom.datadict import dictionary_description, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.reasons.codes import Notice, WarningCode

Value = TypeVar("Value")

# Value representations that are no text.
_BINARY: Final = {"US", "SS", "UL", "SL", "UV", "SV", "FL", "FD"}
# No attribute that is read has more values; of a longer one the first ones count.
_MOST_VALUES: Final = 64
_LONGEST_NUMBER: Final = 64
# Errors of this program or of where it runs. Damaged bytes do not raise them.
_OWN_ERRORS: Final = (RadiographError, ImportError, MemoryError)

# pydicom meets hostile bytes with almost any exception type.
HOSTILE_BYTES: Final = Exception


def is_own_error(error: Exception) -> bool:
    """Tell an error of this program or of its environment from one of the file."""
    return isinstance(error, _OWN_ERRORS) or "partially initialized" in str(error)


def raise_damaged_dicom(error: Exception) -> NoReturn:
    """Blame the file for what a library raised, unless this program is to blame.

    Raises
    ------
    UnreadableRadiographError
        Because of `error`.
    Exception
        `error` itself, where it is an error of this program or of its environment, or
        a `RadiographError`.
    """
    if is_own_error(error):
        raise error
    raise UnreadableRadiographError("damaged_dicom") from error


class UnreadableAttributeError(ValueError):
    """An attribute is there, but its value cannot be read."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword

    def notice(self, code: WarningCode = "unreadable_attribute") -> Notice:
        """Say so in a warning, which names the attribute."""
        return Notice(code, {"attribute": name_attribute(self.keyword)})


def name_attribute(keyword: str) -> str:
    """Name an attribute as the standard does, such as ``"Rows (0028,0010)"``."""
    tag = Tag(keyword)
    return f"{dictionary_description(tag)} ({tag.group:04X},{tag.element:04X})"


def read_optional(
    dataset: Dataset, keyword: str, convert: Callable[[Any], Value]
) -> Value | None:
    """Read an attribute that may be absent, empty or invalid.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str
    convert : callable

    Returns
    -------
    converted value or None
    """
    try:
        value = dataset.get(keyword)
        return None if value is None or value == "" else convert(value)
    except HOSTILE_BYTES as error:
        if is_own_error(error):
            raise
        return None


def read_text(dataset: Dataset, keyword: str) -> str | None:
    """Read a coded string in capitals, None if it is absent or empty."""
    return read_optional(dataset, keyword, lambda v: str(v).strip().upper()) or None


def read_numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Read the numbers of an attribute that may be absent.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str

    Returns
    -------
    list of float
        NaN for what is no finite number. Empty if the attribute is absent or empty.

    References
    ----------
    * DICOM PS3.5, section 6.2 (DS and IS)
    """
    try:
        return [_to_number(text) for text in _read_texts(dataset, keyword)]
    except HOSTILE_BYTES as error:
        if is_own_error(error):
            raise
        return [math.nan]


def _read_texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return the values of an attribute as they are written."""
    element = dataset.get_item(keyword)
    if element is None:
        return []
    value = element.value
    if isinstance(element, RawDataElement) and isinstance(value, bytes):
        vr = element.VR or dictionary_VR(element.tag)
        if vr in _BINARY:
            value = dataset[keyword].value
        else:
            value = value.decode("latin-1").split("\\", _MOST_VALUES)[:_MOST_VALUES]
    if value is None:
        return []
    several = value if isinstance(value, (list, tuple, MultiValue)) else [value]
    texts = [str(one).strip(" \0") for one in several[:_MOST_VALUES]]
    return texts if any(texts) else []


def _to_number(text: str) -> float:
    # A comma is no character of these values, so it is the point of another language,
    # unless it may part thousands.
    if not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
        text = text.replace(",", ".")
    if len(text) > _LONGEST_NUMBER:  # the pattern takes the square of its length
        return math.nan
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return math.nan
    number = float(text)
    return number if math.isfinite(number) else math.nan


def read_number(dataset: Dataset, keyword: str) -> float | None:
    """Read the first number of an attribute, None if it is absent or empty.

    Raises
    ------
    UnreadableAttributeError
        If it is there, but is no number.
    """
    numbers = read_numbers(dataset, keyword)
    if numbers and math.isnan(numbers[0]):
        raise UnreadableAttributeError(keyword)
    return numbers[0] if numbers else None


def read_integer(dataset: Dataset, keyword: str, *, default: int | None = None) -> int:
    """Read an integer that a picture cannot do without, 1 or more.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str
    default : int, optional
        Stands for one that is absent.

    Returns
    -------
    int

    Raises
    ------
    UnreadableRadiographError
        If it is absent without a default, invalid or less than 1.
    """
    try:
        number = read_number(dataset, keyword)
    except UnreadableAttributeError as error:
        raise UnreadableRadiographError(
            "missing_attribute", "unreadable_value", keyword=keyword
        ) from error
    if number is None and default is not None:
        return default
    if number is None:
        raise UnreadableRadiographError(
            "missing_attribute", "no_value", keyword=keyword
        )
    if number < 1 or number != int(number):
        raise UnreadableRadiographError(
            "missing_attribute", "value", keyword=keyword, value=f"{number:g}"
        )
    return int(number)
