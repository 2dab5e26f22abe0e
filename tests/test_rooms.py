"""The rooms of the package: which folder may import which."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pneumonia"

# What the rooms are made of: names that every room may use.
FOUNDATION = {
    *("checked_files", "errors", "language", "phantom", "reasons"),
    "__init__",
}
# From the top down: a room imports itself, what stands below it, and the foundation.
ROOMS = {
    "ui": {
        *("audit", "pacs", "export", "model", "gate", "lungs", "card", "statistics"),
        "reading",
    },
    "cli": {
        *("audit", "pacs", "export", "evaluation", "model", "gate", "card", "data"),
        *("statistics", "reading"),
    },
    "audit": {"export", "model", "card", "reading"},
    "pacs": {"export", "model", "reading"},
    "export": {"model", "gate", "card", "statistics", "reading"},
    "training": {"model", "lungs", "data", "statistics", "reading"},
    "evaluation": {
        *("perturbations", "model", "gate", "lungs", "card", "data", "statistics"),
        "reading",
    },
    "perturbations": set[str](),
    "model": {"gate", "lungs", "card", "statistics", "reading"},
    "gate": {"lungs", "reading"},
    "lungs": set(),
    "card": {"statistics"},
    "data": {"reading"},
    "statistics": set(),
    "reading": set(),
    "phantom": set(),
    "reasons": set(),
    "language": set(),
}
# What a reader can take in at once.
MOST_LINES = {"module": 350, "function": 80}
# Those that must answer without a network.
WITHOUT_KERAS = ("reading", "statistics", "data", "lungs", "gate")


def modules() -> Iterator[tuple[str, Path]]:
    """Yield every module with its room; the root's modules are the foundation."""
    for path in sorted(PACKAGE.rglob("*.py")):
        below = path.relative_to(PACKAGE)
        yield below.parts[0] if len(below.parts) > 1 else "", path


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports anywhere, also in functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            # `from pneumonia.room import module` names a module; `from
            # pneumonia.room.module import name` a module and something in it.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    """Name the rooms and the root's modules that a module imports."""
    dotted = [name.split(".") for name in imports(path)]
    return {
        parts[1]
        for parts in dotted
        if parts[0] == "pneumonia" and len(parts) > 1 and parts[1] != "__version__"
    }


def test_every_folder_is_a_room_of_the_table() -> None:
    assert {room for room, _ in modules() if room} == set(ROOMS)


def test_the_table_has_no_cycle_and_no_arrow_up() -> None:
    # Raises CycleError if there is one.
    order = list(TopologicalSorter(ROOMS).static_order())
    assert len(order) == len(ROOMS)
    from_top = list(ROOMS)
    for room, below in ROOMS.items():
        assert below <= set(from_top[from_top.index(room) + 1 :]), room


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    allowed = {room, *ROOMS[room], *FOUNDATION}
    wrong = {
        str(path.relative_to(PACKAGE)): sorted(rooms_imported(path) - allowed)
        for own, path in modules()
        if own == room and rooms_imported(path) - allowed
    }
    assert not wrong


def test_modules_import_one_another_without_a_cycle() -> None:
    names = {
        ".".join(("pneumonia", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for _, path in modules()
    }
    graph = {
        module: {
            found
            for name in imports(path)
            for found in (name, name.rpartition(".")[0])
            if found in names and found != module
        }
        for module, path in names.items()
    }
    TopologicalSorter(graph).prepare()


def test_reading_statistics_data_and_the_gate_need_no_keras() -> None:
    paths = [
        path
        for _, path in modules()
        if str(path.relative_to(PACKAGE)).startswith(WITHOUT_KERAS)
    ]
    assert paths
    for path in paths:
        heavy = {name.split(".")[0] for name in imports(path)}
        assert not heavy & {"keras", "tensorflow", "jax", "torch"}, path


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem
)
def test_modules_and_functions_stay_small(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= MOST_LINES["module"]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= MOST_LINES["function"], node.name
