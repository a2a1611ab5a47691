"""Private names of Textual: few, in one folder, listed, and none that the console cannot do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from corotui.console.terminal.private_names import PRIVATE_NAMES
from corotui.directory import Directory
from tests.support.code_structure import CHECKOUT, Source, textual_private
from tests.support.terminal import terminal

OPEN = """
import sys
from tests.support.renamed_textual import rename
replaced = rename(*sys.argv[2:])
from corotui.console import run
code = run.run(sys.argv[1])
assert replaced == set(sys.argv[2:]), replaced
raise SystemExit(code)
"""
NAMES = [private.name for private in PRIVATE_NAMES]


def test_every_private_name_is_listed_and_used_in_one_folder() -> None:
    used = textual_private(Source(CHECKOUT))
    assert set(used) == set(NAMES)
    for name, modules in used.items():
        assert all(module.startswith("corotui.console.terminal.") for module in modules), (name, modules)


@pytest.mark.parametrize("missing", [[name] for name in NAMES] + [NAMES], ids=" ".join)
def test_the_console_opens_with_a_textual_that_lacks_a_name(missing: list[str], tmp_path: Path) -> None:
    Directory.create(tmp_path / "db", "db")
    # SSH_CONNECTION: the way of writing that uses the most private names.
    with terminal(str(tmp_path / "db"), *missing, program=("-c", OPEN), SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22") as it:
        it.wait_for("add node")
        it.press("?")
        it.wait_for("corotui facts")
        it.press("q")
        it.wait_for("No node yet.")
        it.press("q")
        assert it.end() == 0
