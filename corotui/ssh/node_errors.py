"""Errors of several nodes on the way to one that is raised."""

from __future__ import annotations

from corotui.errors import CorotuiError, NodeUnreachableError


class NodeErrors:
    """Collects errors by node."""

    def __init__(self) -> None:
        self.by_node: dict[str, CorotuiError] = {}

    def add(self, node: str, error: CorotuiError | None) -> None:
        """None: the node has no connection, and nobody said why."""
        self.by_node[node] = error or NodeUnreachableError("There is no connection.", node=node, stage="connect")

    def __bool__(self) -> bool:
        return bool(self.by_node)

    @property
    def messages(self) -> dict[str, str]:
        return {node: error.what for node, error in self.by_node.items()}

    def raise_any(self) -> None:
        """Raises the error when there is one, an ExceptionGroup of them when there are several."""
        errors = list(self.by_node.values())
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ExceptionGroup("several nodes failed", errors)
