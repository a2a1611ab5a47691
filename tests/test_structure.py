"""The structure of the tests themselves."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent


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
    """A measurement in bench/ may use another; everything else imports nothing but tests.support."""
    wrong = {}
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0]
        allowed = ("tests.support", "tests.bench") if room == "bench" else ("tests.support",)
        outside = {module for module in imported_test_modules(path) if not module.startswith(allowed)}
        if outside:
            wrong[str(path.relative_to(ROOT))] = outside
    assert wrong == {}
