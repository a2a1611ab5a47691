"""The help that `?` opens: what a step does, why, and how to do the same in a shell."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.key_bindings import KeyBinding, display_key
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.help import HelpTopic
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class HelpDialog(Dialog[None]):
    """The help of a step: its text, its keys, the keys that work everywhere, and what the glyphs mean."""

    def __init__(
        self,
        style_context: StyleContext,
        topic: HelpTopic,
        pane_keys: Sequence[KeyBinding],
        global_keys: Sequence[KeyBinding],
    ) -> None:
        super().__init__(style_context)
        self._topic = topic
        self._pane_keys = pane_keys
        self._global_keys = global_keys

    def heading(self) -> str:
        return self._topic.title

    def body(self, context: RenderContext) -> Sequence[Row]:
        rows: list[Row] = []
        for name, text in (("what", self._topic.what), ("why", self._topic.why), ("shell", self._topic.shell)):
            for number, paragraph in enumerate(text.split("\n")):
                first = StyledLine((f"{name if number == 0 else '':<7}", "context"))
                rows += [Row(line) for line in wrap_text(paragraph, context.width, prefix=first, indent=7)]
        rows += [BLANK_ROW, *(self._render_key(key, context) for key in self._pane_keys)]
        rows += [BLANK_ROW, *(self._render_key(key, context) for key in self._global_keys)]
        g = context.glyphs
        glyphs = (
            (g.done, "done"),
            (g.current, "current"),
            (g.todo, "to do"),
            (g.needs, "needs you"),
            (g.failed, "failed"),
            (g.stale, "stale"),
            (g.up, "up"),
            (g.down, "down"),
            (g.partial, "partly, or in progress"),
        )
        rows += [BLANK_ROW, *context.note("   ".join(f"{glyph} {word}" for glyph, word in glyphs))]
        rows += context.note("In most terminals, dragging with Shift held selects text.")
        return rows

    def _render_key(self, binding: KeyBinding, context: RenderContext) -> Row:
        text = binding.help or binding.label
        if binding.disabled_reason:
            text = f"{text} (not now: {binding.disabled_reason})"
        return Row(
            StyledLine((f"{display_key(binding.key, self.style_context.glyphs):<7}", "key"), text).truncate(
                context.width
            )
        )

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("q", "back", "back"),)

    def choose(self, value: str) -> None:
        self.answer(None)
