"""The Configuration step: an editor for corosync.conf."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import TextArea

from corotui.console.actions import ConsoleActions
from corotui.console.dialogs.text_viewer import TextViewer
from corotui.console.editor.buffer import EditorBuffer
from corotui.console.editor.widget import Editor
from corotui.console.key_bindings import KeyBinding, do_nothing
from corotui.console.panes.base import StepPane
from corotui.console.panes.edited_conf import EditedConf
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.render.panes.configuration import (
    render_diagnostics,
    render_difference,
    render_effects,
    render_option,
    render_reason,
)
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import HorizontalRule
from corotui.workflow.next_action import Action, ActionKind, main_action
from corotui.workflow.run_action import run_action
from corotui.workflow.state import Step, WorkflowState

_DRAFT_DELAY = 0.8  # seconds without a key after which unsaved text is written to the draft


class ConfigurationPane(StepPane):
    """The editor, what the text means beside it, and its diagnostics below, which are the rows of the pane."""

    step = Step.CONFIGURATION
    DEFAULT_CSS = """
    ConfigurationPane #text { height: 1fr; }
    ConfigurationPane #effects { width: 26; }
    ConfigurationPane #page { height: 4; }
    """

    def __init__(self, style_context: StyleContext, console: ConsoleActions) -> None:
        super().__init__(style_context, console)
        self.editor = Editor(style_context, text_edited=self._text_edited, id="editor")
        self.conf = EditedConf(self.editor, console.draft, readonly=console.readonly)
        """The text with its diagnostics."""
        self._draft_timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="text"):
            yield self.editor
            yield RowList(self.style_context, id="effects", focusable=False)
        yield HorizontalRule(self.style_context)
        yield RowList(self.style_context, id="page")

    @property
    def is_typing(self) -> bool:
        return self.editor.has_focus

    @property
    def buffer(self) -> EditorBuffer:
        """The text and the file it came from."""
        return self.conf.buffer

    def on_mount(self) -> None:
        self.conf.synchronise(self.state)
        if self.buffer.restore_draft():
            self.console.say("This is the unsaved text of your last session.")
        self.conf.analyse(self.state)

    def on_exit(self) -> None:
        if self.is_mounted and self.conf.analysis is not None:
            self.buffer.save_draft()

    # What is shown

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        if self.conf.analysis is None:
            return context.note(
                "There is no configuration yet. Choose links in the step Network, or press e to write one."
            )
        rows = [*render_diagnostics(self.conf.diagnostics, context), *self._explanation(context)]
        if not self.buffer.round_trips:
            glyph = StyledLine((f"{context.glyphs.needs} ", "needs"))
            note = "This file has bytes that an editor would change. It is only shown, and stays as it is."
            rows = [*(Row(line) for line in wrap_text(note, context.width, prefix=glyph, indent=2)), *rows]
        return rows

    def update_content(self) -> None:
        self.conf.synchronise(self.state)
        effects = self.query_one("#effects", RowList)
        effects.display = self.size.width >= 52
        effects.styles.width = 36 if self.size.width >= 90 else 26
        self.row_list.styles.height = max(1, min(6 if self.size.height > 20 else 3, self.size.height // 4))
        super().update_content()
        if effects.display:
            context = self.style_context.render_context(effects.content_width)
            analysis = self.conf.analysis if self.buffer.data.strip() else None
            effects.set_rows(render_effects(analysis.effects, context) if analysis else [])

    def _explanation(self, context: RenderContext) -> Sequence[Row]:
        """Explains the selected diagnostic, else the option in the line of the cursor."""
        diagnostic = self.conf.diagnostic_at_cursor(self.selected)
        if diagnostic is not None and diagnostic.why:
            return render_reason(diagnostic, context)
        option = self.conf.option_at_cursor()
        return render_option(option, self.conf.target_release, context) if option is not None else []

    def _text_edited(self) -> None:
        """Updates everything that depends on the text, so that it is right in the same frame."""
        self.conf.analyse(self.state)
        self.update_content()
        self.console.update_key_hints()
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(_DRAFT_DELAY, self.buffer.save_draft)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        self.conf.update_suggestion()
        super().update_content()

    def on_editor_exited(self) -> None:
        self._leave_editor()

    def on_row_list_moved(self) -> None:
        self.update_content()

    # Keys

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        reason = self.disabled_reason(state)
        no_findings = "" if self.conf.diagnostics else "Nothing is wrong with this text."
        fix_key = self._fix_text_key("f", reason)
        if self.editor.has_focus:
            return (
                KeyBinding("escape", "to the list", self._leave_editor),
                KeyBinding("ctrl+s", "save", self._save_and_stay, reason),
                KeyBinding("f8", "next finding", self._go_to_next_diagnostic, no_findings),
                self._fix_text_key("f7", reason),
                KeyBinding("ctrl+z", "undo", self.editor.undo),
                KeyBinding("ctrl+y", "redo", self.editor.redo),
                KeyBinding("ctrl+q", "quit", self.console.request_quit),
            )
        has_file = any(node.facts and node.facts.corosync.conf is not None for node in state.nodes)
        no_file = "" if has_file else "No node has a corosync.conf."
        return (
            KeyBinding("e", "edit", self._edit, reason, "edit the text; Esc comes back here"),
            fix_key,
            KeyBinding("d", "diff", self._show_difference, no_file, "compare with the files on the nodes"),
            KeyBinding("f8", "next finding", self._go_to_next_diagnostic, no_findings),
            KeyBinding("ctrl+s", "save", self._save_and_stay, reason, "save and stay here"),
            KeyBinding("u", "undo", self._undo_save, reason, "go back to the corosync.conf before the last save"),
            KeyBinding(
                "w", "propose again", self._confirm_propose, reason, "replace this text with one made from the links"
            ),
        )

    def _fix_text_key(self, key: str, reason: str) -> KeyBinding:
        diagnostic = self.conf.diagnostic_at_cursor(self.selected)
        if diagnostic is None or diagnostic.fix is None:
            reason = reason or "There is no certain fix for this line."
            return KeyBinding(key, "fix", do_nothing, reason, "apply the certain fix")
        apply_fix = partial(self.conf.apply_fix, diagnostic)
        return KeyBinding(key, diagnostic.fix.title, apply_fix, reason, "apply the certain fix")

    def action(self, state: WorkflowState) -> Action:
        if state.busy or not self.buffer.modified:
            return main_action(state)
        return Action("Save corosync.conf and go on", ActionKind.SAVE_CONF)

    def enter(self) -> None:
        console = self.console
        if not self.buffer.modified or console.readonly or self.state.busy:
            super().enter()
        elif self._save() and self.conf.analysis is not None and not self.conf.analysis.errors:
            console.background.start(partial(run_action, console.workflow, Action("Go on", ActionKind.NEXT)))

    def _leave_editor(self) -> None:
        self.row_list.focus()

    def _edit(self) -> None:
        diagnostic = self.conf.diagnostic_at_cursor(self.selected)
        if self.buffer.original is None:
            self.buffer.original = b""
        if diagnostic is not None:
            self.editor.move_cursor((diagnostic.line - 1, diagnostic.column - 1))
        self.editor.focus()

    def _go_to_next_diagnostic(self) -> None:
        location = self.conf.next_diagnostic()
        if location is not None:
            self.editor.move_cursor(location, center=True)
            self.editor.focus()

    def _show_difference(self) -> None:
        def render(context: RenderContext) -> Sequence[Row]:
            return render_difference(self.state, self.buffer.data, self.conf.target_release, context)

        self.console.push_dialog(TextViewer(self.style_context, "Difference to the nodes", render))

    def _save_and_stay(self) -> None:
        if not self.buffer.modified and self.state.proposed_conf is None:
            self.console.say("There is nothing to save: the text is the same as the file.")
        elif self._save():
            self.console.say("corosync.conf is saved.")

    def _save(self) -> bool:
        data = self.buffer.data
        saved = self.console.attempt(lambda: self.console.workflow.save_conf(data))
        if saved:
            self.buffer.mark_saved(data)
        return saved

    def _undo_save(self) -> None:
        def undo() -> None:
            if self.console.workflow.undo_conf():
                self.buffer.discard()
                self.update_content()
            else:
                self.console.say("There is no corosync.conf before this one.")

        if self.buffer.modified:
            self.console.say("Some text is not saved yet. ^s saves it, w throws it away.")
        else:
            self.console.attempt(undo)

    def _confirm_propose(self) -> None:
        text = "This text is thrown away and replaced with one made from the links. The file is not changed yet."
        self.console.confirm("Propose again", self._propose, text=text)

    def _propose(self) -> None:
        def propose() -> None:
            self.buffer.load(self.console.workflow.propose_conf())
            self.conf.analyse(self.state)
            self.update_content()

        self.console.attempt(propose)

    def text_to_copy(self) -> tuple[str, str]:
        return self.buffer.data.decode("utf-8", "replace"), "corosync.conf"
