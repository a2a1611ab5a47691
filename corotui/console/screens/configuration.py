"""The Configuration step: the text itself."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import TextArea

from corotui.conf import Diagnostic
from corotui.console.completing import option_at, suggestion
from corotui.console.dialogs.read import Read
from corotui.console.keys import Key
from corotui.console.manuscript import Manuscript
from corotui.console.paint.configuration import (
    consequence_rows,
    diagnostic_key,
    diagnostic_rows,
    difference_page,
    option_rows,
    why_rows,
)
from corotui.console.paint.frame import Frame
from corotui.console.paint.line import Line, Row, wrapped
from corotui.console.reading import Reading, read, release_of, to_text
from corotui.console.screens.pane import StepPane
from corotui.console.surface import Surface
from corotui.console.widgets.editor import Editor, Mark
from corotui.console.widgets.one_line import Rule
from corotui.console.widgets.page import Page
from corotui.facts import surroundings
from corotui.source.choice import version_of
from corotui.walk.action import Action, Kind, main_action
from corotui.walk.model import NodeStatus, Picture, Step

_DRAFT_AFTER = 0.8  # seconds without a key before unsaved text is kept


class ConfigurationPane(StepPane):
    """Editor, consequences beside it, diagnostics under it. The page is the list of diagnostics."""

    step = Step.CONFIGURATION
    DEFAULT_CSS = """
    ConfigurationPane #text { height: 1fr; }
    ConfigurationPane #meaning { width: 26; }
    ConfigurationPane #page { height: 4; }
    """

    def __init__(self, surface: Surface) -> None:
        super().__init__(surface)
        self._shown: Reading | None = None
        self._judged_by: tuple[NodeStatus, ...] = ()
        self._text: Manuscript | None = None
        self._draft_timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="text"):
            yield Editor(self.surface, edited=self.edited, id="editor")
            yield Page(self.surface, id="meaning", focusable=False)
        yield Rule(self.surface)
        yield Page(self.surface, id="page")

    @property
    def editor(self) -> Editor:
        """The text."""
        return self.query_one(Editor)

    @property
    def typing(self) -> bool:
        return self.editor.has_focus

    @property
    def text_here(self) -> Manuscript:
        """The text, what it was loaded from, what becomes of it."""
        if self._text is None:
            self._text = Manuscript(self.editor, self.console_app.draft, readonly=self.console_app.readonly)
        return self._text

    def on_mount(self) -> None:
        self._take_over()
        if self.text_here.recover():
            self.console_app.say("This is your text of the last session; it was not saved.")
        self._read()

    def _take_over(self) -> None:
        """The proposed text, else the file, unless something was typed here."""
        picture, text = self.picture, self.text_here
        base = picture.proposed if picture.proposed is not None else picture.conf
        if base is not None and base != text.base and not text.typed:
            text.load(base)
            self._read()
        elif picture.nodes is not self._judged_by:
            self._read()

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        if self._shown is None:
            return frame.note(
                "There is no configuration yet. Choose links in the step Network, or press e and write one."
            )
        rows = [*diagnostic_rows(self._shown.diagnostics, frame), *self._explanation(frame)]
        if not self.text_here.keepable:
            sign = Line((f"{frame.glyphs.needs} ", "needs"))
            note = "This file has bytes that an editor would change. It is shown, and left as it is."
            rows = [*(Row(line) for line in wrapped(note, frame.width, first=sign, hang=2)), *rows]
        return rows

    def repaint(self) -> None:
        self._take_over()
        wide = self.size.width >= 90
        meaning = self.query_one("#meaning", Page)
        meaning.display = self.size.width >= 52
        meaning.styles.width = 36 if wide else 26
        self.page.styles.height = max(1, min(6 if self.size.height > 20 else 3, self.size.height // 4))
        super().repaint()
        if meaning.display:
            width, height = meaning.room
            frame = self.surface.frame(width, height)
            shown = self._shown if self.text_here.data.strip() else None
            meaning.show(consequence_rows(shown.consequences, frame) if shown else [])

    def _explanation(self, frame: Frame) -> Sequence[Row]:
        """About the finding under the cursor, else about the option there."""
        diagnostic = self._under_cursor()
        if diagnostic is not None and diagnostic.why:
            return why_rows(diagnostic, frame)
        option = option_at(self._shown.document, self.editor.cursor_location[0] + 1) if self._shown else None
        return option_rows(option, self._release(), frame) if option is not None else []

    def edited(self) -> None:
        """The text is another one: what is said about it has to stand beside it in the same frame."""
        self._read()
        self.repaint()
        self.console_app.offer_keys()
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(_DRAFT_AFTER, self.text_here.keep)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        self.editor.suggestion = self._suggestion()
        super().repaint()

    def on_editor_left(self) -> None:
        self.page.focus()

    def on_page_moved(self) -> None:
        self.repaint()

    def leave(self) -> None:
        """The console goes; unsaved text stays in the draft."""
        if self.is_mounted and self._shown is not None:
            self.text_here.keep()

    def _read(self) -> None:
        self._judged_by = self.picture.nodes
        if not self.text_here.there:
            self._shown = None
            return
        around = surroundings(node.facts for node in self.picture.nodes if node.facts)
        self._shown = read(self.text_here.data, corosync=self._release(), around=around)
        found = self._shown.diagnostics
        self.editor.mark([Mark(one.line - 1, one.column - 1, one.length, one.severity) for one in found])
        self.editor.suggestion = self._suggestion()

    def _suggestion(self) -> str:
        """How the word before the cursor may go on, where the cursor stands at the end of its line."""
        row, column = self.editor.cursor_location
        typed = self.editor.document.get_line(row)
        if self._shown is None or column != len(typed) or self.editor.read_only:
            return ""
        return suggestion(self._shown.document, row + 1, typed, self._release())

    def _release(self) -> str:
        """The corosync for which the text is judged."""
        known = (node.facts for node in self.picture.nodes if node.facts)
        return release_of(known, coming=version_of({}, self.picture.cluster.install))

    def _under_cursor(self) -> Diagnostic | None:
        if self._shown is None:
            return None
        if self.editor.has_focus:
            row = self.editor.cursor_location[0] + 1
            return next((d for d in self._shown.diagnostics if d.line == row), None)
        return next((d for d in self._shown.diagnostics if diagnostic_key(d) == self.selected), None)

    def action(self, picture: Picture) -> Action:
        if picture.busy or not self.text_here.typed:
            return main_action(picture)
        return Action("Save corosync.conf and go on", Kind.SAVE_CONF)

    def enter(self) -> None:
        console = self.console_app
        if self.text_here.typed and not console.readonly and not self.picture.busy:
            if self._save() and self._shown is not None and not self._shown.errors:
                console.act(Action("Go on", Kind.NEXT))
            return
        super().enter()

    def keys(self, picture: Picture) -> Sequence[Key]:
        why = self.why_not(picture)
        fix = self._under_cursor()
        unfixable = "" if fix is not None and fix.fix is not None else "There is no certain fix for this line."
        bad = "" if self._shown is not None and self._shown.diagnostics else "Nothing is wrong with this text."
        fixed = Key("f", fix.fix.title if fix and fix.fix else "fix", "fix", why or unfixable, "do the certain fix")
        nobody = (
            "" if any(n.facts and n.facts.corosync.conf is not None for n in picture.nodes) else "No node has a file."
        )
        if self.editor.has_focus:
            return (
                Key("escape", "to the list", "unfocus"),
                Key("ctrl+s", "save", "save", why),
                Key("f8", "next finding", "jump", bad),
                Key("f7", fixed.label, "fix", fixed.why_not),
                Key("ctrl+z", "undo", "undo_key"),
                Key("ctrl+y", "redo", "redo_key"),
                Key("ctrl+q", "leave", "leave_key"),
            )
        return (
            Key("e", "edit", "edit", why, "write in the text; Esc comes back here"),
            fixed,
            Key("d", "diff", "diff", nobody, "the difference to the nodes' files"),
            Key("f8", "next finding", "jump", bad),
            Key("ctrl+s", "save", "save", why, "save and stay here"),
            Key("u", "undo", "undo", why, "the corosync.conf before the last save"),
            Key("w", "propose anew", "propose", why, "throw this text away, take the one from the links"),
        )

    def escape(self) -> bool:
        if self.editor.has_focus:
            self.page.focus()
            return True
        return super().escape()

    def do_unfocus(self) -> None:
        self.page.focus()

    def do_undo_key(self) -> None:
        self.editor.undo()

    def do_leave_key(self) -> None:
        self.console_app.leave()

    def do_redo_key(self) -> None:
        self.editor.redo()

    def do_edit(self) -> None:
        chosen = self._under_cursor()
        if self.text_here.base is None:
            self.text_here.base = b""
        if chosen is not None:
            self.editor.move_cursor((chosen.line - 1, chosen.column - 1))
        self.editor.focus()

    def do_jump(self) -> None:
        if self._shown is None or not self._shown.diagnostics:
            return
        row, column = self.editor.cursor_location
        places = [(d.line - 1, d.column - 1) for d in self._shown.diagnostics]
        target = next((place for place in sorted(places) if place > (row, column)), min(places))
        self.editor.move_cursor(target, center=True)
        self.editor.focus()

    def do_fix(self) -> None:
        diagnostic = self._under_cursor()
        if diagnostic is None or diagnostic.fix is None or not self.text_here.keepable:
            return
        text = to_text(diagnostic.fix.apply(self.text_here.data))
        if text is not None:
            at = self.editor.cursor_location
            last = self.editor.document.end
            self.editor.replace(text, (0, 0), last)
            self.editor.move_cursor(at)

    def do_diff(self) -> None:
        def paint(frame: Frame) -> Sequence[Row]:
            return difference_page(self.picture, self.text_here.data, self._release(), frame)

        self.console_app.push_screen(Read(self.surface, "Difference to the nodes", paint))

    def do_save(self) -> None:
        if self.text_here.typed or self.picture.proposed is not None:
            if self._save():
                self.console_app.say("corosync.conf is saved.")
        else:
            self.console_app.say("Nothing to save: the text is the file.")

    def do_undo(self) -> None:
        def undo() -> None:
            if self.console_app.walk.undo_conf():
                self.text_here.forget()
                self.repaint()
            else:
                self.console_app.say("There is no corosync.conf before this one.")

        if self.text_here.typed:
            self.console_app.say("There is text that is not saved. ^s saves it, w throws it away.")
        else:
            self.console_app.attempt(undo)

    def do_propose(self) -> None:
        words = "The text here is thrown away; the one made from the links takes its place. Nothing is saved by that."
        self.console_app.confirm("Propose anew", self._propose, words=words)

    def _propose(self) -> None:
        def propose() -> None:
            self.text_here.load(self.console_app.walk.propose_conf())
            self._read()
            self.repaint()

        self.console_app.attempt(propose)

    def _save(self) -> bool:
        data = self.text_here.data
        saved = self.console_app.attempt(lambda: self.console_app.walk.save_conf(data))
        if saved:
            self.text_here.saved(data)
        return saved

    def yank(self) -> tuple[str, str]:
        return self.text_here.data.decode("utf-8", "replace"), "corosync.conf"
