"""The Configuration step: the text itself."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import TextArea

from corotui.conf import Diagnostic
from corotui.conf.version import Version
from corotui.console.dialogs.text_viewer import TextViewer
from corotui.console.editor.analysis import ConfAnalysis, analyse, to_text
from corotui.console.editor.buffer import EditorBuffer
from corotui.console.editor.completion import option_at, suggestion
from corotui.console.editor.widget import DiagnosticMark, Editor
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row, StyledLine, wrap_text
from corotui.console.render.panes.configuration import (
    diagnostic_key,
    render_diagnostics,
    render_difference,
    render_effects,
    render_option,
    render_reason,
)
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import HorizontalRule
from corotui.facts import conf_environment
from corotui.source.releases.target import release_for
from corotui.workflow.next_action import Action, ActionKind, main_action
from corotui.workflow.state import NodeStatus, Step, WorkflowState

_DRAFT_DELAY = 0.8  # seconds without a key before unsaved text is kept


class ConfigurationPane(StepPane):
    """Editor, consequences beside it, diagnostics under it. The page is the list of diagnostics."""

    step = Step.CONFIGURATION
    DEFAULT_CSS = """
    ConfigurationPane #text { height: 1fr; }
    ConfigurationPane #meaning { width: 26; }
    ConfigurationPane #page { height: 4; }
    """

    def __init__(self, style_context: StyleContext) -> None:
        super().__init__(style_context)
        self._analysis: ConfAnalysis | None = None
        self._analysed_nodes: tuple[NodeStatus, ...] = ()
        self._buffer: EditorBuffer | None = None
        self._draft_timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="text"):
            yield Editor(self.style_context, text_edited=self.text_edited, id="editor")
            yield RowList(self.style_context, id="meaning", focusable=False)
        yield HorizontalRule(self.style_context)
        yield RowList(self.style_context, id="page")

    @property
    def editor(self) -> Editor:
        """The text."""
        return self.query_one(Editor)

    @property
    def is_typing(self) -> bool:
        return self.editor.has_focus

    @property
    def buffer(self) -> EditorBuffer:
        """The text, what it was loaded from, what becomes of it."""
        if self._buffer is None:
            self._buffer = EditorBuffer(self.editor, self.console_app.draft, readonly=self.console_app.readonly)
        return self._buffer

    def on_mount(self) -> None:
        self._sync_buffer()
        if self.buffer.restore_draft():
            self.console_app.say("This is your text of the last session; it was not saved.")
        self._analyse()

    def _sync_buffer(self) -> None:
        """The proposed text, else the file, unless something was typed here."""
        state, text = self.state, self.buffer
        base = state.proposed_conf if state.proposed_conf is not None else state.conf
        if base is not None and base != text.original and not text.modified:
            text.load(base)
            self._analyse()
        elif state.nodes is not self._analysed_nodes:
            self._analyse()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        if self._analysis is None:
            return context.note(
                "There is no configuration yet. Choose links in the step Network, or press e and write one."
            )
        rows = [*render_diagnostics(self._analysis.diagnostics, context), *self._explanation(context)]
        if not self.buffer.round_trips:
            sign = StyledLine((f"{context.glyphs.needs} ", "needs"))
            note = "This file has bytes that an editor would change. It is shown, and left as it is."
            rows = [*(Row(line) for line in wrap_text(note, context.width, prefix=sign, indent=2)), *rows]
        return rows

    def update_content(self) -> None:
        self._sync_buffer()
        wide = self.size.width >= 90
        meaning = self.query_one("#meaning", RowList)
        meaning.display = self.size.width >= 52
        meaning.styles.width = 36 if wide else 26
        self.row_list.styles.height = max(1, min(6 if self.size.height > 20 else 3, self.size.height // 4))
        super().update_content()
        if meaning.display:
            width, height = meaning.viewport
            context = self.style_context.render_context(width, height)
            shown = self._analysis if self.buffer.data.strip() else None
            meaning.set_rows(render_effects(shown.effects, context) if shown else [])

    def _explanation(self, context: RenderContext) -> Sequence[Row]:
        """About the finding under the cursor, else about the option there."""
        diagnostic = self._diagnostic_at_cursor()
        if diagnostic is not None and diagnostic.why:
            return render_reason(diagnostic, context)
        option = option_at(self._analysis.document, self.editor.cursor_location[0] + 1) if self._analysis else None
        return render_option(option, self._target_release(), context) if option is not None else []

    def text_edited(self) -> None:
        """The text is another one: what is said about it has to stand beside it in the same frame."""
        self._analyse()
        self.update_content()
        self.console_app.update_key_hints()
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(_DRAFT_DELAY, self.buffer.save_draft)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        self.editor.suggestion = self._suggestion()
        super().update_content()

    def on_editor_exited(self) -> None:
        self.row_list.focus()

    def on_row_list_moved(self) -> None:
        self.update_content()

    def save_draft(self) -> None:
        """The console goes; unsaved text stays in the draft."""
        if self.is_mounted and self._analysis is not None:
            self.buffer.save_draft()

    def _analyse(self) -> None:
        self._analysed_nodes = self.state.nodes
        if not self.buffer.has_text:
            self._analysis = None
            return
        around = conf_environment(node.facts for node in self.state.nodes if node.facts)
        self._analysis = analyse(self.buffer.data, target_release=self._target_release(), environment=around)
        found = self._analysis.diagnostics
        self.editor.set_marks([DiagnosticMark(one.line - 1, one.column - 1, one.length, one.severity) for one in found])
        self.editor.suggestion = self._suggestion()

    def _suggestion(self) -> str:
        """How the word before the cursor may go on, where the cursor stands at the end of its line."""
        row, column = self.editor.cursor_location
        typed = self.editor.document.get_line(row)
        if self._analysis is None or column != len(typed) or self.editor.read_only:
            return ""
        return suggestion(self._analysis.document, row + 1, typed, self._target_release())

    def _target_release(self) -> Version:
        """The corosync for which the text is checked: the same as for the findings of this step."""
        facts = {node.name: node.facts for node in self.state.nodes if node.facts}
        return release_for(facts, self.state.cluster.install)

    def _diagnostic_at_cursor(self) -> Diagnostic | None:
        if self._analysis is None:
            return None
        if self.editor.has_focus:
            row = self.editor.cursor_location[0] + 1
            return next((d for d in self._analysis.diagnostics if d.line == row), None)
        return next((d for d in self._analysis.diagnostics if diagnostic_key(d) == self.selected), None)

    def action(self, state: WorkflowState) -> Action:
        if state.busy or not self.buffer.modified:
            return main_action(state)
        return Action("Save corosync.conf and go on", ActionKind.SAVE_CONF)

    def enter(self) -> None:
        console = self.console_app
        if self.buffer.modified and not console.readonly and not self.state.busy:
            if self._save() and self._analysis is not None and not self._analysis.errors:
                console.start_action(Action("Go on", ActionKind.NEXT))
            return
        super().enter()

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        why = self.disabled_reason(state)
        fix = self._diagnostic_at_cursor()
        unfixable = "" if fix is not None and fix.fix is not None else "There is no certain fix for this line."
        bad = "" if self._analysis is not None and self._analysis.diagnostics else "Nothing is wrong with this text."
        fixed = KeyBinding(
            "f", fix.fix.title if fix and fix.fix else "fix", "fix", why or unfixable, "do the certain fix"
        )
        nobody = (
            "" if any(n.facts and n.facts.corosync.conf is not None for n in state.nodes) else "No node has a file."
        )
        if self.editor.has_focus:
            return (
                KeyBinding("escape", "to the list", "unfocus"),
                KeyBinding("ctrl+s", "save", "save", why),
                KeyBinding("f8", "next finding", "jump", bad),
                KeyBinding("f7", fixed.label, "fix", fixed.disabled_reason),
                KeyBinding("ctrl+z", "undo", "undo_key"),
                KeyBinding("ctrl+y", "redo", "redo_key"),
                KeyBinding("ctrl+q", "leave", "leave_key"),
            )
        return (
            KeyBinding("e", "edit", "edit", why, "write in the text; Esc comes back here"),
            fixed,
            KeyBinding("d", "diff", "diff", nobody, "the difference to the nodes' files"),
            KeyBinding("f8", "next finding", "jump", bad),
            KeyBinding("ctrl+s", "save", "save", why, "save and stay here"),
            KeyBinding("u", "undo", "undo", why, "the corosync.conf before the last save"),
            KeyBinding("w", "propose anew", "propose", why, "throw this text away, take the one from the links"),
        )

    def escape(self) -> bool:
        if self.editor.has_focus:
            self.row_list.focus()
            return True
        return super().escape()

    def do_unfocus(self) -> None:
        self.row_list.focus()

    def do_undo_key(self) -> None:
        self.editor.undo()

    def do_leave_key(self) -> None:
        self.console_app.request_quit()

    def do_redo_key(self) -> None:
        self.editor.redo()

    def do_edit(self) -> None:
        chosen = self._diagnostic_at_cursor()
        if self.buffer.original is None:
            self.buffer.original = b""
        if chosen is not None:
            self.editor.move_cursor((chosen.line - 1, chosen.column - 1))
        self.editor.focus()

    def do_jump(self) -> None:
        if self._analysis is None or not self._analysis.diagnostics:
            return
        row, column = self.editor.cursor_location
        places = [(d.line - 1, d.column - 1) for d in self._analysis.diagnostics]
        target = next((place for place in sorted(places) if place > (row, column)), min(places))
        self.editor.move_cursor(target, center=True)
        self.editor.focus()

    def do_fix(self) -> None:
        diagnostic = self._diagnostic_at_cursor()
        if diagnostic is None or diagnostic.fix is None or not self.buffer.round_trips:
            return
        text = to_text(diagnostic.fix.apply(self.buffer.data))
        if text is not None:
            at = self.editor.cursor_location
            last = self.editor.document.end
            self.editor.replace(text, (0, 0), last)
            self.editor.move_cursor(at)

    def do_diff(self) -> None:
        def paint(context: RenderContext) -> Sequence[Row]:
            return render_difference(self.state, self.buffer.data, self._target_release(), context)

        self.console_app.push_screen(TextViewer(self.style_context, "Difference to the nodes", paint))

    def do_save(self) -> None:
        if self.buffer.modified or self.state.proposed_conf is not None:
            if self._save():
                self.console_app.say("corosync.conf is saved.")
        else:
            self.console_app.say("Nothing to save: the text is the file.")

    def do_undo(self) -> None:
        def undo() -> None:
            if self.console_app.workflow.undo_conf():
                self.buffer.discard()
                self.update_content()
            else:
                self.console_app.say("There is no corosync.conf before this one.")

        if self.buffer.modified:
            self.console_app.say("There is text that is not saved. ^s saves it, w throws it away.")
        else:
            self.console_app.attempt(undo)

    def do_propose(self) -> None:
        words = "The text here is thrown away; the one made from the links takes its place. Nothing is saved by that."
        self.console_app.confirm("Propose anew", self._propose, text=words)

    def _propose(self) -> None:
        def propose() -> None:
            self.buffer.load(self.console_app.workflow.propose_conf())
            self._analyse()
            self.update_content()

        self.console_app.attempt(propose)

    def _save(self) -> bool:
        data = self.buffer.data
        saved = self.console_app.attempt(lambda: self.console_app.workflow.save_conf(data))
        if saved:
            self.buffer.mark_saved(data)
        return saved

    def text_to_copy(self) -> tuple[str, str]:
        return self.buffer.data.decode("utf-8", "replace"), "corosync.conf"
