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
from corotui.cluster.validation import host_fault, jump_fault, name_fault, path_fault, split_destination, user_fault
from corotui.console.dialogs.base import Dialog
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton
from corotui.console.widgets.status_line import StatusLine


@dataclass(frozen=True, slots=True)
class FormField:
    """A line of the form."""

    name: str
    label: str
    hint: str


FIELDS = (
    FormField("host", "host", "where ssh goes: name or address; user@host works, too"),
    FormField("name", "name", "its name in the ring; empty: as the host"),
    FormField("user", "user", "empty: as ~/.ssh/config says"),
    FormField("sudo", "sudo", "yes or no: the user becomes root by sudo"),
    FormField("port", "port", "empty: 22, or as ~/.ssh/config says"),
    FormField("key", "key", "file of a private key; empty: ssh's own and the agent's"),
    FormField("jump", "through", "host to jump over; empty: straight"),
)


class FormFieldLine(Horizontal):
    """Label, input, and what belongs there."""

    DEFAULT_CSS = """
    FormFieldLine { height: 1; }
    FormFieldLine StatusLine { width: 10; }
    FormFieldLine Input { border: none; height: 1; padding: 0; width: 1fr; background: $panel; margin: 0 1 0 0; }
    """

    def __init__(self, style_context: StyleContext, field: FormField, value: str) -> None:
        super().__init__(classes="field")
        self.style_context = style_context
        self.field = field
        self._value = value

    def compose(self) -> ComposeResult:
        label = StatusLine(self.style_context)
        label.show(StyledLine(" ", (self.field.label, "context")))
        yield label
        entry = Input(self._value, placeholder=self.field.hint, id=f"field-{self.field.name}", select_on_focus=False)
        entry.cursor_blink = False
        yield entry


class NodeForm(Dialog[bool]):
    """`accept` takes the node and answers "" or what is wrong with it. The result says whether a node was taken."""

    AUTO_FOCUS = "#field-host"

    def __init__(
        self, style_context: StyleContext, accept: Callable[[Node], str], *, template: Node | None, editing: bool
    ) -> None:
        super().__init__(style_context)
        self._accept = accept
        self._template = template
        self._editing = editing
        self._problem = ""

    def heading(self) -> str:
        return f"How {self._template.name} is reached" if self._editing and self._template else "Add a node"

    def body(self, context: RenderContext) -> Sequence[Row]:
        if self._problem:
            sign = StyledLine((f"{self.style_context.glyphs.needs} ", "needs"))
            return [Row(StyledLine(sign, row.line)) for row in context.note(self._problem, style="")]
        return context.note("Tab or ↓ to the next line, Enter takes it, Esc leaves it.")

    def fields(self) -> Sequence[Widget]:
        ssh = self._template.ssh if self._template else Ssh()
        values = {
            "host": self._template.host if self._editing and self._template else "",
            "name": self._template.name if self._editing and self._template else "",
            "user": ssh.user or "",
            "sudo": "yes" if ssh.sudo else "no",
            "port": str(ssh.port or ""),
            "key": ssh.key or "",
            "jump": ssh.jump or "",
        }
        return [FormFieldLine(self.style_context, field, values[field.name]) for field in FIELDS]

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("esc", "leave it", "no"), DialogButton("enter", "take it", "yes"))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            if event.key == "down":
                self.focus_next()
            else:
                self.focus_previous()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.choose("yes")

    def choose(self, value: str) -> None:
        if value != "yes":
            self.answer(False)
            return
        node = self._parse_fields()
        if isinstance(node, Node):
            wrong = self._accept(node)
            if not wrong:
                self.answer(True)
                return
            self._problem = wrong
        else:
            self._problem, field = node
            self.query_one(f"#field-{field}", Input).focus()
        self.update_content()

    def _parse_fields(self) -> Node | tuple[str, str]:
        """The node, or what is wrong and with which field."""
        given = {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in FIELDS}
        user, host, port = split_destination(given["host"])
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
