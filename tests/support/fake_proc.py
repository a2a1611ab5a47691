"""A folder that looks like /proc, for scripts whose PROC is set to it."""

from __future__ import annotations

from pathlib import Path

HOST = "4026531836"
"""Number of the PID namespace of the script that reads the folder."""


def fake_process(
    proc: Path,
    pid: int,
    name: str,
    *,
    program: str | None = None,
    uids: str = "0 0 0 0",
    state: str = "S",
    namespace: str = HOST,
    root: str = "/",
    command_line: bytes = b"",
) -> None:
    """Adds a process. `program`: target of its `exe`, "" where it cannot be read, None for /usr/sbin/NAME."""
    folder = proc / str(pid)
    (folder / "ns").mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    (folder / "status").write_text(
        f"Name:\t{name}\nState:\t{state} (sleeping)\nUid:\t" + "\t".join(uids.split()) + "\n"
    )
    (folder / "cmdline").write_bytes(command_line or f"/usr/sbin/{name}\0-f\0".encode())
    (folder / "ns" / "pid").symlink_to(f"pid:[{namespace}]")
    (folder / "root").symlink_to(root)
    if program != "":
        (folder / "exe").symlink_to(f"/usr/sbin/{name}" if program is None else program)


def fake_proc(folder: Path) -> Path:
    """Returns the empty folder, with the namespace of the process that reads it."""
    proc = folder / "proc"
    (proc / "self" / "ns").mkdir(parents=True)
    (proc / "self" / "ns" / "pid").symlink_to(f"pid:[{HOST}]")
    return proc
