"""Every code has its sentence, and no sentence is built where a file is read."""

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.reasons.codes import (
    Notice,
    Refusal,
    RefusalCode,
    UnreadableCode,
    WarningCode,
)
from pneumonia.reasons.received import RECEIVED
from pneumonia.reasons.refusals import REFUSALS, UNREADABLE
from pneumonia.reasons.sentences import sentence, template

PACKAGE = Path(__file__).parents[2] / "pneumonia"
ERRORS = {"UnsupportedRadiographError", "UnreadableRadiographError"}
PROGRAMMING_ERRORS = {"ValueError", "TypeError"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the modules that refuse or warn."""
    for pattern in ("reading/*.py", "gate/*.py", "errors.py"):
        for path in sorted(PACKAGE.glob(pattern)):
            yield path, ast.parse(path.read_text())


def calls(*names: str) -> Iterator[ast.Call]:
    """Yield the calls of these names in the modules that refuse or warn."""
    for _, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in names:
                    yield node


def literals(call: ast.Call) -> list[str]:
    """Return a call's positional arguments where all are written out."""
    values = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return [str(v) for v in values] if len(values) == len(call.args) else []


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_code_has_a_sentence() -> None:
    assert set(get_args(RefusalCode)) == set(REFUSALS)
    assert set(get_args(UnreadableCode)) == set(UNREADABLE)
    assert set(get_args(WarningCode)) == set(WARNINGS)
    assert not set(REFUSALS) & set(UNREADABLE)


def test_every_refusal_of_the_design_has_a_sentence() -> None:
    codes = """not_chest_radiograph lateral_view rotated inverted cropped too_small
        too_large low_contrast colour_image photo_of_screen wrong_modality
        wrong_body_part multi_frame for_processing no_pixels missing_decoder
        age_out_of_range lungs_not_found"""
    assert set(REFUSALS) == set(codes.split())


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_states_the_rule_what_was_received_and_what_to_do(
    code: RefusalCode,
) -> None:
    rule, advice = REFUSALS[code]
    for words in (rule, advice):
        assert re.fullmatch(r"[A-Z][^.!?]*\.", words)
    said = sentence(Refusal(code, "side_view"))
    assert said == f"{rule} Received: a view from the side. {advice}"


def test_an_unreadable_file_may_have_nothing_to_be_received() -> None:
    assert sentence(Refusal("empty_file")) == (
        "The file is empty (0 bytes). Export or copy the radiograph again."
    )


def test_what_may_not_be_repeated_is_called_unknown() -> None:
    error = UnsupportedRadiographError("wrong_modality", "modality", modality="")
    assert "Received: modality unknown." in str(error)


def test_an_error_survives_a_copy_and_another_process() -> None:
    error = UnreadableRadiographError("damaged_picture", format="PNG")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
        assert str(other) == str(error)
        assert other.refusal == error.refusal


def test_every_refusal_gives_the_details_of_its_sentence() -> None:
    found = 0
    for call in calls(*ERRORS):
        if not (codes := literals(call)):
            continue  # from a table or a function; their own tests go through them
        given = {keyword.arg for keyword in call.keywords} - {"repair"}
        assert given == placeholders(template(Refusal(*codes))), codes  # type: ignore[arg-type]
        found += 1
    assert found > 30


def test_every_warning_gives_the_details_of_its_sentence() -> None:
    found = 0
    for call in calls("Notice"):
        if not isinstance(call.args[0], ast.Constant):
            continue  # from a function, which gives the attribute's name
        given = {
            key.value
            for details in call.args[1:]
            if isinstance(details, ast.Dict)
            for key in details.keys
            if isinstance(key, ast.Constant)
        }
        assert given == placeholders(WARNINGS[call.args[0].value])  # type: ignore[index]
        found += 1
    assert found > 10


def test_every_sentence_is_in_use() -> None:
    written = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    unused = {*REFUSALS, *UNREADABLE, *RECEIVED, *WARNINGS} - written
    assert not unused


def test_warnings_are_sentences() -> None:
    for code in WARNINGS:
        details = dict.fromkeys(placeholders(WARNINGS[code]), "X")
        assert re.fullmatch(r"[A-Z].*\.", sentence(Notice(code, details)))


def test_no_sentence_is_built_where_a_file_is_read() -> None:
    for path, tree in modules():
        allowed: set[int] = set()
        for parent in ast.walk(tree):
            if isinstance(parent, ast.Expr):  # docstrings
                allowed.update(map(id, ast.walk(parent)))
            if isinstance(parent, ast.Raise) and isinstance(parent.exc, ast.Call):
                # A fault of the program, or of the weights: no file causes it.
                name = ast.unparse(parent.exc.func)
                if name in PROGRAMMING_ERRORS:
                    allowed.update(map(id, ast.walk(parent)))
        built = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in allowed
            and re.search(r"[a-z] [a-z].*\.$", node.value)
        ]
        assert not built, path
