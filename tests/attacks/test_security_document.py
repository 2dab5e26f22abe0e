"""Every line of the threat model names a test that exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_threat_model_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| (?!attack|-)", line)]
    assert len(lines) > 10
    for line in lines:
        named = re.search(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, line
        tree = ast.parse((ROOT / named[1]).read_text(encoding="utf-8"))
        assert named[2] in {
            node.name for node in tree.body if isinstance(node, ast.FunctionDef)
        }, line
