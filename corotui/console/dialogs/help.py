"""`?`: what this step is, why it is there, and how to do it in the shell."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.base import Dialog
from corotui.console.key_bindings import GLOBAL_KEYS, KeyBinding, display_key
from corotui.console.render.context import BLANK_ROW, RenderContext
from corotui.console.render.help import HelpTopic
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.style.context import StyleContext
from corotui.console.widgets.button_row import DialogButton


class HelpDialog(Dialog[None]):
    """A chapter, then the keys of the step and those that work everywhere, then the signs."""

    def __init__(self, style_context: StyleContext, topic: HelpTopic, keys: Sequence[KeyBinding]) -> None:
        super().__init__(style_context)
        self._topic = topic
        self._key_bindings = keys

    def heading(self) -> str:
        return self._topic.title

    def body(self, context: RenderContext) -> Sequence[Row]:
        rows: list[Row] = []
        for name, text in (("what", self._topic.what), ("why", self._topic.why), ("shell", self._topic.shell)):
            for number, paragraph in enumerate(text.split("\n")):
                first = StyledLine((f"{name if number == 0 else '':<7}", "context"))
                rows += [Row(line) for line in wrap_text(paragraph, context.width, prefix=first, indent=7)]
        rows += [BLANK_ROW, *(self._render_key(key, context) for key in self._key_bindings)]
        rows += [BLANK_ROW, *(self._render_key(key, context) for key in GLOBAL_KEYS)]
        g = context.glyphs
        signs = (
            (g.done, "done"),
            (g.current, "here"),
            (g.todo, "to do"),
            (g.needs, "needs you"),
            (g.failed, "failed"),
            (g.stale, "stale"),
            (g.up, "up"),
            (g.down, "down"),
            (g.partial, "partly, or under way"),
        )
        rows += [BLANK_ROW, *context.note("   ".join(f"{sign} {word}" for sign, word in signs))]
        rows += context.note("With the mouse captured, Shift and drag selects text in most terminals.")
        return rows

    def _render_key(self, binding: KeyBinding, context: RenderContext) -> Row:
        words = binding.help or binding.label
        if binding.disabled_reason:
            words = f"{words} (not now: {binding.disabled_reason})"
        return Row(
            StyledLine((f"{display_key(binding.key, self.style_context.glyphs):<7}", "key"), words).truncate(
                context.width
            )
        )

    def buttons(self) -> Sequence[DialogButton]:
        return (DialogButton("q", "back", "back"),)

    def choose(self, value: str) -> None:
        self.answer(None)
