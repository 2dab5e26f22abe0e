"""The citation names what CITATION.cff names."""

import re
from pathlib import Path
from typing import Any

import pytest

from pneumonia.card.citation import citation

STATED = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "entry"), [("version", "version"), ("license", "license"), ("doi", "doi")]
)
def test_citation_states_what_the_citation_file_states(key: str, entry: str) -> None:
    found = re.search(rf"^\s*{key}: (.+)$", STATED, re.MULTILINE)
    assert found
    assert f"{entry} = {{{found[1]}}}" in citation()


def test_citation_names_all_authors_of_the_data() -> None:
    names = re.findall(r"family-names: (.+)$", STATED, re.MULTILINE)
    assert names
    assert all(name in citation() for name in names)


def test_citation_names_the_weights_that_were_used() -> None:
    card: Any = {"name": "resnet", "sha256": "ab12" * 16}
    assert "Weights resnet, SHA-256 ab12ab12ab12" in citation(card)
    assert "SHA-256" not in citation()
