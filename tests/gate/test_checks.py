"""What a file states and what its picture shows decide whether it is admitted."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dicom_files as files
import numpy as np
import pytest
from fixtures_models import gate_seeing, publish_tiny
from lung_fields import FixedLungs, lungs_at

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.gate.checks import (
    CERTAIN_QUALITY,
    LEAST_QUALITY,
    VIEWS,
    Admission,
    check_image,
    check_metadata,
)
from pneumonia.gate.view_classifier import FRONTAL
from pneumonia.lungs.fields import LungFields
from pneumonia.phantom import draw_phantom
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import Notice, WarningCode
from pneumonia.reasons.refusals import REFUSALS
from pneumonia.reasons.sentences import sentence

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier

GREY = files.ramp(12)
DRAWN = draw_phantom((96, 80), seed=1, bit_depth=12)


def radiograph(**attributes: Any) -> Radiograph:
    attributes = {"PatientAge": "003Y", **attributes}
    return read_radiograph(files.build(GREY, bits=12, **attributes))


def code_of(**attributes: Any) -> str:
    with pytest.raises(UnsupportedRadiographError) as caught:
        check_metadata(radiograph(**attributes))
    return caught.value.code


def test_a_picture_says_nothing_and_is_admitted() -> None:
    picture = Radiograph(np.zeros((64, 64), np.uint8), sha256="", format="PNG")

    assert check_metadata(picture) == Admission()


def test_a_frontal_chest_radiograph_of_a_child_is_admitted() -> None:
    child = radiograph(
        Modality="DX", BodyPartExamined="CHEST", ViewPosition="PA", PatientAge="003Y"
    )

    assert check_metadata(child) == Admission(warnings=(), calibrated=True)


def test_a_radiograph_that_says_little_is_admitted() -> None:
    little = radiograph(BodyPartExamined="", ViewPosition="")

    assert check_metadata(little) == Admission()


@pytest.mark.parametrize("modality", ["CR", "DX", "DR"])
def test_radiographs_are_admitted(modality: str) -> None:
    assert check_metadata(radiograph(Modality=modality)).warnings == ()


def test_a_digitised_film_is_admitted_with_a_warning() -> None:
    admission = check_metadata(radiograph(Modality="RG"))

    assert admission == Admission((Notice("digitised_film"),))


@pytest.mark.parametrize("modality", ["SC", "OT"])
def test_captures_are_admitted_with_a_warning(modality: str) -> None:
    admission = check_metadata(radiograph(Modality=modality))

    assert admission.warnings == (Notice("secondary_capture"),)


@pytest.mark.parametrize("modality", [None, "RX", "DOE JANE"])
def test_a_modality_that_nobody_knows_is_admitted_with_a_warning(
    modality: str | None,
) -> None:
    admission = check_metadata(radiograph(Modality=modality))

    assert admission.warnings == (Notice("unknown_modality"),)


@pytest.mark.parametrize("modality", ["CT", "MR", "MG", "US", "PX", "XC", "RF"])
def test_other_modalities_are_refused(modality: str) -> None:
    assert code_of(Modality=modality) == "wrong_modality"


def test_a_refusal_names_the_value() -> None:
    with pytest.raises(UnsupportedRadiographError, match="Received: modality CT"):
        check_metadata(radiograph(Modality="CT"))


@pytest.mark.parametrize(
    "said",
    [
        {"BodyPartExamined": "HAND DOE"},
        {"BodyPartExamined": "HAND OF DOE, JANE (HALLWAY)"},
        {"ViewPosition": "LATERAL DOE"},
    ],
)
def test_a_refusal_repeats_known_words_only(said: dict[str, str]) -> None:
    with pytest.raises(UnsupportedRadiographError, match=r"HAND|LATERAL") as caught:
        check_metadata(radiograph(**said))
    assert "DOE" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"BodyPartExamined": "DOE JANE"}, "unknown_body_part"),
        ({"ViewPosition": "DOE JANE"}, "unknown_view"),
        ({"Modality": "DOE JANE"}, "unknown_modality"),
    ],
)
def test_a_word_that_nobody_knows_is_left_to_the_picture(
    said: dict[str, str], code: WarningCode
) -> None:
    (notice,) = check_metadata(radiograph(**said)).warnings

    assert notice == Notice(code)
    assert "DOE" not in sentence(notice)


@pytest.mark.parametrize(
    "part", ["CHEST", "chest", "THORAX", "LUNG", "CHEST_PA", "PORT CHEST", "OTHER"]
)
def test_chests_are_admitted(part: str) -> None:
    assert check_metadata(radiograph(BodyPartExamined=part)).warnings == ()


@pytest.mark.parametrize(
    "part",
    ["HIP", "EXTREMITY", "SKULL", "THORACIC SPINE", "TSPINE", "CHEST ABDOMEN", "HAND"],
)
def test_other_body_parts_are_refused(part: str) -> None:
    assert code_of(BodyPartExamined=part) == "wrong_body_part"


@pytest.mark.parametrize("view", ["AP", "PA", "SUPINE", "AP PORTABLE"])
def test_frontal_views_are_admitted(view: str) -> None:
    assert check_metadata(radiograph(ViewPosition=view)).warnings == ()


@pytest.mark.parametrize(
    "view", ["LL", "RL", "LATERAL", "LEFT LATERAL", "LLD", "RAO", "LAT", "LPO"]
)
def test_other_views_are_refused(view: str) -> None:
    assert code_of(ViewPosition=view) == "lateral_view"


@pytest.mark.parametrize("direction", ["A", "P", "AF"])
def test_rows_from_back_to_front_are_a_lateral_view(direction: str) -> None:
    assert code_of(PatientOrientation=[direction, "F"]) == "lateral_view"


def test_rows_from_side_to_side_are_a_frontal_view() -> None:
    assert check_metadata(radiograph(PatientOrientation=["L", "F"])) == Admission()


def test_the_view_goes_before_the_direction_of_rows() -> None:
    view = radiograph(ViewPosition="PA", PatientOrientation=["A", "F"])

    assert check_metadata(view) == Admission()


def test_rows_to_the_right_are_a_mirrored_picture() -> None:
    mirrored = radiograph(PatientOrientation=["R", "F"])

    admission = check_metadata(mirrored)
    assert admission == Admission((Notice("mirrored"),), calibrated=False)
    assert check_metadata(apply_repair(mirrored, "mirror")) == Admission()


@pytest.mark.parametrize("orientation", ["HL", "HR", "FL", "FR", "LH", "RH"])
def test_one_repair_puts_any_stated_orientation_right(orientation: str) -> None:
    lying = radiograph(PatientOrientation=list(orientation), ViewPosition="PA")

    with pytest.raises(UnsupportedRadiographError) as caught:
        check_metadata(lying)

    assert caught.value.code == "rotated"
    assert caught.value.repair is not None
    assert check_metadata(apply_repair(lying, caught.value.repair)) == Admission()


@pytest.mark.parametrize(
    "said",
    [{"FieldOfViewHorizontalFlip": "YES"}, {"FieldOfViewRotation": "90"}],
)
def test_a_flip_or_turn_is_told_where_no_orientation_is_stated(
    said: dict[str, str],
) -> None:
    warned = Admission((Notice("flipped_or_turned"),))
    assert check_metadata(radiograph(**said)) == warned
    upright = radiograph(PatientOrientation=["L", "F"], **said)
    assert check_metadata(upright) == Admission()


@pytest.mark.parametrize("age", ["001Y", "005Y", "012M", "071M", "060W"])
def test_ages_from_one_to_five_years_are_calibrated(age: str) -> None:
    assert check_metadata(radiograph(PatientAge=age)) == Admission()


@pytest.mark.parametrize("age", ["006Y", "011M", "040W", "003D", "062Y"])
def test_other_ages_are_admitted_with_a_warning_and_not_calibrated(age: str) -> None:
    admission = check_metadata(radiograph(PatientAge=age))

    assert admission.warnings == (Notice("age_outside_training"),)
    assert not admission.calibrated


def test_other_ages_are_refused_where_the_gate_is_strict() -> None:
    with pytest.raises(UnsupportedRadiographError) as caught:
        check_metadata(radiograph(PatientAge="062Y"), strict_age=True)
    assert caught.value.code == "age_out_of_range"
    assert "62" not in str(caught.value)


UNKNOWN_AGES = [None, "", "abcY", "999Y"]


@pytest.mark.parametrize("age", UNKNOWN_AGES)
def test_an_unknown_age_is_admitted_with_a_warning(age: str | None) -> None:
    admission = check_metadata(radiograph(PatientAge=age))

    assert admission.warnings == (Notice("unknown_age"),)


@pytest.mark.parametrize("age", UNKNOWN_AGES)
def test_an_unknown_age_is_refused_where_the_gate_is_strict(age: str | None) -> None:
    with pytest.raises(UnsupportedRadiographError, match="unknown age") as caught:
        check_metadata(radiograph(PatientAge=age), strict_age=True)
    assert caught.value.code == "age_out_of_range"


def test_a_picture_is_of_unknown_age_where_the_gate_is_strict() -> None:
    picture = Radiograph(np.zeros((64, 64), np.uint8), sha256="", format="PNG")

    admission = check_metadata(picture, strict_age=True)

    assert admission == Admission((Notice("unknown_age"),))


def test_grey_levels_that_may_be_wrong_are_not_calibrated() -> None:
    doubtful = replace(
        radiograph(),
        warnings=(Notice("unreadable_grey_attribute", {"attribute": "Rescale Slope"}),),
    )

    assert not check_metadata(doubtful).calibrated


def test_burned_in_text_gives_a_warning() -> None:
    admission = check_metadata(radiograph(BurnedInAnnotation="YES"))

    assert admission.warnings == (Notice("burned_in_annotation"),)


@pytest.mark.parametrize("value", ["NO", None])
def test_burned_in_text_that_is_denied_or_unknown_gives_none(value: str | None) -> None:
    assert check_metadata(radiograph(BurnedInAnnotation=value)).warnings == ()


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> "Classifier":
    from pneumonia.model.classifier import Classifier
    from pneumonia.model.grad_cam import GradCam
    from pneumonia.model.weights import load_weights

    path = publish_tiny(tmp_path_factory.mktemp("weights"), calibrated=True)
    weights = load_weights(path)
    network = GradCam(weights.model)
    return Classifier(weights.card, network, gate_seeing(FRONTAL), FixedLungs())


def test_the_classifier_gives_a_refused_radiograph_no_score(
    classifier: "Classifier",
) -> None:
    data = files.build(GREY, bits=12, Modality="CT")

    assessment = classifier.assess_file(data)

    assert (assessment.status, assessment.reason) == ("refused", "wrong_modality")
    assert assessment.score is None
    assert assessment.evidence is None


def test_the_classifier_keeps_the_warnings_of_file_and_gate(
    classifier: "Classifier",
) -> None:
    data = files.build(
        DRAWN,
        bits=12,
        BurnedInAnnotation="YES",
        PresentationLUTShape="INVERSE",
        PatientAge="003Y",
    )

    codes = [warning.code for warning in classifier.assess_file(data).warnings]

    assert codes == ["contradictory_black", "burned_in_annotation"]


@pytest.mark.parametrize(("age", "calibrated"), [("003Y", True), ("030Y", False)])
def test_the_classifier_is_calibrated_for_its_ages_only(
    classifier: "Classifier", age: str, calibrated: bool
) -> None:
    data = files.build(DRAWN, bits=12, PatientAge=age)

    assert classifier.assess_file(data).calibrated is calibrated


def test_the_classifier_sees_the_default_window(classifier: "Classifier") -> None:
    dark, light = np.percentile(DRAWN, [10, 20])
    window = {"WindowCenter": (dark + light) / 2, "WindowWidth": light - dark}

    square = classifier.model_input(read_radiograph(files.build(DRAWN, **window)))

    assert square is not None
    assert np.mean(square == 255) > 0.5


@pytest.mark.parametrize("view", sorted(set(VIEWS) - {FRONTAL}))
def test_each_view_but_the_frontal_is_refused_with_its_code_and_sentence(
    view: str,
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128), np.uint8)
    picture = Radiograph(noise, sha256="", format="PNG")

    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(picture, gate_seeing(view), FixedLungs())

    code = "rotated" if view.startswith("rotated") else view
    assert caught.value.code == code
    rule, advice = {str(key): rule for key, rule in REFUSALS.items()}[code]
    assert str(caught.value).startswith(rule)
    assert str(caught.value).endswith(advice)


@pytest.mark.parametrize("view", ["cropped", "lateral_view", "photo_of_screen"])
def test_what_is_far_from_any_chest_is_called_no_chest(view: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128), np.uint8)
    sure = gate_seeing(view)
    surer = replace(sure, intercepts=4 * sure.intercepts)

    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(Radiograph(noise, sha256="", format="PNG"), surer, FixedLungs())

    assert caught.value.code == "not_chest_radiograph"


CHEST = Radiograph(draw_phantom((96, 80), seed=1), sha256="", format="PNG")
ONE = (0.2, 0.8, 0.15, 0.45)
OTHER = (0.2, 0.8, 0.55, 0.85)


def test_a_picture_without_lungs_is_refused() -> None:
    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(lungs_at()))

    assert caught.value.code == "lungs_not_found"
    assert "none were found" in str(caught.value)


def test_a_picture_with_one_lung_is_read_with_a_warning_and_no_probability() -> None:
    admission = check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(lungs_at(ONE)))

    assert admission.warnings == (Notice("one_lung_found"),)
    assert not admission.calibrated


def test_lungs_that_an_edge_cuts_in_two_are_refused() -> None:
    cut = lungs_at((0.4, 1.0, 0.15, 0.45), (0.4, 1.0, 0.55, 0.85))

    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(cut))

    assert caught.value.code == "cropped"
    assert "cuts off a part" in str(caught.value)


def test_a_lung_that_reaches_an_edge_gives_a_warning_beside_the_probability() -> None:
    beyond = lungs_at((0.0, 0.8, 0.15, 0.45), OTHER)

    admission = check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(beyond))

    assert admission.warnings == (Notice("lung_beyond_edge"),)
    assert admission.calibrated


def test_uncertain_lungs_give_a_warning_and_no_probability() -> None:
    unsure = LungFields(0.6 * lungs_at(ONE, OTHER).probabilities)

    admission = check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(unsure))

    assert LEAST_QUALITY < unsure.quality < CERTAIN_QUALITY
    assert admission.warnings == (Notice("lungs_uncertain"),)
    assert not admission.calibrated


def test_lungs_that_can_hardly_be_told_are_refused() -> None:
    doubtful = LungFields(0.52 * lungs_at(ONE, OTHER).probabilities + 0.15)

    with pytest.raises(UnsupportedRadiographError) as caught:
        check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(doubtful))

    assert doubtful.quality < LEAST_QUALITY
    assert caught.value.code == "lungs_not_found"


def test_two_certain_lungs_are_passed_on_without_a_warning() -> None:
    fields = lungs_at(ONE, OTHER)

    admission = check_image(CHEST, gate_seeing(FRONTAL), FixedLungs(fields))

    assert (admission.warnings, admission.calibrated) == ((), True)
    assert admission.lungs is fields
