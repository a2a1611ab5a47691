"""Screens as text files that a review can read; one file per scene and size.

    UPDATE_SNAPSHOTS=1 python -m pytest tests/console/test_snapshots.py

writes them anew. Look at the difference before committing it.
"""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "console" / "snapshots"
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))


def snapshot_path(name: str, size: tuple[int, int]) -> Path:
    """Where the screen of a scene at a size (columns, rows) is kept."""
    return FOLDER / f"{size[0]}x{size[1]}" / f"{name}.txt"


def compare_snapshot(name: str, size: tuple[int, int], text: str) -> list[str]:
    """The difference of a screen to its snapshot, line by line; nothing where they agree. Writes it in an update."""
    path = snapshot_path(name, size)
    text = text.rstrip("\n") + "\n"
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return []
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    file = str(path.relative_to(FOLDER))
    return list(unified_diff(kept.splitlines(), text.splitlines(), file, "now", lineterm="", n=1))


def unknown_snapshots(names: set[str], sizes: list[tuple[int, int]]) -> list[Path]:
    """Files that belong to no scene. Deletes them in an update."""
    wanted = {snapshot_path(name, size) for name in names for size in sizes}
    unknown = [path for path in sorted(FOLDER.rglob("*.txt")) if path not in wanted]
    if UPDATE:
        for path in unknown:
            path.unlink()
        return []
    return unknown
