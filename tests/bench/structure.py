"""Figures of the package's structure, as JSON.

    python3 -m tests.bench.structure [CHECKOUT]

Reads the source of a checkout (default: this one) without importing it, so that it measures an older one as well. Of
Textual it reads the source of the release that is installed beside the interpreter.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tests.support.call_chain import chain
from tests.support.code_structure import (
    CHECKOUT,
    MODULES_PER_FOLDER,
    Source,
    cycles,
    imports,
    many_parameters,
    modules_per_folder,
    repeated_classes,
    textual_private,
    uses_of_any,
)

LINES_PER_FILE = 300
SHELL_OR_ERROR = re.compile(r"Mapping\[\s*str,\s*Shell\s*\|\s*CorotuiError\s*\]")


def figures(checkout: Path) -> dict[str, object]:
    """All figures of a checkout."""
    source = Source(checkout)
    repeated, folders, private = repeated_classes(source), modules_per_folder(source), textual_private(source)
    anys, parameters = uses_of_any(source), many_parameters(source)
    lengths = {str(path.relative_to(checkout)): len(text.splitlines()) for path, text in source.files.items()}
    return {
        "modules": len(source.files),
        "lines": sum(lengths.values()),
        "files_over_300_lines": {path: count for path, count in lengths.items() if count > LINES_PER_FILE},
        "repeated_public_classes": {"count": len(repeated), "names": repeated},
        "modules_per_folder": {
            "over_12": sum(count > MODULES_PER_FOLDER for count in folders.values()),
            "largest": dict(list(folders.items())[:8]),
            "at_the_root_of_rooms": {name: count for name, count in sorted(folders.items()) if name.count("/") == 1},
        },
        "any": {"count": sum(anys.values()), "modules": anys},
        "functions_over_6_parameters": {"count": len(parameters), "functions": parameters},
        "textual_private_names": {
            "count": len(private),
            "files": sorted({module for modules in private.values() for module in modules}),
            "names": private,
        },
        "import_cycles": cycles(imports(source)),
        "shell_or_error_mappings": sum(len(SHELL_OR_ERROR.findall(text)) for text in source.files.values()),
        "enter_to_transaction": chain(source.trees),
    }


if __name__ == "__main__":
    print(json.dumps(figures(Path(sys.argv[1]).resolve() if sys.argv[1:] else CHECKOUT), indent=2))
