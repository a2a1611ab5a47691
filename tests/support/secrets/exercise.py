"""Runs the verbs and the console as an operator would, who types sudo's password and the passphrase of a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.support.nodes.console_driver import wait_until_idle
from tests.support.secrets.ground import Ground
from tests.support.terminal import Terminal, terminal

_LIMIT = 120.0  # seconds for one verb
_VERB_SIZE = (160, 48)  # columns and rows: a key is in one line
_CONSOLE_SIZE = (80, 24)


def run_verb(ground: Ground, *words: str) -> bytes:
    """All that the verb writes to its terminal, where each question for a secret is answered."""
    answers = {
        b"sudo password of": ground.sudo_password.value.decode(),
        b"Passphrase of": ground.passphrase.value.decode(),
        b"Is this the right key?": "yes",
        b"too? [Y/n]": "y",
    }
    answered = 0

    def question(it: Terminal) -> tuple[int, str] | None:
        found = [(it.output.find(text, answered), answer) for text, answer in answers.items()]
        asked = [(at, answer) for at, answer in found if at >= 0]
        return min(asked, key=lambda each: each[0], default=None)

    with terminal(*words, size=_VERB_SIZE, environment=ground.environ) as it:
        while it.read(lambda: question(it) is not None, _LIMIT):
            asked = question(it)
            assert asked is not None
            answered = asked[0] + 1
            it.read(lambda: it.output.endswith((b": ", b"] ")), 5)
            it.press(asked[1], "Enter")
        it.process.wait(_LIMIT)
        return it.output


def run_console(ground: Ground, directory: str, *, editor: bool, thorough: bool = True) -> Iterator[tuple[str, bytes]]:
    """(screen, bytes) of each screen of the console, and all that it wrote at the end.

    `editor`: whether the step with the editor is among them; it shows the operator's own file as it is.
    """
    with terminal(directory, size=_CONSOLE_SIZE, environment=ground.environ) as it:
        asks = "is protected by a passphrase"  # at once where the directory was opened before
        assert it.read(lambda: "connect to 3 nodes" in it.screen.words or asks in it.screen.words), it.screen.text
        if asks not in it.screen.words:
            it.press("Enter")
        for text, secret in (
            ("is protected by a passphrase", ground.passphrase),
            ("sudo on node", ground.sudo_password),
        ):
            it.wait_for(text)
            it.press(*secret.value.decode(), "Enter")
        wait_until_idle(it)
        for step in (step for step in range(1, 9) if step != 5 or editor):
            it.press(str(step))
            wait_until_idle(it)
            it.read(lambda: False, 0.5)
            yield f"screen {step}", it.screen.text.encode()
        if thorough and editor:
            yield from _visit(it, ("5", "e", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Esc"), "editor")
            yield from _visit(it, ("5", "d"), "diff with the nodes")
        if thorough:
            yield from _visit(it, ("6", "r"), "review")
            yield from _visit(it, ("8", "d"), "doctor")
            yield from _visit(it, ("y",), "copy")
            yield from _visit(it, ("l", "l", "Tab", "Up", "Enter"), "log entry")
            yield from _visit(it, ("Esc", "Esc", "?"), "help")
        it.press("Esc", "q")
        it.read(lambda: it.process.poll() is not None, 10)
        yield "all bytes", it.output


def _visit(it: Terminal, keys: Sequence[str], name: str) -> Iterator[tuple[str, bytes]]:
    for key in keys:
        it.press(key)
        it.read(lambda: False, 0.3)
        yield f"{name}, {key}", it.screen.text.encode()
    wait_until_idle(it)
    yield name, it.screen.text.encode()
