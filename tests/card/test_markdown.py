"""The documents beside the weights state what the cards hold."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from fixtures_cards import measure_tiny
from fixtures_models import list_anew

from pneumonia.card.markdown import write_documents
from pneumonia.card.schema import Card
from pneumonia.model.weights import trained_cards

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    return measure_tiny(tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="module")
def cards(card: Card) -> list[Card]:
    return [card, cast("Card", {**card, "name": "second", "calibrated": False})]


@pytest.fixture(scope="module")
def folder(cards: list[Card], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    figures = folder / "report" / "figures"
    figures.mkdir(parents=True)
    for name in ("tiny_roc.png", "tiny_large_roc.png", "tiny_roc.txt"):
        (figures / name).touch()
    write_documents(cards, folder)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report(folder: Path) -> str:
    return (folder / "report" / "tiny.md").read_text(encoding="utf-8")


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_page_and_a_report_of_each_network_are_written(folder: Path) -> None:
    written = {str(path.relative_to(folder)) for path in folder.rglob("*.md")}
    assert written == {
        "README.md",
        "report/tiny.md",
        "report/second.md",
        "report/methods.md",
        "report/reporting_checklists.md",
    }


def test_page_states_use_licence_and_the_official_test_split(page: str) -> None:
    text = words(page)
    for part in (
        "not a medical device",
        "children of one to five years",
        "Kermany",
        "CC BY 4.0",
        "10.17632/rscbjbr9sj",
        "Apache-2.0",
        "No network, setting or threshold was chosen on the official `test` split",
        "scored three times before development",
        "AUROC 0.988, accuracy 0.947, sensitivity 0.985 and specificity 0.885",
        "scored on half of the split",
        "adults of another hospital its AUROC was 0.856",
    ):
        assert part in text


def test_page_of_a_network_has_both_operating_points_at_two_prevalences(
    page: str, card: Card
) -> None:
    assert "| PPV | NPV | PPV at 15 % | NPV at 15 % |" in page
    for name, point in card["operating_points"].items():
        low, high = point["sensitivity_ci"]
        assert (
            f"| {name} | {point['threshold']:.3f} | {point['sensitivity']:.3f} "
            f"({low:.3f} to {high:.3f}) |"
        ) in page


def test_predictive_values_in_a_clinic_follow_bayes_rule(
    card: Card, tmp_path: Path
) -> None:
    point = {
        **card["operating_points"]["balanced"],
        "sensitivity": 0.9,
        "sensitivity_ci": [0.8, 1.0],
        "specificity": 0.8,
        "specificity_ci": [0.7, 0.9],
    }
    changed = cast("Card", {**card, "operating_points": {"balanced": point}})
    page = write_documents([changed], tmp_path).read_text()
    # 0.135 of 0.305 who are flagged, 0.68 of 0.695 who are not.
    assert "| 0.443 (0.320 to 0.638) | 0.978 (0.952 to 1.000) |" in page


def test_page_has_five_limitations_a_network(page: str) -> None:
    for section in page.split("### Limitations")[1:]:
        body = section.partition("\n## ")[0]
        assert len(re.findall("^- ", body, re.MULTILINE)) <= 5


def test_page_says_which_network_is_the_default_and_why(page: str) -> None:
    assert page.count("### Why `tiny` is the default") == 1
    assert "This network is published to compare `tiny` with." in page
    assert "| `second` | " in page


def test_scores_that_are_not_calibrated_are_not_called_probabilities(page: str) -> None:
    assert "Its scores are calibrated probabilities" in page
    assert "Its scores are not calibrated, so they are not probabilities" in page


def test_folder_without_weights_still_states_the_use(tmp_path: Path) -> None:
    assert "not a medical device" in words(write_documents([], tmp_path).read_text())


@pytest.mark.parametrize(
    "part",
    [
        "61 parameters, input 32 × 32 × 1, SHA-256 `0000",
        "Seed 7: 2 epochs, of which number 2 was the best on validation.",
        "It took 2 minutes on 2 CPU cores",
        "| tiny | epochs 2, learning rate 0.001 |",
        "| bacterial | 6 | ",
        "| viral | 6 | ",
        "| vertical stretch 1.22 | ",
        "| sternal wires | ",
        "| lungs box made grey | ",
        "| all but lungs box made grey | ",
        "| elsewhere | pneumonia | radiologists | 30 | 0.800 (0.700 to 0.900) |",
        "| pneumonia: elsewhere | normal: elsewhere | 60 | 0.870 (0.800 to 0.930) |",
        "| elsewhere | 60 | 0.300 (0.200 to 0.400) | ",
        "| 0.050 (0.010 to 0.150) | 0.75 | no error |",
        "| wrong among the surest | 100 % | 95 % | 90 % |",
        "| held-out internal test | ",
        "| **worst** | ",
        "| border contrast | 72 | ",
        "| **all properties of picture and file** | 72 | ",
        "| `Grad-CAM` | 10 | 0.310 (0.200 to 0.400) | -0.200 (-0.300 to -0.100) |  |",
        "on 9 of 12 flagged radiographs and 10 of 10 others",
        "- Grad-CAM found nothing to show on 2 of them.",
        "- Left out, lateral_view: 1.",
        "| map | radiographs | the head alone |",
        "| seed 8 | 0.500 | 0.950 (0.900 to 1.000) | ",
        "| seed 7, seed 8 | 0.010 | 0.020 | blur | 0.030 |",
        "- 9 files at native resolution",
        "- 40 unlabelled radiographs of 30 adults",
        "| Official `val` folder | 12 / 12 (24) |",
        "![tiny roc](figures/tiny_roc.png)",
    ],
)
def test_report_tells_everything_that_was_measured(report: str, part: str) -> None:
    assert part in report


def test_too_few_radiographs_to_follow_have_no_table(report: str) -> None:
    assert "flagged: deletion (low is good)" not in report
    assert "not flagged: deletion" in report


def test_report_shows_only_figures_of_its_network(report: str) -> None:
    assert report.count("![") == 1


def test_trunks_are_told_with_their_epochs(card: Card, tmp_path: Path) -> None:
    training: dict[str, Any] = {
        **card["training"],
        "recipe": {"resnet": {}, "efficientnet_lite0": {}},
        "epochs_trained": 24,
        "trunks_after": [16],
    }
    write_documents([cast("Card", {**card, "training": training})], tmp_path)
    text = words((tmp_path / "report" / "tiny.md").read_text())
    assert (
        "Seed 7. Trunks were trained apart: resnet for 16 and efficientnet lite0 for 8 "
        "epochs. It took"
    ) in text


def test_authors_figures_stand_beside_the_measured_ones(
    card: Card, tmp_path: Path
) -> None:
    reported = {"training_accuracy": 0.9816, "official_validation_accuracy": 1.0}
    write_documents([cast("Card", {**card, "reported_by_author": reported})], tmp_path)
    text = (tmp_path / "report" / "tiny.md").read_text()
    assert "| training folder | 98.2 % | " in text
    assert "| official `val` folder | 100.0 % | " in text


def test_card_of_the_least_sections_has_a_page_and_a_report(
    card: Card, tmp_path: Path
) -> None:
    kept = {"metrics", "partitions", "training", *Card.__required_keys__}
    least = cast("Card", {key: card[key] for key in kept})  # type: ignore[literal-required]
    page = write_documents([least], tmp_path).read_text()
    assert "## `tiny`" in page
    assert "Perturbations" not in (tmp_path / "report" / "tiny.md").read_text()


def test_undefined_figure_is_called_so(card: Card, tmp_path: Path) -> None:
    undefined = {
        **card["metrics"]["internal_test"],
        "auroc": None,
        "auroc_ci": [None, None],
    }
    changed = {**card, "metrics": {"internal_test": undefined}}
    write_documents([cast("Card", changed)], tmp_path)
    assert "| undefined |" in (tmp_path / "report" / "tiny.md").read_text()


def test_documents_have_no_stray_values_and_even_tables(folder: Path) -> None:
    for path in folder.rglob("*.md"):
        text = path.read_text()
        found = set(text.replace("(", " ").replace("|", " ").split())
        assert not {"nan", "None", "inf", "NaN"} & found
        width = 0
        for line in text.splitlines():
            width = (width or line.count("|")) if line.startswith("|") else 0
            assert not width or line.count("|") == width, line


def test_both_checklists_are_answered_item_by_item(folder: Path) -> None:
    text = (folder / "report" / "reporting_checklists.md").read_text()
    claim, _, tripod = text.partition("## TRIPOD+AI")
    numbers = [line.split("|")[1].strip() for line in claim.splitlines() if "|" in line]
    assert numbers[2:] == [str(number) for number in range(1, 45)]
    found = {line.split("|")[1].strip(" abcdefg") for line in tripod.splitlines()[4:]}
    assert found == {str(number) for number in range(1, 28)}


def test_stop_while_the_page_is_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text("old")

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_documents([], tmp_path)
    assert (tmp_path / "README.md").read_text() == "old"


def test_shipped_documents_are_those_of_the_shipped_cards(tmp_path: Path) -> None:
    shared = ("gate", "lungs", "reading")
    for name in shared:
        shutil.copy(ROOT / "weights" / f"{name}.json", tmp_path)
    list_anew(tmp_path)
    page = write_documents(trained_cards(ROOT / "weights"), tmp_path)
    assert page.read_text() == (ROOT / "weights" / "README.md").read_text()
    for report in (*shared, "methods", "reporting_checklists"):
        shipped = ROOT / "weights" / "report" / f"{report}.md"
        assert (tmp_path / "report" / shipped.name).read_text() == shipped.read_text()


def test_the_gate_has_a_report_where_there_is_one(tmp_path: Path) -> None:
    card = {
        "fitted_on": {
            "examples": {"training radiographs as they are": 5, "inverted": 2},
            "view_of_examples": {"inverted": "inverted"},
        },
        "admission": [
            {
                "kind": "lateral",
                "n": 4,
                "admitted": 0.25,
                "admitted_ci": [0.006, 0.806],
                "refused": {"lateral_view": 3},
            }
        ],
    }
    (tmp_path / "gate.json").write_text(json.dumps(card))
    list_anew(tmp_path)
    page = write_documents([], tmp_path).read_text()
    report = (tmp_path / "report" / "gate.md").read_text()
    assert "[gate](report/gate.md)" in page
    assert "| inverted | 2 | inverted |" in report
    assert "| lateral | 4 | 0.250 (0.006 to 0.806) | 3 lateral view |" in report


def test_a_folder_without_a_gate_links_to_none(tmp_path: Path) -> None:
    assert "gate" not in write_documents([], tmp_path).read_text()


def test_the_lungs_have_a_report_where_there_is_one(tmp_path: Path) -> None:
    row = {
        "n": 40,
        "dice": 0.95,
        "dice_ci": [0.94, 0.96],
        "dice_low": 0.9,
        "both_found": 39,
        "in_box": 38,
    }
    card = {
        "certain_quality": 0.8,
        "measured": {"by_change": {"unchanged": row}, "quality": {"median": 0.97}},
        "attribution": "Masks: somebody.",
    }
    (tmp_path / "lungs.json").write_text(json.dumps(card))
    list_anew(tmp_path)
    page = write_documents([], tmp_path).read_text()
    report = (tmp_path / "report" / "lungs.md").read_text()
    assert "[lungs](report/lungs.md)" in page
    assert "[gate]" not in page
    assert (
        "| unchanged | 40 | 0.950 (0.940 to 0.960) | 0.900 | 39 of 40 | 38 of 40 |"
    ) in report
    assert "median 0.970. Below 0.8 the result has a warning" in report
    assert "Masks: somebody." in report


def test_every_page_that_is_linked_is_there(folder: Path, page: str) -> None:
    links = re.findall(r"\]\((report/[^)]+)\)", page)
    assert len(links) >= 4
    for link in links:
        assert (folder / link).is_file(), link


def test_what_is_read_has_a_report_where_it_was_measured(tmp_path: Path) -> None:
    measured = {
        "weights": "tiny",
        "margins": [
            {
                "width": 0.1,
                "colour": "white",
                "sides": 2,
                "n": 50,
                "mean_change": 0.0042,
                "largest_change": 0.031,
                "flags_changed": 1,
            }
        ],
        "cropped_as_they_are": 2,
        "most_cropped": 0.034,
        "lightest_cropped": 3.0,
        "tints": [
            {"tint": "sepia", "n": 50, "admitted": 49, "least_correlation": 0.998}
        ],
        "other_pictures": [
            {"picture": "page", "n": 30, "refused_for_colour": 28, "refused": 30}
        ],
        "photographs": 12,
        "orientations": [
            {
                "rows_lead_to": "R",
                "columns_lead_to": "F",
                "done": "read, with a warning",
                "repair": "mirror",
                "restored": True,
            }
        ],
    }
    (tmp_path / "reading.json").write_text(json.dumps(measured))
    list_anew(tmp_path)
    page = write_documents([], tmp_path).read_text()
    report = (tmp_path / "report" / "reading.md").read_text()
    assert "[reading](report/reading.md)" in page
    assert "2 of 50 lost more than 2 %" in report
    assert "none more than 3.4 %" in report
    for row in (
        "| 10 % | white | 2 | 0.0042 | 0.031 | 1 of 50 |",
        "| sepia | 49 of 50 | 0.998 |",
        "| page | 28 of 30 | 30 of 30 |",
        "| R | F | read, with a warning | mirror | yes |",
    ):
        assert row in report
