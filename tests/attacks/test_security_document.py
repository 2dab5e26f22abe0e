"""Every line of the threat model, and of what once failed, names a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "from_here"),
    [("security.md", "# Security"), ("reliability.md", "Each of these once failed")],
)
def test_each_line_names_a_test_that_exists(name: str, from_here: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    text = text[text.index(from_here) :]
    if name == "reliability.md":
        text = text.partition("\n## ")[0]
    lines = [
        line for line in text.splitlines() if re.match(r"\| (?!attack|what \||-)", line)
    ]
    assert len(lines) > 10
    for line in lines:
        named = re.search(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, line
        tree = ast.parse((ROOT / named[1]).read_text(encoding="utf-8"))
        assert named[2] in {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef)
        }, line
