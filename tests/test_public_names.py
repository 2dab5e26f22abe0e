"""The names that other programs use."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_models import publish_tiny
from PIL import Image

import pneumonia
from pneumonia.phantom import draw_phantom


@pytest.mark.parametrize("name", pneumonia.__all__)
def test_public_name_can_be_used(name: str) -> None:
    assert getattr(pneumonia, name)
    assert name in dir(pneumonia)


@pytest.mark.parametrize("name", ["absent", "_absent", "__path_of_nothing__"])
def test_other_name_is_told_of(name: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(pneumonia, name)


def test_import_loads_nothing_heavy() -> None:
    program = (
        "import sys, pneumonia;"
        "heavy = {'keras', 'tensorflow', 'numpy', 'PIL', 'pydicom'} & set(sys.modules);"
        "sys.exit(len(heavy))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_decision_and_reading_need_no_keras() -> None:
    program = (
        "import sys, pneumonia; pneumonia.decide, pneumonia.read_radiograph;"
        "sys.exit(len({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_radiograph_is_assessed_in_five_lines(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(draw_phantom((96, 96))).save(file, "PNG")
    classifier = pneumonia.load_classifier(publish_tiny(tmp_path, calibrated=True))
    assessment = classifier.assess(pneumonia.read_radiograph(file.getvalue()))
    decision = pneumonia.decide(
        assessment, classifier.card, operating_point="balanced", prevalence=0.15
    )
    assert isinstance(assessment, pneumonia.Assessment)
    assert isinstance(decision, pneumonia.Decision)
    assert decision.probability is not None
    assert (decision.probability >= decision.threshold) is decision.flagged


def test_file_that_cannot_be_read_is_an_error_of_the_package() -> None:
    with pytest.raises(pneumonia.RadiographError):
        pneumonia.read_radiograph(b"words")
