"""First contact with a node: is this its host key?"""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class HostKey(Sheet[bool]):
    """Shows the fingerprint; refuses unless told otherwise."""

    def __init__(self, surface: Surface, *, node: str, host: str, port: int, key_type: str, fingerprint: str) -> None:
        super().__init__(surface)
        self._node = node
        self._where = host if port == 22 else f"{host} port {port}"
        self._key_type = key_type
        self._fingerprint = fingerprint

    def heading(self) -> str:
        return f"First contact with {self._node}"

    def body(self, frame: Frame) -> Sequence[Row]:
        return [
            *frame.note(f"{self._where} shows a host key that was never seen before:", style=""),
            BLANK,
            Row(Line("  ", (self._key_type, "context"), "  ", (self._fingerprint, "strong")).fit(frame.width)),
            BLANK,
            *frame.note("Compare it with the node's own console, where this prints it:"),
            *frame.note("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub", indent=2),
            *frame.note("Accepted, it is kept in the cluster directory, and another key is refused from then on."),
        ]

    def choices(self) -> Sequence[Choice]:
        return (Choice("n", "refuse", "no"), Choice("y", "it is the same, accept", "yes"))

    def taken(self, value: str) -> None:
        self.answer(value == "yes")
