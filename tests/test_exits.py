"""Text leaves for a terminal through few modules, which make it visible. Nothing writes past them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "corotui"
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
QUESTIONS = {"isatty", "fileno", "encoding", "flush"}  # of a stream; they write nothing

# Module: why it may hold the streams.
EXITS = {
    "bootstrap.py": "runs before corotui's own modules can",
    "cli/output/printer.py": "the exit of the command line",
    "console/terminal/plain_output.py": "the exit of the console while it has no screen",
}
NOT_FOR_TEXT = {
    "console/run.py": "asks for the encoding",
    "console/terminal/driver.py": "hands Textual's frames to the terminal",
}
TEXTUAL_WIDGETS = {"Input", "TextArea"}  # what they draw is checked in terminal/clipped_compositor.py


def modules(folder: str = "") -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text("utf-8"))


def ways_out(tree: ast.Module) -> Iterator[str]:
    """Each use of print, input, getpass, os.write or a standard stream, but for questions about a stream."""
    questions = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in QUESTIONS
    }
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print" | "input" as name)):
                yield f"line {node.lineno}: {name}()"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS and id(node) not in questions:
                yield f"line {node.lineno}: sys.{name}"
            case ast.ImportFrom(module="sys", names=names) if {each.name for each in names} & STREAMS:
                yield f"line {node.lineno}: a stream is imported"
            case (
                ast.Attribute(value=ast.Name(id="getpass"), attr="getpass")
                | ast.Attribute(value=ast.Name(id="traceback"), attr="print_exc" | "print_exception" | "print_stack")
            ):
                yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("source", ["print(1)", "import sys\nsys.stderr.write('x')", "import sys\nf = sys.stdout"])
def test_the_check_sees_a_way_out(source: str) -> None:
    assert list(ways_out(ast.parse(source)))


def test_nothing_else_writes_to_the_terminal() -> None:
    found = {name: list(ways_out(tree)) for name, tree in modules() if name not in EXITS | NOT_FOR_TEXT}
    assert {name: ways for name, ways in found.items() if ways} == {}


@pytest.mark.parametrize("name", EXITS)
def test_an_exit_makes_text_visible(name: str) -> None:
    source = (PACKAGE / name).read_text("utf-8")
    assert "corotui.cluster.text.outgoing import" in source
    assert list(ways_out(ast.parse(source))), "it is no exit any more"


def test_command_lines_are_parsed_by_the_parser_that_makes_messages_visible() -> None:
    made = {
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "argparse.ArgumentParser"
    }
    assert made <= {"cli/commands/practice.py"}, "only as `parents`, which report nothing themselves"


def test_the_console_draws_only_visible_lines() -> None:
    """A widget draws a StyledLine, or is one of Textual's two whose lines the compositor checks."""
    for name, tree in modules("console"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "textual.widgets":
                assert {each.name for each in node.names} <= TEXTUAL_WIDGETS, name
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Segment", "Strip"):
                assert name in (
                    "console/style/context.py",  # StyledLine
                    "console/widgets/scrollbar.py",  # glyphs
                    "console/editor/widget.py",  # the glyph of a mark
                    "console/terminal/frame_diff.py",  # sequences, from lines that were checked
                    "console/terminal/plain_strip.py",  # the check
                ), f"{name}:{node.lineno}"


def test_every_screen_has_the_compositor_that_checks_lines() -> None:
    for name, tree in modules("console"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any("Screen[" in ast.unparse(base) for base in node.bases):
                assert "use_clipped_compositor(self)" in ast.unparse(node), f"{name}: {node.name}"
