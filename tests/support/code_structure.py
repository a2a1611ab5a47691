"""What a checkout's source says about its structure, read without importing it."""

from __future__ import annotations

import ast
import importlib.util
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.call_chain import Function

PACKAGE = "corotui"
CHECKOUT = Path(__file__).resolve().parents[2]
MODULES_PER_FOLDER = 12
PARAMETERS = 6


class Source:
    """The parsed modules of a package: `files` by path, `trees` by module name."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.files = {path: path.read_text(encoding="utf-8") for path in sorted((checkout / PACKAGE).rglob("*.py"))}
        self.trees = {self.module(path): ast.parse(text, str(path)) for path, text in self.files.items()}

    def module(self, path: Path) -> str:
        """The dotted name of the module at a path."""
        parts = path.relative_to(self.checkout).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def nodes(self) -> Iterator[tuple[str, ast.AST]]:
        """Every node of every module, with the module's name."""
        for module, tree in self.trees.items():
            for node in ast.walk(tree):
                yield module, node


def repeated_classes(source: Source) -> dict[str, list[str]]:
    """Public class names at the top of more than one module, with those modules."""
    defined: dict[str, list[str]] = defaultdict(list)
    for module, tree in source.trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(module)
    return {name: modules for name, modules in sorted(defined.items()) if len(modules) > 1}


def modules_per_folder(source: Source) -> dict[str, int]:
    """Folder -> modules directly in it, `__init__` left out."""
    counts = Counter(
        str(path.parent.relative_to(source.checkout)) for path in source.files if path.name != "__init__.py"
    )
    return dict(counts.most_common())


def uses_of_any(source: Source) -> dict[str, int]:
    """Module -> how often it uses `Any`: in annotations, aliases and casts. Imports do not count."""
    counts = Counter(
        module
        for module, node in source.nodes()
        if (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")
    )
    return dict(counts.most_common())


def many_parameters(source: Source) -> dict[str, int]:
    """Functions with more parameters than allowed; self and cls do not count."""
    found = {}
    for module, node in source.nodes():
        if isinstance(node, Function):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = sum(arg.arg not in ("self", "cls") for arg in given)
            if count > PARAMETERS:
                found[f"{module}:{node.name}"] = count
    return found


def imports(source: Source) -> dict[str, set[str]]:
    """Module -> modules of the package that it imports anywhere: also in functions and under TYPE_CHECKING."""
    graph: dict[str, set[str]] = {module: set() for module in source.trees}
    for module, node in source.nodes():
        if isinstance(node, ast.Import):
            graph[module].update(alias.name for alias in node.names if alias.name in source.trees)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                graph[module].update(
                    name for name in (inner if inner in source.trees else node.module,) if name in graph
                )
    return graph


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other (strongly connected components, Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            at = stack.index(module)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1 or module in graph[module]:
                groups.append(sorted(group))

    for module in graph:
        if module not in index:
            visit(module)
    return sorted(groups)


def is_private(name: str) -> bool:
    """Whether a name is private by convention; dunder names are not."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def private_members(node: ast.ClassDef) -> set[str]:
    """Private methods and attributes that a class defines."""
    names = set()
    for inner in ast.walk(node):
        if isinstance(inner, Function):
            names.add(inner.name)
        elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            names.add(inner.attr)
        elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            names.add(inner.id)
    return {name for name in names if is_private(name)}


def bases(node: ast.ClassDef) -> list[str]:
    """The names of a class's bases, without modules and type arguments."""
    names = []
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        names.append(plain.attr if isinstance(plain, ast.Attribute) else getattr(plain, "id", ""))
    return names


def classes(trees: Iterable[ast.Module]) -> dict[str, ast.ClassDef]:
    """All classes by name, but those within functions."""
    found = {}
    todo: list[ast.AST] = list(trees)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.ClassDef):
            found[node.name] = node
        if isinstance(node, ast.Module | ast.ClassDef | ast.If | ast.Try):
            todo += ast.iter_child_nodes(node)
    return found


def textual_private(source: Source) -> dict[str, list[str]]:
    """Private module, method or attribute of Textual -> modules of the package that use or override it."""
    spec = importlib.util.find_spec("textual")
    if spec is None or spec.origin is None:
        raise SystemExit("Textual is not installed beside this interpreter.")
    library = classes(ast.parse(path.read_text(encoding="utf-8")) for path in Path(spec.origin).parent.rglob("*.py"))
    private = {name: private_members(node) for name, node in library.items()}
    own = classes(source.trees.values())

    def inherited(name: str) -> set[str]:
        """Private members that a class takes from Textual's."""
        if name in own:
            return set().union(*map(inherited, bases(own[name])))
        if name in library:
            return private[name].union(*map(inherited, bases(library[name])))
        return set()

    anywhere = set().union(*private.values()) - set().union(*map(private_members, own.values()))
    users: dict[str, set[str]] = defaultdict(set)
    for module, tree in source.trees.items():
        if not module.startswith(f"{PACKAGE}.console"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
                if "._" in (node.module or ""):
                    users[str(node.module)].add(module)
                for alias in node.names:
                    if is_private(alias.name):
                        users[f"{node.module}.{alias.name}"].add(module)
            elif isinstance(node, ast.Attribute) and node.attr in anywhere:
                users[node.attr].add(module)
            elif isinstance(node, ast.ClassDef):
                for name in inherited(node.name) & (private_members(node) | used_of_self(node)):
                    users[name].add(module)
    return {name: sorted(modules) for name, modules in sorted(users.items())}


def used_of_self(node: ast.ClassDef) -> set[str]:
    """Names of the attributes that a class takes from `self` or `super()`."""
    return {
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute)
        and (
            (isinstance(inner.value, ast.Name) and inner.value.id == "self")
            or (isinstance(inner.value, ast.Call) and getattr(inner.value.func, "id", "") == "super")
        )
    }
