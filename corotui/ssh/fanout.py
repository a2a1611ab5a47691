"""One operation on several nodes at once, and what came of it on each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from corotui.errors import CorotuiError, NodeUnreachableError, leaves, raise_all
from corotui.ssh.shell import Shell

T = TypeVar("T")


@dataclass(frozen=True)  # no slots: with them Python 3.11 cannot call NodeResults[str]()
class NodeResults(Generic[T]):
    """The result of an operation for each node: its value, or the error of the node."""

    by_node: Mapping[str, T | CorotuiError] = field(default_factory=dict)
    """Node name -> value or error, in the order in which the nodes were given."""

    @property
    def ok(self) -> dict[str, T]:
        """The values of the nodes that succeeded."""
        return {node: result for node, result in self.by_node.items() if not isinstance(result, CorotuiError)}

    @property
    def errors(self) -> dict[str, CorotuiError]:
        """The errors of the nodes that failed."""
        return {node: result for node, result in self.by_node.items() if isinstance(result, CorotuiError)}

    @property
    def failed(self) -> bool:
        """Whether any node failed."""
        return bool(self.errors)

    def raise_first(self) -> None:
        """Raises the error of the first node that failed, if any."""
        for error in self.errors.values():
            raise error

    def raise_all(self) -> None:
        """Raises one error as it is, several as an ExceptionGroup; returns if there is none."""
        raise_all(self.errors.values())


@dataclass(frozen=True)
class Shells(NodeResults[Shell]):
    """The connection to each node, or why there is none."""

    def shell(self, node: str) -> Shell:
        """Returns the shell of a node; raises its error, or NodeUnreachableError for a node that was not connected."""
        shell = self.by_node.get(node)
        if shell is None:
            raise NodeUnreachableError("There is no connection.", node=node, stage="connect")
        if isinstance(shell, CorotuiError):
            raise shell
        return shell

    def for_nodes(self, nodes: Iterable[str]) -> Self:
        """Returns the same for exactly these nodes; one that was not connected has a NodeUnreachableError."""
        return type(self)(
            {
                node: self.by_node.get(node)
                or NodeUnreachableError("There is no connection.", node=node, stage="connect")
                for node in nodes
            }
        )


async def on_nodes(shells: Shells, operation: Callable[[Shell], Awaitable[T]]) -> NodeResults[T]:
    """Runs an operation on all nodes at once. A node without a connection keeps its error.

    A CorotuiError of one node never stops the others. Any other exception cancels them and is raised in a group.
    """
    return await on_each(shells.by_node, lambda node: operation(shells.shell(node)))


async def on_each(nodes: Iterable[str], operation: Callable[[str], Awaitable[T]]) -> NodeResults[T]:
    """The same for an operation that takes the name of the node and finds its connection itself."""

    async def result(node: str) -> T | CorotuiError:
        try:
            return await operation(node)
        except CorotuiError as error:
            return error

    async with asyncio.TaskGroup() as group:
        tasks = {node: group.create_task(result(node)) for node in nodes}
    return NodeResults({node: task.result() for node, task in tasks.items()})


@asynccontextmanager
async def all_or_first_error() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup whose first CorotuiError cancels the other tasks and is raised by itself, not in a group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        for failure in leaves(failures):
            if isinstance(failure, CorotuiError):
                raise failure from None
        raise


async def gather_or_raise(work: Sequence[Coroutine[object, object, T]]) -> tuple[T, ...]:
    """Runs all at once and returns the results in order. The first CorotuiError cancels the others and is raised."""
    async with all_or_first_error() as group:
        tasks = [group.create_task(item) for item in work]
    return tuple(task.result() for task in tasks)
