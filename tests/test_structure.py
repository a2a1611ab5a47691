"""The structure of the package and of its tests: what no checker of the language holds."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.call_chain import chain
from tests.support.code_structure import (
    CHECKOUT,
    MODULES_PER_FOLDER,
    Source,
    cycles,
    imports,
    many_parameters,
    modules_per_folder,
    repeated_classes,
)

ROOT = Path(__file__).parent
SOURCE = Source(CHECKOUT)
LINES_PER_FILE = 300
MANY_PARAMETERS = {"corotui.console.widgets.scrollbar:render_bar"}  # Textual calls it with its own parameters


def imported_test_modules(path: Path) -> set[str]:
    """The modules below `tests` that a file imports anywhere."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
        elif isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
    return {module for module in modules if module.split(".")[0] == "tests"}


def test_tests_share_code_only_through_support() -> None:
    """The modules of bench/ may use each other, and so may those of hostile/; others import only tests.support."""
    wrong = {}
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0]
        allowed = ("tests.support", f"tests.{room}") if room in ("bench", "hostile") else ("tests.support",)
        outside = {module for module in imported_test_modules(path) if not module.startswith(allowed)}
        if outside:
            wrong[str(path.relative_to(ROOT))] = outside
    assert wrong == {}


def test_no_module_imports_itself_through_others() -> None:
    """Imports within functions and under TYPE_CHECKING count."""
    graph = imports(SOURCE)
    assert "corotui.directory.toml_edit" in graph["corotui.directory.directory"]
    assert cycles(graph) == []
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [["b", "c"]]


def test_a_public_class_name_means_one_thing() -> None:
    assert repeated_classes(SOURCE) == {}


def test_folders_stay_small() -> None:
    assert {folder: count for folder, count in modules_per_folder(SOURCE).items() if count > MODULES_PER_FOLDER} == {}


def test_modules_stay_short() -> None:
    lengths = {str(path): text.count("\n") for path, text in SOURCE.files.items()}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_PER_FILE} == {}


def test_functions_take_few_parameters() -> None:
    assert many_parameters(SOURCE).keys() <= MANY_PARAMETERS


def test_the_way_from_enter_to_the_transaction_is_as_it_is_listed() -> None:
    """Where this fails, adapt `CHAINS` in tests/support/call_chain.py to the calls as they are now."""
    assert chain(SOURCE.trees)["broken"] == []
