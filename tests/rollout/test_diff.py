from __future__ import annotations

from corotui.rollout.plan.diff import diff


def test_a_short_file_is_compared_line_by_line() -> None:
    lines = diff(b"a\nb\nc\n", b"a\nB\nc\n").split("\n")
    assert lines[2:] == ["@@ -1,4 +1,4 @@", " a", "-b", "+B", " c", " "]


def test_a_node_cannot_make_the_comparison_expensive() -> None:
    """100 distinct lines repeated 60 times took difflib 3.3 s; more than 1000 lines become one block."""
    node = "".join(f"line {number % 100}\n" for number in range(6000)).encode()
    own = "".join(f"line {number * 7 % 100}\n" for number in range(40)).encode()
    lines = diff(node, own).split("\n")
    assert lines[2] == "@@ -2,6000 +2,40 @@"
    assert lines[3:42] == [f"+line {number * 7 % 100}" for number in range(1, 40)]
    assert len(lines) == 2000
    assert all(line.startswith("-") for line in lines[43:])


def test_equal_long_files_have_no_diff() -> None:
    conf = b"x\n" * 1500
    assert diff(conf, conf) == ""
