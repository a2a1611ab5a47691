"""Asks whether the host key of a new node is the right one."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.layout import Row, StyledLine
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class HostKeyDialog(Dialog[bool]):
    """Shows the fingerprint. The harmless answer refuses it."""

    def __init__(
        self, style_context: StyleContext, *, node: str, host: str, port: int, key_type: str, fingerprint: str
    ) -> None:
        super().__init__(style_context)
        self._node = node
        self._address = host if port == 22 else f"{host} port {port}"
        self._key_type = key_type
        self._fingerprint = fingerprint

    def heading(self) -> str:
        return f"First contact with {self._node}"

    def body(self, context: RenderContext) -> Sequence[Row]:
        return [
            *context.note(f"{self._address} has a host key that was never seen before:", style=""),
            BLANK_ROW,
            Row(
                StyledLine("  ", (self._key_type, "context"), "  ", (self._fingerprint, "strong")).truncate(
                    context.width
                )
            ),
            BLANK_ROW,
            *context.note("To compare it, run this on the node's own console:"),
            *context.note("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", indent=2),
            *context.note("If you accept it, it is kept in the cluster directory, and any other key is refused."),
        ]

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("n", "refuse", "no"), DialogButton("y", "it is the same, accept", "yes"))

    def choose(self, value: str) -> None:
        self.answer(value == "yes")
