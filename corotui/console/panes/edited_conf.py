"""The corosync.conf in the editor together with what is known about it."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.conf import Diagnostic
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.options import Option
from corotui.console.editor.analysis import ConfAnalysis, analyse, to_text
from corotui.console.editor.buffer import EditorBuffer
from corotui.console.editor.completion import option_at, suggestion
from corotui.console.editor.draft import Draft
from corotui.console.editor.widget import DiagnosticMark, Editor
from corotui.console.render.panes.configuration import diagnostic_row
from corotui.console.render.row_ids import RowId
from corotui.facts import conf_environment
from corotui.source.releases.target import release_for
from corotui.workflow.state import NodeStatus, WorkflowState


class EditedConf:
    """Keeps the analysis of the text up to date and marks its diagnostics in the editor."""

    def __init__(self, editor: Editor, draft: Draft, *, readonly: bool) -> None:
        self._editor = editor
        self.buffer = EditorBuffer(editor, draft, readonly=readonly)
        """The text and the file it came from."""
        self.analysis: ConfAnalysis | None = None
        """What is known about the text; None while there is no text at all."""
        self.target_release = DEFAULT_RELEASE
        """The corosync version that the text is checked for."""
        self._analysed_nodes: tuple[NodeStatus, ...] = ()

    def synchronise(self, state: WorkflowState) -> None:
        """Loads the proposed text, else the file, unless the operator changed the text here."""
        source = state.proposed_conf if state.proposed_conf is not None else state.conf
        if source is not None and source != self.buffer.original and not self.buffer.modified:
            self.buffer.load(source)
            self.analyse(state)
        elif state.nodes is not self._analysed_nodes:
            self.analyse(state)

    def analyse(self, state: WorkflowState) -> None:
        """Analyses the text again."""
        self._analysed_nodes = state.nodes
        self.target_release = release_for(state.facts, state.cluster.install)
        if not self.buffer.has_text:
            self.analysis = None
            return
        self.analysis = analyse(
            self.buffer.data, target_release=self.target_release, environment=conf_environment(state.facts.values())
        )
        self._editor.set_marks(
            [DiagnosticMark(d.line - 1, d.column - 1, d.length, d.severity) for d in self.analysis.diagnostics]
        )
        self.update_suggestion()

    def update_suggestion(self) -> None:
        """Suggests how the word before the cursor may continue, if the cursor is at the end of its line."""
        row, column = self._editor.cursor_location
        line = self._editor.document.get_line(row)
        if self.analysis is None or column != len(line) or self._editor.read_only:
            self._editor.suggestion = ""
        else:
            self._editor.suggestion = suggestion(self.analysis.document, row + 1, line, self.target_release)

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """The diagnostics of the text, in the order of the file."""
        return self.analysis.diagnostics if self.analysis is not None else ()

    def diagnostic_at_cursor(self, selected: RowId | None) -> Diagnostic | None:
        """Returns the diagnostic of the editor's line if the editor has the focus, else the `selected` one of the
        list."""
        if self._editor.has_focus:
            line = self._editor.cursor_location[0] + 1
            return next((d for d in self.diagnostics if d.line == line), None)
        return next((d for d in self.diagnostics if diagnostic_row(d) == selected), None)

    def option_at_cursor(self) -> Option | None:
        """Returns the option that the editor's line sets."""
        if self.analysis is None:
            return None
        return option_at(self.analysis.document, self._editor.cursor_location[0] + 1)

    def next_diagnostic(self) -> tuple[int, int] | None:
        """Returns row and column, from 0, of the first diagnostic after the cursor, or of the first one of all."""
        locations = sorted((d.line - 1, d.column - 1) for d in self.diagnostics)
        later = (location for location in locations if location > self._editor.cursor_location)
        return next(later, locations[0] if locations else None)

    def apply_fix(self, diagnostic: Diagnostic) -> None:
        """Changes the text as the diagnostic's fix says. One undo takes it back."""
        if diagnostic.fix is None or not self.buffer.round_trips:
            return
        text = to_text(diagnostic.fix.apply(self.buffer.data))
        if text is not None:
            cursor = self._editor.cursor_location
            self._editor.replace(text, (0, 0), self._editor.document.end)
            self._editor.move_cursor(cursor)
