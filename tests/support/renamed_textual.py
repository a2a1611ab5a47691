"""Textual as another release could be: with one of its private names called something else.

Renames in the source while Textual is imported, so that Textual itself stays consistent and only code that relies on
the old name misses it.
"""

from __future__ import annotations

import importlib.machinery
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

_SUFFIX = "_renamed"


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a source file after renaming in it."""

    def __init__(self, module: str, path: str, finder: _Finder) -> None:
        super().__init__(module, path)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType:
        text = self._finder.renamed(Path(self.path).read_text(encoding="utf-8"))
        code = compile(text, self.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code


class _Finder(MetaPathFinder):
    """Finds Textual's modules under their new names, and no longer under the old ones."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.replaced: set[str] = set()
        # `_compositor` is also the last part of a module's name, which stays.
        self._pattern = re.compile(rf"(?<!textual\.)\b({'|'.join(map(re.escape, names))})\b")

    def renamed(self, text: str) -> str:
        """A source text with the new names."""
        self.replaced.update(self._pattern.findall(text))
        return self._pattern.sub(rf"\1{_SUFFIX}", text)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith("textual"):
            return None
        if fullname in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        spec = importlib.machinery.PathFinder.find_spec(fullname.removesuffix(_SUFFIX), path)
        if spec is None or spec.origin is None:
            return spec
        if fullname.endswith(_SUFFIX) or self._pattern.search(Path(spec.origin).read_text(encoding="utf-8")):
            spec.name = fullname
            spec.loader = _Loader(fullname, spec.origin, self)
        return spec


def rename(*names: str) -> set[str]:
    """Renames modules ("textual._compositor"), methods and attributes ("_display"); call before Textual is imported.

    Returns a set that fills with the names that were met and renamed.
    """
    assert "textual" not in sys.modules
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    return finder.replaced
