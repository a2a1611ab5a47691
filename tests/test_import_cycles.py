"""No two modules of corotui import each other, directly or through others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import corotui

_ROOT = Path(corotui.__file__).parent


def _module_name(path: Path) -> str:
    parts = path.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported_names(tree: ast.AST) -> Iterable[str]:
    """Full names of everything that any import statement in `tree` names, wherever it stands: at the top, inside a
    function, or under TYPE_CHECKING."""
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert statement.level == 0, "relative imports are not used"
            assert statement.module is not None
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def import_graph() -> Mapping[str, frozenset[str]]:
    """The modules of corotui that each module of corotui imports."""
    files = {_module_name(path): path for path in _ROOT.rglob("*.py")}
    graph = {}
    for module, path in files.items():
        imported = set()
        for name in _imported_names(ast.parse(path.read_text(encoding="utf-8"))):
            target = name if name in files else name.rpartition(".")[0]
            if target in files:
                imported.add(target)
        graph[module] = frozenset(imported - {module})
    return graph


def find_cycles(graph: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The groups of modules that reach each other (strongly connected components of more than one module), sorted.

    Tarjan's algorithm.
    """
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    cycles: list[tuple[str, ...]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for imported in graph[module]:
            if imported not in index:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], index[imported])
        if lowest[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                cycles.append(tuple(sorted(group)))

    for module in graph:
        if module not in index:
            visit(module)
    return sorted(cycles)


def test_a_cycle_is_found() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []}
    assert find_cycles(graph) == [("b", "c")]


def test_imports_under_type_checking_and_in_functions_count() -> None:
    graph = import_graph()
    assert "corotui.directory.toml_edit" in graph["corotui.directory.directory"]
    assert "corotui.errors" in graph["corotui.directory.directory"]


def test_no_module_imports_itself_through_others() -> None:
    assert find_cycles(import_graph()) == []
