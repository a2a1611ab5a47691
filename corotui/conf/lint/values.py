"""Values that corosync accepts and that have no meaning: with comments, unknown words, numbers out of range."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf import options
from corotui.conf.daemon.cmap import parse_integer
from corotui.conf.diagnostics.from_daemon import split_comment
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.lint.context import LintContext, PlacedOption
from corotui.conf.options import Option
from corotui.conf.syntax import to_display

_MAY_BE_EMPTY = frozenset({"quorum.device.model"})


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about values."""
    for placed in context.options:
        line = placed.line
        option = options.find(placed.key)
        before, comment = split_comment(line.value)
        if comment:
            yield _comment(context, placed, before)
        elif not line.value:
            if option is not None and placed.key not in _MAY_BE_EMPTY:
                message = f"{to_display(line.key)} has no value."
                yield Place(context.document, line, "key").warning(
                    "empty-value", message, "Give it a value, or take the line out."
                )
        elif option is not None and option.is_known(context.release):
            yield from _value(context, placed, option)
            yield from _transport(context, placed, option)


def _comment(context: LintContext, placed: PlacedOption, before: str) -> Diagnostic:
    line = placed.line
    why = "corosync reads comments only on lines of their own. This one is part of the value."
    fix = Fix(
        "take the comment out", (TextEdit(line.value_start + len(before), line.value_start + len(line.value), ""),)
    )
    return Place(context.document, line, "value").warning("trailing-comment", "A comment after a value.", why, fix=fix)


def _value(context: LintContext, placed: PlacedOption, option: Option) -> Iterator[Diagnostic]:
    line = placed.line
    if option.kind == "choice" and not option.strict and line.value not in option.values:
        near = next((value for value in option.values if value == line.value.lower()), "")
        fix = (
            Fix(f"write {near}", (TextEdit(line.value_start, line.value_start + len(line.value), near),))
            if near
            else None
        )
        default = option.default_in(context.release)
        why = f"It takes {option.describe_values()}." + (f" corosync uses {default}." if default else "")
        message = f"{to_display(line.key)} does not take {to_display(line.value)}."
        yield Place(context.document, line, "value").warning("value-ignored", message, why, fix=fix)
    if option.kind != "number" or option.low is None or option.high is None:
        return
    number = parse_integer(line.value, "u64")
    if number is None or option.low <= number <= option.high or (number == 0 and option.zero_means):
        return
    if option.key in ("totem.version", "nodelist.node.nodeid", "totem.interface.linknumber"):
        return
    if option.section == "totem" and option.unit in ("ms", "%") and number < option.low:
        return  # the rules of the timers say it better
    if line.value.lstrip().startswith("-"):
        number = number - (1 << 64)
        if option.low <= number:
            return
    why = f"It takes {option.describe_values()}{' ' + option.unit if option.unit else ''}."
    message = f"{to_display(line.key)}: {number} has no meaning."
    yield Place(context.document, line, "value").warning("out-of-range", message, why)


def _transport(context: LintContext, placed: PlacedOption, option: Option) -> Iterator[Diagnostic]:
    if not option.transports or context.transport in option.transports:
        return
    line = placed.line
    if placed.key in ("totem.interface.bindnetaddr", "totem.interface.member.memberaddr") and context.nodes:
        why = "The addresses of the nodelist are used. Take the line out."
        message = f"{to_display(line.key)} is not used with a nodelist."
        fix = Fix("take the line out", (TextEdit(line.start, line.next_start, ""),))
        yield Place(context.document, line, "key").warning("ignored-with-nodelist", message, why, fix=fix)
        return
    why = f"It has an effect only with {' and '.join(option.transports)}."
    message = f"The transport {context.transport} does not use {to_display(line.key)}."
    yield Place(context.document, line, "key").info("ignored-by-transport", message, why)
