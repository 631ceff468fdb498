"""Tables that are made from the code when the documentation is built, so that they cannot say anything else."""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive

from nnaudio_xp import backends, ops

LIBRARIES = {
    "NumPy": "array_api_compat.numpy",
    "PyTorch": "array_api_compat.torch",
    "CuPy": "array_api_compat.cupy",
    "JAX": "jax.numpy",
}


def table(rows: list[list[str]]) -> nodes.table:
    """A table with a header row; text between backticks is code."""
    width = len(rows[0])
    group = nodes.tgroup(cols=width)
    group += [nodes.colspec(colwidth=1) for _ in range(width)]
    head, body = nodes.thead(), nodes.tbody()
    for row in rows:
        line = nodes.row()
        for text in row:
            paragraph = nodes.paragraph()
            for part, piece in enumerate(text.split("`")):
                paragraph += nodes.literal(piece, piece) if part % 2 else nodes.Text(piece)
            line += nodes.entry("", paragraph)
        (body if head.children else head).append(line)
    group += [head, body]
    return nodes.table("", group, classes=["colwidths-auto"])


def functions_of(module: str) -> set[str]:
    """The functions that a module defines, without importing it: its library may be missing."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


class NativeOperations(Directive):
    """Every operation of `nnaudio_xp.ops`, and the libraries that have a native version of it."""

    required_arguments: ClassVar[int] = 0

    def run(self) -> list[nodes.Node]:
        native = {library: functions_of(backends._NATIVE[name]) for library, name in LIBRARIES.items()}
        operations = [name for name, value in vars(ops).items() if hasattr(value, "portable")]
        rows = [["", *LIBRARIES]]
        rows += [[f"`{name}`", *("native" if name in native[library] else "" for library in LIBRARIES)] for name in operations]
        return [table(rows)]


def setup(app):
    app.add_directive("native-operations", NativeOperations)
    return {"parallel_read_safe": True}
