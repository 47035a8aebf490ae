"""Which modules a piece of Python imports, wherever in the file and however it is written."""

import ast
from collections.abc import Iterator

PACKAGE = "becalm"


def imported(source: str, module: str, *, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Yield (line, absolute dotted name) for every import in `source`, the text of `module`.

    Imports inside functions, under `if TYPE_CHECKING`, relative ones and `import_module("...")` all count.
    `from a import b` yields `a.b`: whether b is a module or a name in a does not matter for the layers.
    """
    package = module if is_package else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=name, names=names, level=level):
                base = _absolute("." * level + (name or ""), package)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in names)
            case (
                ast.Call(func=ast.Name(id="__import__" | "import_module"))
                | ast.Call(func=ast.Attribute(attr="import_module"))
            ):
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield node.lineno, _absolute(argument.value, package)


def _absolute(name: str, package: str) -> str:
    """Resolve leading dots against the package that the module lies in."""
    level = len(name) - len(name.lstrip("."))
    if level == 0:
        return name
    parents = package.split(".")
    base = parents[: len(parents) - (level - 1)]
    return ".".join([*base, *filter(None, [name.lstrip(".")])])
