"""Adding a node, or changing how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from corotui.cluster.model import Node, Ssh
from corotui.cluster.names import host_fault, jump_fault, name_fault, path_fault, split_hop, user_fault
from corotui.console.dialogs.sheet import Sheet
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice
from corotui.console.widgets.one_line import OneLine


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form."""

    name: str
    label: str
    hint: str


FIELDS = (
    Field("host", "host", "where ssh goes: name or address; user@host works, too"),
    Field("name", "name", "its name in the ring; empty: as the host"),
    Field("user", "user", "empty: as ~/.ssh/config says"),
    Field("sudo", "sudo", "yes or no: the user becomes root by sudo"),
    Field("port", "port", "empty: 22, or as ~/.ssh/config says"),
    Field("key", "key", "file of a private key; empty: ssh's own and the agent's"),
    Field("jump", "through", "host to jump over; empty: straight"),
)


class FieldLine(Horizontal):
    """Label, input, and what belongs there."""

    DEFAULT_CSS = """
    FieldLine { height: 1; }
    FieldLine OneLine { width: 10; }
    FieldLine Input { border: none; height: 1; padding: 0; width: 1fr; background: $panel; margin: 0 1 0 0; }
    """

    def __init__(self, surface: Surface, field: Field, value: str) -> None:
        super().__init__(classes="field")
        self.surface = surface
        self.field = field
        self._value = value

    def compose(self) -> ComposeResult:
        label = OneLine(self.surface)
        label.show(Line(" ", (self.field.label, "context")))
        yield label
        entry = Input(self._value, placeholder=self.field.hint, id=f"field-{self.field.name}", select_on_focus=False)
        entry.cursor_blink = False
        yield entry


class NodeForm(Sheet[bool]):
    """`accept` takes the node and answers "" or what is wrong with it. The result says whether a node was taken."""

    AUTO_FOCUS = "#field-host"

    def __init__(self, surface: Surface, accept: Callable[[Node], str], *, like: Node | None, editing: bool) -> None:
        super().__init__(surface)
        self._accept = accept
        self._like = like
        self._editing = editing
        self._wrong = ""

    def heading(self) -> str:
        return f"How {self._like.name} is reached" if self._editing and self._like else "Add a node"

    def body(self, frame: Frame) -> Sequence[Row]:
        if self._wrong:
            sign = Line((f"{self.surface.glyphs.needs} ", "needs"))
            return [Row(Line(sign, row.line)) for row in frame.note(self._wrong, style="")]
        return frame.note("Tab or ↓ to the next line, Enter takes it, Esc leaves it.")

    def fields(self) -> Sequence[Widget]:
        ssh = self._like.ssh if self._like else Ssh()
        values = {
            "host": self._like.host if self._editing and self._like else "",
            "name": self._like.name if self._editing and self._like else "",
            "user": ssh.user or "",
            "sudo": "yes" if ssh.sudo else "no",
            "port": str(ssh.port or ""),
            "key": ssh.key or "",
            "jump": ssh.jump or "",
        }
        return [FieldLine(self.surface, field, values[field.name]) for field in FIELDS]

    def choices(self) -> Sequence[Choice]:
        return (Choice("esc", "leave it", "no"), Choice("enter", "take it", "yes"))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            if event.key == "down":
                self.focus_next()
            else:
                self.focus_previous()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.taken("yes")

    def taken(self, value: str) -> None:
        if value != "yes":
            self.answer(False)
            return
        node = self._read()
        if isinstance(node, Node):
            wrong = self._accept(node)
            if not wrong:
                self.answer(True)
                return
            self._wrong = wrong
        else:
            self._wrong, field = node
            self.query_one(f"#field-{field}", Input).focus()
        self.repaint()

    def _read(self) -> Node | tuple[str, str]:
        """The node, or what is wrong and with which field."""
        given = {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in FIELDS}
        user, host, port = split_hop(given["host"])
        user = user or given["user"] or None
        port = port or given["port"] or None
        if not host:
            return "It needs a host.", "host"
        name = given["name"] or host
        checks = [("host", host, host_fault), ("name", name, name_fault)]
        checks += [("user", user, user_fault)] if user else []
        checks += [("key", given["key"], path_fault)] if given["key"] else []
        checks += [("jump", given["jump"], jump_fault)] if given["jump"] else []
        for field, value, fault in checks:
            if wrong := fault(value):
                return f"{value!r} {wrong}.", field
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            return f"{port!r} is no port; ports are 1 to 65535.", "port"
        if given["sudo"].lower() not in ("yes", "no", "y", "n", ""):
            return "sudo is yes or no.", "sudo"
        ssh = Ssh(
            user=user,
            port=int(port) if port else None,
            sudo=given["sudo"].lower() in ("yes", "y"),
            jump=given["jump"] or None,
            key=given["key"] or None,
        )
        return Node(name, host, ssh)
