"""What is imported when: seen from fresh interpreters, not from the source."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
HEAVY = frozenset({"textual", "rich", "asyncssh", "cryptography", "netifaces", "sqlite3", "tomlkit"})


def rooms_in_order() -> tuple[str, ...]:
    """The rooms from the lowest to the highest, as the import contract names them."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return tuple(name.removeprefix("corotui.") for name in reversed(layers))


ROOMS = rooms_in_order()


def modules_after(code: str) -> set[str]:
    """The names of all modules that a fresh interpreter holds after it ran some code."""
    script = f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=CHECKOUT, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


def command_line(*arguments: str) -> str:
    """Code that runs a command line to its end."""
    return (
        "import contextlib\nfrom corotui.cli.main import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})"
    )


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("apply", "--help"), ("practice", "--help"), ("check", "--help")]
)
def test_help_loads_no_large_library(arguments: tuple[str, ...]) -> None:
    assert modules_after(command_line(*arguments)) & HEAVY == set()


def test_a_check_of_a_file_loads_no_large_library(tmp_path: Path) -> None:
    (tmp_path / "corosync.conf").write_text("totem {\n    version: 2\n}\n")
    loaded = modules_after(command_line("conf", "check", str(tmp_path / "corosync.conf")))
    assert "corotui.conf.document" in loaded
    assert loaded & HEAVY == set()


def test_the_frame_of_the_command_line_loads_no_room_but_errors_and_what_makes_text_visible() -> None:
    loaded = modules_after("import corotui.cli.main")
    modules = {name for name in loaded if name.startswith("corotui.") and not name.startswith("corotui.cluster.text")}
    assert modules - {"corotui.cluster"} == {
        name for name in modules if name == "corotui.errors" or name.startswith("corotui.cli")
    }
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_no_higher_room(room: str) -> None:
    below = f"corotui.{room}."
    code = (
        f"import importlib, pkgutil\nroom = importlib.import_module('corotui.{room}')\n"
        f"for module in pkgutil.walk_packages(getattr(room, '__path__', ()), '{below}'):\n"
        "    importlib.import_module(module.name)"
    )
    loaded = modules_after(code)
    rooms = {name.split(".")[1] for name in loaded if name.startswith("corotui.")}
    allowed = ROOMS[: ROOMS.index(room) + 1]
    assert rooms <= set(allowed)
    for library, home in {"asyncssh": "ssh", "netifaces": "facts", "textual": "console"}.items():
        if ROOMS.index(home) > ROOMS.index(room):
            assert library not in loaded
