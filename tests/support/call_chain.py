"""The longest way from Enter in the console to the transaction of a rollout, checked hop by hop against the source."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef

# One chain per layout of the package; the first whose modules all exist is checked. A hop holds where the function
# names the next one, or where one before it does and hands it on as a callback.
CHAINS: Mapping[str, tuple[str, ...]] = {
    "workflow": (
        "corotui.console.screen.main_screen:MainScreen.on_key",
        "corotui.console.screen.key_dispatch:KeyDispatcher.press",
        "corotui.console.panes.base:StepPane.enter",
        "corotui.console.app:ConsoleApp.confirm",
        "corotui.console.app:ConsoleApp.confirm.answered",
        "corotui.console.lifecycle.background:BackgroundTasks.start",
        "corotui.workflow.run_action:run_action",
        "corotui.workflow.workflow:Workflow.apply",
        "corotui.workflow.operations.rollout:apply",
        "corotui.rollout.execute.apply:apply",
        "corotui.rollout.execute.transaction:run_transaction",
    ),
    "walk": (
        "corotui.console.screens.main:MainScreen.on_key",
        "corotui.console.screens.keyboard:Keyboard.press",
        "corotui.console.screens.pane:StepPane.enter",
        "corotui.console.console_app:ConsoleApp.confirm",
        "corotui.console.console_app:ConsoleApp.confirm.answered",
        "corotui.console.console_app:ConsoleApp.act",
        "corotui.console.console_app:ConsoleApp.work",
        "corotui.console.work:Work.start",
        "corotui.console.work:Work._guard",
        "corotui.walk.act:act",
        "corotui.walk.act:_apply",
        "corotui.walk.walk:Walk.apply",
        "corotui.walk.rolling:apply",
        "corotui.walk.rolling:_roll",
        "corotui.walk.rolling:_apply",
        "corotui.rollout.apply:apply",
        "corotui.rollout.apply:to_safe_point",
        "corotui.rollout.transaction:transact",
    ),
}


def function(tree: ast.Module, qualname: str) -> ast.AST | None:
    """The function or class of a qualified name, also one within a function."""
    node: ast.AST | None = tree
    for part in qualname.split("."):
        inner = [] if node is None else ast.iter_child_nodes(node)
        node = next((n for n in inner if isinstance(n, Function | ast.ClassDef) and n.name == part), None)
    return node


def names_in(node: ast.AST) -> set[str]:
    """All names and attributes that a body mentions."""
    found = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    found |= {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
    return found | {
        alias.name for inner in ast.walk(node) if isinstance(inner, ast.ImportFrom) for alias in inner.names
    }


def chain(trees: Mapping[str, ast.Module]) -> dict[str, object]:
    """The calls from Enter to the rollout's transaction, and those that do not hold any more."""
    known = {name: hops for name, hops in CHAINS.items() if {hop.split(":")[0] for hop in hops} <= trees.keys()}
    if not known:
        return {"calls": None, "hops": [], "broken": ["no known layout: adapt CHAINS"]}
    hops = next(iter(known.values()))
    return {"calls": len(hops), "hops": list(hops), "broken": broken_hops(trees, hops)}


def broken_hops(trees: Mapping[str, ast.Module], hops: Sequence[str]) -> list[str]:
    """What does not hold in a chain of calls "module:function", as sentences.

    Every function must exist. Each, or one before it, must name the next one.
    """
    broken = []
    named: set[str] = set()
    for hop, following in zip(hops, [*hops[1:], None], strict=True):
        module, qualname = hop.split(":")
        node = function(trees[module], qualname) if module in trees else None
        if node is None:
            broken.append(f"{hop} does not exist")
            continue
        named |= names_in(node)
        if following is not None and following.split(":")[1].split(".")[-1] not in named:
            broken.append(f"{hop} does not lead to {following}")
    return broken
