"""Values and tables that are there but cannot be read: never silently absent."""

from typing import Any

import dicom_files as files
import numpy as np
import pytest
from dicom_rendering import in_units, run, stated
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pneumonia.errors import UnreadableRadiographError
from pneumonia.reasons.codes import Notice
from pneumonia.reasons.sentences import sentence

UNREADABLE = [("nan", 0), (0, 5), ("inf", 1), ("1,000", 0), ("a", 0), ("1", "x")]


@pytest.mark.parametrize(("slope", "intercept"), UNREADABLE)
def test_a_rescale_that_cannot_be_read_is_left_out_with_a_note(
    slope: float | str, intercept: float | str
) -> None:
    grey = run([0, 1, 9], **stated(RescaleSlope=slope, RescaleIntercept=intercept))

    assert in_units(grey) == [0, 1, 9]
    (notice,) = grey.warnings
    assert notice.code == "unreadable_grey_attribute"
    assert "Rescale" in sentence(notice)


@pytest.mark.parametrize(("slope", "intercept"), UNREADABLE)
@pytest.mark.parametrize(
    "display",
    [
        {"WindowCenter": "512", "WindowWidth": "1024"},
        stated(WindowCenter="x", WindowWidth="y"),
        {"VOILUTSequence": files.lut([0, 1, 2])},
    ],
)
def test_grey_levels_are_not_trusted_where_a_window_needs_an_unreadable_rescale(
    slope: float | str, intercept: float | str, display: dict[str, Any]
) -> None:
    said = stated(RescaleSlope=slope, RescaleIntercept=intercept)

    with pytest.raises(UnreadableRadiographError, match="Rescale"):
        run([0, 1, 9], **said, **display)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("0,25", 0.25),
        ("0,250", 0.25),
        ("2,5", 2.5),
        ("1234,567", 1234.567),
        ("-0,5", -0.5),
        ("2,5E-1", 0.25),
        (" .5 ", 0.5),
        ("+1.", 1),
    ],
)
def test_a_decimal_comma_is_read(text: str, slope: float) -> None:
    grey = run([0, 1, 9], **stated(RescaleSlope=text, RescaleIntercept="0,0"))

    assert sorted(in_units(grey)) == pytest.approx(sorted([0, slope, 9 * slope]))
    assert grey.warnings == ()


@pytest.mark.parametrize(
    ("said", "units"),
    [({"RescaleSlope": 2}, [0, 2, 18]), ({"RescaleIntercept": -5}, [-5, -4, 4])],
)
def test_half_a_rescale_is_completed_with_a_note(
    said: dict[str, Any], units: list[float]
) -> None:
    grey = run([0, 1, 9], **said)

    assert in_units(grey) == units
    assert grey.warnings == (Notice("incomplete_rescale"),)


@pytest.mark.parametrize(
    "display",
    [
        {"WindowCenter": "2O48", "WindowWidth": "4096"},
        {"WindowCenter": "2048", "WindowWidth": "4,096"},
        {"WindowCenter": "2048", "WindowWidth": "4096 HU"},
    ],
)
def test_a_window_that_cannot_be_read_is_replaced_with_a_note(
    display: dict[str, str],
) -> None:
    grey = run(np.arange(4096), **stated(**display))

    assert grey.rendering == "percentiles"
    (notice,) = grey.warnings
    assert notice.code == "unreadable_grey_attribute"
    assert "Window" in sentence(notice)


def test_the_window_that_can_be_read_is_taken() -> None:
    said = stated(WindowCenter="x\\2048,5", WindowWidth="5\\4096")

    assert run(np.arange(4096), **said).window == (0.5, 4095.5)


def test_padding_that_cannot_be_read_is_told() -> None:
    grey = run([0, 1, 9], **stated(PixelPaddingValue="none"))

    assert [notice.code for notice in grey.warnings] == ["unreadable_grey_attribute"]


def window_beside(**tables: Any) -> dict[str, Any]:
    return {"WindowCenter": "2048", "WindowWidth": "4096", **tables}


def broken_tables() -> dict[str, Sequence]:
    none, empty, short = Dataset(), files.lut([0, 1]), files.lut(np.arange(1000))
    none.LUTExplanation = "NORMAL"
    empty[0].LUTData = b""
    short[0].LUTDescriptor = [4096, 0, 12]
    deep = files.lut(np.arange(4096), bits=40)
    return {
        "no table": Sequence([none]),
        "an empty table": empty,
        "a quarter of a table": short,
        "too many bits": deep,
    }


@pytest.mark.parametrize("kind", broken_tables())
def test_a_broken_voi_lut_leaves_the_window(kind: str) -> None:
    grey = run(np.arange(4096), **window_beside(VOILUTSequence=broken_tables()[kind]))

    assert (grey.rendering, grey.window) == ("window", (0, 4095))
    assert [notice.code for notice in grey.warnings] == ["broken_table"]


@pytest.mark.parametrize("kind", broken_tables())
def test_a_broken_voi_lut_without_a_window_may_show_wrong_grey_levels(
    kind: str,
) -> None:
    grey = run(np.arange(4096), VOILUTSequence=broken_tables()[kind])

    assert grey.rendering == "percentiles"
    assert [notice.code for notice in grey.warnings] == ["unreadable_grey_attribute"]


@pytest.mark.parametrize("kind", broken_tables())
def test_a_broken_modality_lut_is_told(kind: str) -> None:
    tables = {"ModalityLUTSequence": broken_tables()[kind]}

    grey = run(np.arange(4096), **window_beside(**tables))

    assert grey.rendering == "window"
    assert [notice.code for notice in grey.warnings] == ["unreadable_grey_attribute"]


@pytest.mark.parametrize("kind", broken_tables())
def test_a_broken_presentation_lut_is_told(kind: str) -> None:
    tables = {"PresentationLUTSequence": broken_tables()[kind]}

    grey = run(np.arange(4096), **window_beside(**tables))

    assert grey.rendering == "window"
    assert [notice.code for notice in grey.warnings] == ["unreadable_grey_attribute"]


@pytest.mark.parametrize("given", [4095, 4090, 4060])
def test_the_last_entry_stands_for_those_that_a_lut_lacks(given: int) -> None:
    table = files.lut(np.arange(given))
    table[0].LUTDescriptor = [4096, 0, 12]

    grey = run(np.arange(4096), **window_beside(VOILUTSequence=table))

    assert grey.rendering == "VOI LUT"
    np.testing.assert_array_equal(grey.levels[0], np.minimum(range(4096), given - 1))
    assert [notice.code for notice in grey.warnings] == ["short_table"]
