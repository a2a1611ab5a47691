"""The form that adds a node or changes how ssh reaches it."""

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
    """Identifies the field."""
    label: str
    """What stands before the input."""
    hint: str
    """What the input shows while it is empty."""


FIELDS = (
    FormField("host", "host", "name or address that ssh connects to; user@host works too"),
    FormField("name", "name", "its name in the ring; empty: the same as the host"),
    FormField("user", "user", "empty: from ~/.ssh/config"),
    FormField("sudo", "sudo", "yes or no: whether the user becomes root with sudo"),
    FormField("port", "port", "empty: 22, or from ~/.ssh/config"),
    FormField("key", "key", "private key file; empty: the default keys and the agent"),
    FormField("jump", "through", "jump host; empty: none"),
)


class FormFieldLine(Horizontal):
    """Label and input of one field."""

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
        field = Input(self._value, placeholder=self.field.hint, id=f"field-{self.field.name}", select_on_focus=False)
        field.cursor_blink = False
        yield field


class NodeForm(Dialog[bool]):
    """Edits a node. The result says whether it was saved."""

    AUTO_FOCUS = "#field-host"

    def __init__(
        self, style_context: StyleContext, accept: Callable[[Node], str], *, template: Node | None, editing: bool
    ) -> None:
        """`accept` saves the node and returns "", or what is wrong with it.

        `template`: the node to change if `editing`, else the one whose ssh settings a new node starts with.
        """
        super().__init__(style_context)
        self._accept = accept
        self._template = template
        self._editing = editing
        self._problem = ""

    def heading(self) -> str:
        return f"How ssh reaches {self._template.name}" if self._editing and self._template else "Add a node"

    def body(self, context: RenderContext) -> Sequence[Row]:
        if self._problem:
            glyph = StyledLine((f"{self.style_context.glyphs.needs} ", "needs"))
            return [Row(StyledLine(glyph, row.line)) for row in context.note(self._problem, style="")]
        return context.note("Tab or ↓ goes to the next line, Enter saves, Esc cancels.")

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
        return (DialogButton("esc", "cancel", "no"), DialogButton("enter", "save", "yes"))

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
            problem = self._accept(node)
            if not problem:
                self.answer(True)
                return
            self._problem = problem
        else:
            self._problem, field = node
            self.query_one(f"#field-{field}", Input).focus()
        self.update_content()

    def _parse_fields(self) -> Node | tuple[str, str]:
        """Returns the node, or what is wrong and the name of the field that is."""
        values = {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in FIELDS}
        user, host, port = split_destination(values["host"])
        user = user or values["user"] or None
        port = port or values["port"] or None
        if not host:
            return "The node needs a host.", "host"
        name = values["name"] or host
        checks = [("host", host, host_fault), ("name", name, name_fault)]
        checks += [("user", user, user_fault)] if user else []
        checks += [("key", values["key"], path_fault)] if values["key"] else []
        checks += [("jump", values["jump"], jump_fault)] if values["jump"] else []
        for field, value, fault in checks:
            if problem := fault(value):
                return f"{value!r} {problem}.", field
        if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            return f"{port!r} is not a port. Ports are 1 to 65535.", "port"
        if values["sudo"].lower() not in ("yes", "no", "y", "n", ""):
            return "sudo must be yes or no.", "sudo"
        ssh = Ssh(
            user=user,
            port=int(port) if port else None,
            sudo=values["sudo"].lower() in ("yes", "y"),
            jump=values["jump"] or None,
            key=values["key"] or None,
        )
        return Node(name, host, ssh)
