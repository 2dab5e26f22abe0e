"""The result panel and its exports: what they say, and what moves what."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import with_pixels
from dicom_files import build
from lung_fields import TWO_LUNGS
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser
from streamlit.testing.v1 import AppTest

from pneumonia.export.case_summary import CaseReport
from pneumonia.model.assessment import Assessment
from pneumonia.model.decision import Decision, decide
from pneumonia.model.focus import Focus
from pneumonia.model.occlusion import Occlusion
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.cautions import MAP_CAUTIONS, UNSURE, WARNINGS
from pneumonia.reasons.codes import MapCode, Notice, Refusal
from pneumonia.statistics.calibration import at_prevalence, predictive_values
from pneumonia.ui import explanation_texts, export_texts, texts
from pneumonia.ui.details import describe_occlusion
from pneumonia.ui.exports import OpenCase, case_as_dicom, case_as_pdf
from pneumonia.ui.external_figure import worst_external
from pneumonia.ui.prevalence import DEFAULT_PERCENT
from pneumonia.ui.score_axis import chart, share_at_least

POINT = {
    **{"threshold": 0.6, "sensitivity": 0.9, "sensitivity_ci": [0.85, 0.94]},
    **{"specificity": 0.8, "specificity_ci": [0.72, 0.87]},
}
DISTRIBUTION = {
    "edges": [-4, -2, 0, 2, 4],
    "normal": [6, 2, 2, 0],
    "pneumonia": [0, 1, 4, 15],
}
CARD: dict[str, Any] = {
    "name": "net",
    "sha256": "ab" * 32,
    "operating_points": {"balanced": POINT, "screening": POINT | {"threshold": 0.3}},
    "score_distribution": DISTRIBUTION,
}


def decision(
    card: dict[str, Any] = CARD, *, prevalence: float = 0.15, **changes: Any
) -> Decision:
    settings: dict[str, Any] = {
        **{"status": "assessed", "weights": "net", "weights_sha256": "ab" * 32},
        **{"input_sha256": "cd" * 32, "calibrated": True},
        **{"reference_prevalence": 0.74, "score": 0.83},
        "evidence": np.array([[3, -1]], np.float32),
    }
    assessment = Assessment(**(settings | changes))
    return decide(assessment, card, operating_point="balanced", prevalence=prevalence)


def show() -> None:
    import streamlit as st

    from pneumonia.model.decision import decide
    from pneumonia.ui.prevalence import chosen_prevalence
    from pneumonia.ui.result import show_result

    card = st.session_state["card"]
    decision = decide(
        st.session_state["found"],
        card,
        operating_point="balanced",
        prevalence=chosen_prevalence(),
    )
    found = st.session_state["occlusion_found"]
    show_result(decision, card, occlude=(lambda: found) if found else None)


def panel(
    card: dict[str, Any] = CARD, *, occlusion: Occlusion | None = None, **changes: Any
) -> AppTest:
    """Run a page that shows only the panel."""
    page = AppTest.from_function(show)
    page.session_state["details"] = True  # opened
    page.session_state["occlusion_found"] = occlusion
    page.session_state["found"] = decision(card, **changes).assessment
    page.session_state["card"] = card
    page.run(timeout=60)
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    kinds = (page.subheader, page.markdown, page.caption, page.warning)
    return "\n".join(element.value for kind in kinds for element in kind)


def moved(page: AppTest, percent: int) -> AppTest:
    page.slider(key="prevalence_slider").set_value(percent).run(timeout=60)
    return page.run(timeout=60)


# ------------------------------------------------------------------ panel


def before_details(page: AppTest) -> str:
    """Return what stands in the panel before Details are opened."""
    (details,) = page.expander
    hidden = [it.value for it in (*details.markdown, *details.caption)]
    said = words(page)
    for value in hidden:
        said = said.replace(value, "", 1)
    (popover,) = (it.proto for it in page.get("popover"))
    return f"{said}\n{popover.popover.label}"


def test_flag_comes_first() -> None:
    assert texts.FLAGS["flagged"] in panel().subheader[0].value
    assert panel(score=0.5).subheader[0].value == texts.FLAGS["not_flagged"]


def test_not_flagged_does_not_exclude_pneumonia() -> None:
    assert texts.NOT_FLAGGED_MEANS in words(panel(score=0.5))


@pytest.mark.parametrize(
    ("score", "words_of"),
    [
        (0.99, "well_above"),
        (0.8, "above"),
        (0.62, "close_above"),
        (0.58, "close_below"),
        (0.4, "below"),
        (0.05, "well_below"),
    ],
)
def test_distance_from_the_cut_off_is_told_in_words(
    score: float, words_of: str
) -> None:
    for percent in (15, 50):
        page = moved(panel(score=score), percent)
        assert page.markdown[0].value == texts.DISTANCES[words_of]


def test_five_lines_hold_six_numbers_at_most() -> None:
    card = {**CARD, "external_sets": {"adults": {"flagged": 0.79}}}
    said = before_details(panel(card))
    assert len(re.findall(r"\d+(?:\.\d+)?", said)) <= 6, said


def test_probability_is_at_the_named_prevalence_when_nobody_touched_it() -> None:
    page = panel()
    expected = float(at_prevalence(0.83, assumed=0.74, wanted=DEFAULT_PERCENT / 100))
    assert f"probability {expected:.2f} at a prevalence of {DEFAULT_PERCENT} %" in (
        words(page)
    )
    assert "about 23 have pneumonia" in words(page)


def test_prevalence_moves_probability_and_predictive_values() -> None:
    page = moved(panel(), 40)
    probability = float(at_prevalence(0.83, assumed=0.74, wanted=0.4))
    ppv, npv = predictive_values(0.9, 0.8, 0.4)
    assert f"probability {probability:.2f} at" in words(page)
    assert f"{100 * ppv:.0f} of 100 flagged" in words(page)
    assert f"{100 * npv:.0f} of 100 not flagged" in words(page)


@pytest.mark.parametrize("score", [0.59, 0.61])
def test_prevalence_never_moves_the_flag(score: float) -> None:
    page = panel(score=score)
    for percent in (1, 50):
        page = moved(page, percent)
        flag = texts.FLAGS["flagged" if score >= 0.6 else "not_flagged"]
        assert flag in page.subheader[0].value


def test_slider_stays_plausible_and_more_can_be_typed_with_a_note() -> None:
    page = panel()
    assert page.slider(key="prevalence_slider").max == 50
    page.number_input(key="prevalence").set_value(80).run(timeout=60)
    assert "at a prevalence of 80 %" in words(page)
    assert texts.PREVALENCE_BEYOND.format(most=50) in words(page)
    page = moved(page, 20)
    assert "at a prevalence of 20 %" in words(page)
    assert page.number_input(key="prevalence").value == 20


def test_more_likely_than_not_below_the_cut_off_is_explained() -> None:
    page = panel(score=0.59)
    page.number_input(key="prevalence").set_value(80).run(timeout=60)
    assert texts.CUT_OFF_STAYS.format(reference="74 %") in words(page)
    assert texts.NOT_FLAGGED_MEANS not in words(page)


@pytest.mark.parametrize("percent", [1, 15, 50])
@pytest.mark.parametrize("score", [0.5996, 0.61])
def test_number_and_threshold_compare_as_the_flag_says(
    score: float, percent: int
) -> None:
    said = words(moved(panel(score=score), percent))
    threshold = float(at_prevalence(0.6, assumed=0.74, wanted=percent / 100))
    number, shown = (
        float(re.search(rf"{name} ([\d.]+)", said)[1])  # type: ignore[index]
        for name in ("probability", "Threshold")
    )
    assert shown == pytest.approx(threshold, abs=0.006)
    assert (number >= shown) == (score >= 0.6)


def test_panel_holds_one_probability_and_names_the_prevalence_of_the_weights() -> None:
    said = words(panel())
    assert texts.SAME_FLAG.format(reference="74 %") in said
    assert "0.83" not in said


def test_operating_point_without_figures_leaves_them_out() -> None:
    page = panel(card={**CARD, "operating_points": {"balanced": {"threshold": 0.6}}})
    assert "Threshold" in words(page)
    for word in ("Sensitivity", "PPV", "interval", "Misses"):
        assert word not in words(page)


def test_errors_are_told_beside_the_result() -> None:
    percent = "\N{NO-BREAK SPACE}%"
    errors = {"misses": f"10{percent}", "false_alarms": f"20{percent}"}
    assert texts.ERRORS.format(**errors) in words(panel())


def test_figures_of_a_site_are_not_called_the_hospitals() -> None:
    points = {
        name: {**point, "measured_on": "site, cross-fitted"}
        for name, point in CARD["operating_points"].items()
    }
    said = words(panel(card={**CARD, "operating_points": points}))
    assert texts.SITE_ACCURACY_NOTE in said
    assert "at your site" in said
    assert texts.ACCURACY_NOTE not in said


def test_worst_external_figure_comes_from_the_card() -> None:
    adults = {"external_sets": {"adults": {"flagged": 0.79}}}
    test = {"metrics": {"official_test": {"specificity": 0.15}}}
    share = "79\N{NO-BREAK SPACE}%"
    assert worst_external({}) is None
    assert worst_external(adults) == texts.ADULTS.format(share=share)
    share = "85\N{NO-BREAK SPACE}%"
    assert worst_external(adults | test) == texts.OFFICIAL_TEST.format(share=share)
    groups = [
        {"source": "a", "label": "normal", "n": 500, "flagged": 0.12},
        {"source": "b", "label": "pneumonia", "n": 120, "flagged": 0.4},
        {"source": "c", "label": "normal", "n": 9, "flagged": 1.0},
    ]
    others = {"other_hospitals": {"groups": groups}}
    missed = texts.OTHER_PNEUMONIAS.format(share="60\N{NO-BREAK SPACE}%")
    assert worst_external(adults | others) == missed
    assert texts.ADULTS.split("{")[0] in words(panel({**CARD, **adults}))


def test_score_that_rounds_to_the_threshold_gets_more_digits() -> None:
    page = panel(score=0.5996)
    page.number_input(key="prevalence").set_value(74).run(timeout=60)
    assert "probability 0.5996" in words(page)
    assert "Threshold 0.6000" in words(page)


def test_uncalibrated_score_is_no_probability_and_does_not_move() -> None:
    page = panel(calibrated=False)
    line = texts.SCORE_LINE.format(score="0.83", threshold="0.60")
    assert line in words(page)
    assert "children with a radiograph" not in words(page)
    assert not page.slider


@pytest.mark.parametrize("code", ["unknown_age", "age_outside_training"])
def test_of_another_age_the_warning_leads_and_no_figure_is_given(code: Any) -> None:
    notices = (Notice("unknown_modality"), Notice(code))
    card = {**CARD, "external_sets": {"adults": {"flagged": 0.79}}}
    page = panel(card, warnings=notices)
    assert page.warning[0].value == WARNINGS[code]
    said = words(page)
    assert texts.SCORE_LINE.format(score="0.83", threshold="0.60") in said
    for word in (
        "probability 0",
        "Sensitivity",
        "PPV",
        "children with",
        "Misses",
        " 79",
    ):
        assert word not in said
    assert bool(page.button) == (code == "unknown_age")


@pytest.mark.parametrize(
    ("score", "count"), [(0.999999, "more than 99"), (1e-6, "fewer than 1")]
)
def test_children_are_never_none_or_all(score: float, count: str) -> None:
    said = words(panel(score=score))
    assert f"{count} have pneumonia" in said
    assert ("> 0.99" if score > 0.5 else "< 0.01") in said


def test_sensitivity_and_specificity_stand_with_their_intervals() -> None:
    said = words(panel())
    assert "Sensitivity 90\N{NO-BREAK SPACE}% (85 to 94\N{NO-BREAK SPACE}%)" in said
    assert "Specificity 80\N{NO-BREAK SPACE}% (72 to 87\N{NO-BREAK SPACE}%)" in said


def test_warnings_of_the_gate_are_shown() -> None:
    shown = panel(warnings=(Notice("unknown_modality"),)).warning
    assert [it.value for it in shown] == [
        "The file does not say what kind of image it is."
    ]


def test_provenance_names_weights_and_file() -> None:
    said = words(panel())
    assert "net, version abababab · file cdcdcdcd" in said
    assert texts.DISCLAIMER in said


def test_a_refused_radiograph_has_no_number() -> None:
    upside_down = Refusal("rotated", "upside_down")
    page = panel(score=None, evidence=None, status="refused", refusal=upside_down)
    assert "Threshold" not in words(page)
    assert "one that is upside down" in words(page)


def test_nothing_shouts() -> None:
    for page in (panel(), panel(score=0.1), panel(calibrated=False)):
        assert "!" not in words(page)
        assert ":red" not in words(page)


# ------------------------------------------------------------------ unsure

ZONE: dict[str, Any] = {
    **CARD,
    "operating_points": {"balanced": {**POINT, "unsure": [0.4, 0.9]}},
}


def test_unsure_stands_beside_the_flag_with_its_reason_before_details() -> None:
    page = panel(ZONE)
    assert texts.FLAGS["flagged"] in page.subheader[0].value
    assert texts.UNSURE_MARK in page.subheader[0].value
    assert UNSURE["near_cut_off"] in before_details(page)
    low, high = at_prevalence([0.4, 0.9], assumed=0.74, wanted=DEFAULT_PERCENT / 100)
    assert texts.UNSURE_ZONE.format(low=low, high=high) in words(page)


@pytest.mark.parametrize("score", [0.41, 0.62, 0.89])
def test_what_is_unsure_is_not_called_well_above_or_below(score: float) -> None:
    said = panel(ZONE, score=score).markdown[0].value
    assert said not in (texts.DISTANCES["well_above"], texts.DISTANCES["well_below"])


def test_sure_answers_and_older_cards_say_nothing_of_it() -> None:
    for page in (panel(ZONE, score=0.99), panel(score=0.61)):
        assert texts.UNSURE_MARK not in page.subheader[0].value
        assert UNSURE["near_cut_off"] not in words(page)


def test_zone_is_shaded_around_the_cut_off() -> None:
    layers = chart(0.8, 0.6, DISTRIBUTION, zone=(0.4, 0.9), ink="#fff")["layer"]
    (band,) = (it for it in layers if it["mark"]["type"] == "rect")
    (values,) = band["data"]["values"]
    (line,) = (it for it in layers if it["mark"]["type"] == "rule")
    assert values["low"] < line["data"]["values"][0]["at"] < values["high"]


def test_panel_of_an_unsure_result_holds_six_numbers_at_most() -> None:
    card = {**ZONE, "external_sets": {"adults": {"flagged": 0.79}}}
    said = before_details(panel(card))
    assert len(re.findall(r"\d+(?:\.\d+)?", said)) <= 6, said


# ------------------------------------------------------------------ heatmap


def test_region_is_told_as_the_models_attention() -> None:
    said = words(panel(focus=Focus(0.91, "right", "lower", 0.45)))
    assert "strongest in the lower third of the patient's right lung" in said
    assert "91\N{NO-BREAK SPACE}% of the heatmap lies in the lungs" in said
    assert "no finding" in said


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": None}, "not_finite"),
        ({"evidence": np.array([[-1, -3]], np.float32)}, "empty"),
        ({"focus": Focus(0.2, "right", "lower", 0.1)}, "little_in_lungs"),
    ],
)
def test_what_is_wrong_with_the_map_is_told(
    changes: dict[str, Any], code: MapCode
) -> None:
    assert MAP_CAUTIONS[code] in before_details(panel(**changes))


def test_faint_map_is_told_in_the_details_and_has_nothing_to_hide() -> None:
    evidence = np.array([[1, -5]], np.float32)
    page = panel(score=0.1, evidence=evidence, focus=None)
    assert MAP_CAUTIONS["faint"] not in before_details(page)
    assert MAP_CAUTIONS["faint"] in words(page)
    assert explanation_texts.OCCLUDE not in [it.label for it in page.button]


def test_of_a_radiograph_that_is_not_flagged_the_map_may_lie_outside_the_lungs() -> (
    None
):
    page = panel(score=0.1, focus=Focus(0.2, "right", "lower", 0.1))
    assert MAP_CAUTIONS["little_in_lungs"] not in words(page)
    assert (
        "lies mostly outside the lungs; 20\N{NO-BREAK SPACE}% of the heatmap"
        in words(page)
    )


@pytest.mark.parametrize(
    ("occlusion", "told"),
    [
        (Occlusion(0.83, 0.41, 0.83), "lowers the probability from 0.83 to 0.41"),
        (Occlusion(0.83, 0.9, 0.83), "raises the probability from 0.83 to 0.90"),
        (Occlusion(0.83, 0.831, 0.83), "leaves the probability at 0.83"),
    ],
)
def test_hidden_parts_are_told_at_the_prevalence_of_the_result(
    occlusion: Occlusion, told: str
) -> None:
    lines = describe_occlusion(decision(prevalence=0.74), occlusion)
    assert told in lines[0]
    assert lines[1] == explanation_texts.BLURRED.format(change=0.0)
    assert (MAP_CAUTIONS["no_effect"] in lines) == (occlusion.without_region >= 0.83)
    moved_to = float(at_prevalence(0.41, assumed=0.74, wanted=0.15))
    low = describe_occlusion(decision(), Occlusion(0.83, 0.41, 0.83))
    assert f"to {moved_to:.2f}." in low[0]


def test_parts_are_hidden_only_when_asked_for_and_told_of_that_case_alone() -> None:
    page = panel(lungs=TWO_LUNGS, occlusion=Occlusion(0.83, 0.41, 0.83))
    assert "Masking" not in words(page)
    (button,) = (it for it in page.button if it.label == explanation_texts.OCCLUDE)
    button.click().run(timeout=60)
    assert "Masking the highlighted region lowers" in words(page)
    page.session_state["found"] = replace(
        page.session_state["found"], input_sha256="ef" * 32
    )
    page.run(timeout=60)
    assert "Masking" not in words(page)


# ------------------------------------------------------------------ distribution


def test_a_card_without_distribution_leaves_the_axis_out() -> None:
    card = {name: of for name, of in CARD.items() if name != "score_distribution"}
    assert len(panel().get("vega_lite_chart")) == 1
    page = panel(card)
    assert not page.get("vega_lite_chart")
    assert "scored at least as high" not in words(page)


@pytest.mark.parametrize(
    ("score", "share"),
    [(0.0, 1.0), (0.5, 0.2), (1 / (1 + np.exp(-1)), 0.1), (1.0, 0.0)],
)
def test_share_that_scored_at_least_as_high(score: float, share: float) -> None:
    found = share_at_least(score, DISTRIBUTION["edges"], DISTRIBUTION["normal"])
    assert found == pytest.approx(share)


def test_axis_has_a_bar_for_every_bin_with_a_radiograph_in_it() -> None:
    bars = chart(0.8, 0.6, DISTRIBUTION, ink="#fff")["layer"][0]["data"]["values"]
    for group, counts in (("normal", 3), ("pneumonia", 3)):
        heights = [bar["height"] for bar in bars if bar["group"] == group]
        assert len(heights) == counts
        assert max(heights) == 1


@pytest.mark.parametrize("threshold", [0.3, 0.59, 0.78])
def test_words_of_the_axis_never_touch(threshold: float) -> None:
    # Pixels: of the panel, and of a letter at the most.
    panel_width, letter = 240, 6.3
    first, last = DISTRIBUTION["edges"][0], DISTRIBUTION["edges"][-1]
    for place in np.linspace(first, last, 161):
        layers = chart(1 / (1 + np.exp(-place)), threshold, DISTRIBUTION, ink="#fff")
        rows: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for layer in layers["layer"]:
            if layer["mark"]["type"] != "text":
                continue
            (value,) = layer["data"]["values"]
            at = (value["at"] - first) / (last - first) * panel_width
            at += layer["mark"]["dx"]
            width = letter * len(layer["mark"]["text"])
            left = at if layer["mark"]["align"] == "left" else at - width
            assert -1 <= left
            assert left + width <= panel_width + 1
            rows[value["height"] > 0].append((left, left + width))
        for row in rows.values():
            for (_, end), (start, _) in pairwise(sorted(row)):
                assert end < start


@pytest.mark.parametrize("prevalence", [0.01, 0.15, 0.5])
def test_prevalence_moves_bars_number_and_threshold_of_the_axis_alike(
    prevalence: float,
) -> None:
    def drawn(page: AppTest) -> list[float]:
        # The places of threshold and number, as fractions of the axis's width.
        layers = json.loads(page.get("vega_lite_chart")[0].proto.spec)["layer"]
        low, high = layers[0]["encoding"]["x"]["scale"]["domain"]
        places = [layer["data"]["values"][0]["at"] for layer in layers[1:3]]
        return [(place - low) / (high - low) for place in places]

    page = panel()
    before = drawn(page)
    assert drawn(moved(page, round(100 * prevalence))) == pytest.approx(before)


# ------------------------------------------------------------------ repair


def offer(repair: str | None) -> None:
    from typing import Any, cast

    import streamlit as st

    from pneumonia.ui.result import offer_repair

    st.text(str(offer_repair(cast(Any, repair))))


@pytest.mark.parametrize(
    ("repair", "label"),
    [("rotate_270", texts.REPAIRS["rotate"]), ("invert", texts.REPAIRS["invert"])],
)
def test_pressing_the_repair_gives_it_back(repair: str, label: str) -> None:
    page = AppTest.from_function(offer, args=(repair,)).run(timeout=60)
    assert page.text[0].value == "None"
    assert page.button[0].label == label
    page.button[0].click().run(timeout=60)
    assert page.text[0].value == repair


def test_without_a_repair_there_is_no_button() -> None:
    page = AppTest.from_function(offer, args=(None,)).run(timeout=60)
    assert not page.button


# ------------------------------------------------------------------ exports


def opened(data: bytes, **changes: Any) -> OpenCase:
    radiograph: Radiograph = read_radiograph(data)
    found = decision(input_sha256=radiograph.sha256, **changes)
    return OpenCase(
        CaseReport(found),
        radiograph,
        lambda: data,
        lambda shape: np.ones(shape, np.float32),
        lambda _, assessment: assessment,
    )


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_phantom((200, 240))).save(file, "PNG")
    return file.getvalue()


def test_pdf_of_a_case_is_one(tmp_path: Path) -> None:
    assert case_as_pdf(opened(png())).startswith(b"%PDF")


def test_pixels_that_are_not_square_are_exported_square() -> None:
    seen: list[tuple[int, int]] = []

    def saliency(shape: tuple[int, int]) -> NDArray[np.float32]:
        seen.append(shape)
        return np.ones(shape, np.float32)

    case = opened(build(draw_phantom((100, 240)), PixelSpacing=[0.4, 0.2]))
    case = replace(case, saliency=saliency)
    case_as_pdf(case)
    case_as_dicom(case, keep_identifiers=False)
    assert seen == [(200, 240), (200, 240)]


def test_pdf_of_a_refused_case_has_no_map() -> None:
    upside_down = Refusal("rotated", "upside_down")
    case = opened(
        png(), score=None, evidence=None, status="refused", refusal=upside_down
    )
    assert case_as_pdf(case).startswith(b"%PDF")


def test_a_picture_gives_a_capture_only() -> None:
    data = case_as_dicom(opened(png()), keep_identifiers=False)
    assert data[128:132] == b"DICM"


@pytest.mark.parametrize("keep", [False, True])
def test_identifiers_leave_only_when_asked_for(keep: bool) -> None:
    pydicom = pytest.importorskip("pydicom")
    data = build(
        draw_phantom((200, 240)),
        PatientName="Doe^Jane",
        PatientID="4711",
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.2.1",
    )
    archive = zipfile.ZipFile(
        io.BytesIO(case_as_dicom(opened(data), keep_identifiers=keep))
    )
    assert archive.namelist() == ["heatmap.dcm", "report.dcm"]
    for name in archive.namelist():
        found = pydicom.dcmread(io.BytesIO(archive.read(name)))
        assert (found.PatientID == "4711") == keep
        assert ("Doe" in str(found.PatientName)) == keep


def show_exports() -> None:
    import streamlit as st

    from pneumonia.ui.exports import offer_export

    case = st.session_state["case"]
    offer_export(lambda: [case.report], opened=case)


def exports(data: bytes) -> AppTest:
    page = AppTest.from_function(show_exports)
    page.session_state["downloads_drawer"] = True  # opened
    page.session_state["case"] = opened(data)
    return page.run(timeout=60)


def dicom(**attributes: Any) -> bytes:
    return build(draw_phantom((200, 240)), **attributes)


def test_burned_in_text_is_warned_of_first() -> None:
    page = exports(dicom(BurnedInAnnotation="YES"))
    assert [it.value for it in page.warning] == [export_texts.BURNED_IN]


def test_unknown_burned_in_text_is_a_quiet_note() -> None:
    page = exports(png())
    assert not page.warning
    assert export_texts.BURNED_IN_UNKNOWN in words(page)


def test_a_file_that_is_clean_needs_no_note() -> None:
    page = exports(dicom(BurnedInAnnotation="NO"))
    assert not page.warning
    assert export_texts.BURNED_IN_UNKNOWN not in words(page)


def test_identifiers_are_dropped_until_the_box_is_ticked() -> None:
    assert not exports(dicom()).checkbox(key="keep_identifiers").value
    assert not exports(png()).checkbox


def test_identifiers_that_cannot_be_kept_are_told_of_beside_the_box() -> None:
    page = exports(dicom(StudyInstanceUID=None))
    page.checkbox(key="keep_identifiers").check().run(timeout=60)
    assert "StudyInstanceUID" in page.warning[0].value
    assert not page.exception


# ------------------------------------------------------------------ in the browser

SCRIPT = """
import sys
sys.path[:0] = {tests!r}
import streamlit as st
from pneumonia.phantom import draw_phantom
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.result import show_result
from pneumonia.ui.viewer import ViewerContent, show_viewer
from test_result import CARD, decision

left, right = st.columns(2)
with left:
    show_viewer(ViewerContent(pixels=draw_phantom((300, 300))), key="viewer")
with right:
    show_result(decision(prevalence=chosen_prevalence()), CARD)
"""


@pytest.mark.browser
def test_moving_the_prevalence_leaves_the_viewer_alone(
    chromium: Browser,
    serve: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    script = tmp_path_factory.mktemp("result") / "app.py"
    script.write_text(
        SCRIPT.format(tests=[str(Path(__file__).parents[n]) for n in (0, 1)])
    )
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(serve(with_pixels(script)))
    page.get_by_text("about 23 have pneumonia").wait_for()
    page.wait_for_selector(".viewer[data-state]")
    page.wait_for_timeout(1000)
    drawn = page.locator(".viewer").get_attribute("data-state")
    page.get_by_role("button", name="15 % prevalence").click()
    page.get_by_role("slider", name=texts.PREVALENCE).press("ArrowRight")
    page.get_by_role("button", name="16 % prevalence").wait_for()
    page.wait_for_timeout(500)
    assert page.locator(".viewer").get_attribute("data-state") == drawn
    page.close()
