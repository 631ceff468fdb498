"""Tables that are made from the code when the documentation is built, so that they cannot say
anything else.
"""

import re
from pathlib import Path

import catalogue
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

from nnaudio_xp import backends, ops

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results"
LIBRARIES = {
    "NumPy": "numpy",
    "PyTorch": "torch",
    "CuPy": "cupy",
    "JAX": "jax",
}
HEADINGS = {
    "jit": "`jax.jit`",
    "vmap": "`vmap`",
    "compile": "`torch.compile`",
    "export": "`torch.export`",
    "onnx": "ONNX",
    "copies": "`deepcopy`, pickle",
    "workers": "`DataLoader` workers",
    "processes": "DDP",
}


def paragraph(text: str) -> nodes.paragraph:
    """Text, between backticks as code."""
    pieces = enumerate(text.split("`"))
    return nodes.paragraph("", "", *(nodes.literal(piece, piece) if part % 2 else nodes.Text(piece) for part, piece in pieces))


def table(rows: list[list[str]]) -> nodes.table:
    """A table with a header row."""
    width = len(rows[0])
    group = nodes.tgroup(cols=width)
    group += [nodes.colspec(colwidth=1) for _ in range(width)]
    head, body = nodes.thead(), nodes.tbody()
    for row in rows:
        line = nodes.row()
        for text in row:
            line += nodes.entry("", paragraph(text))
        (body if head.children else head).append(line)
    group += [head, body]
    return nodes.table("", group, classes=["colwidths-auto"])


def native_operations_of(package: str) -> set[str]:
    """The operations that a backend has native versions of, read from its sources: its library may
    be missing here.
    """
    sources = (path.read_text(encoding="utf-8") for path in (Path(backends.__file__).parent / package).glob("*.py"))
    return {name for source in sources for name in re.findall(r"^@native\(ops\.(\w+)\)", source, flags=re.MULTILINE)}


class Capabilities(Directive):
    """What is tested to work, from `tests/catalogue.py`: a table of the functions or of the layers,
    and the reasons for what does not.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        of_layers = self.arguments == ["layers"]
        columns = catalogue.LAYER_COLUMNS if of_layers else catalogue.COLUMNS
        able = {f"`{name}`": layer.able for name, layer in catalogue.LAYERS.items()} if of_layers else of_functions()
        reasons = list(dict.fromkeys(can[column] for can in able.values() for column in columns if can[column] != catalogue.YES))
        cells = {catalogue.YES: "yes", **{reason: f"note {number}" for number, reason in enumerate(reasons, start=1)}}
        rows = [[name, *(cells[can[column]] for column in columns)] for name, can in able.items()]
        notes = [nodes.list_item("", paragraph(reason)) for reason in reasons]
        shown = table([["", *(HEADINGS.get(column, column) for column in columns)], *rows])
        return [shown, nodes.enumerated_list("", *notes, enumtype="arabic", prefix="", suffix=".")]


def of_functions() -> dict[str, dict[str, str]]:
    """What functions of arrays can do: one row for each, and one more for each variant that can do
    something else.
    """
    able: dict[str, dict[str, str]] = {}
    for function in (*catalogue.TRANSFORMS, *catalogue.ON_HOST):
        name = f"`{function.name}`"
        if able.setdefault(name, function.able) != function.able:
            able[f"{name}, {function.variant}"] = function.able
    return able


class NativeOperations(Directive):
    """Every operation of `nnaudio_xp.ops`, and the libraries that have a native version of it."""

    def run(self) -> list[nodes.Node]:
        native = {library: native_operations_of(package) for library, package in LIBRARIES.items()}
        operations = [name for name, value in vars(ops).items() if hasattr(value, "portable")]
        rows = [["", *LIBRARIES]]
        rows += [[f"`{name}`", *("native" if name in native[library] else "" for library in LIBRARIES)] for name in operations]
        return [table(rows)]


class BenchmarkResults(Directive):
    """The tables that `nox -s bench` wrote."""

    def run(self) -> list[nodes.Node]:
        texts = [path.read_text(encoding="utf-8") for path in sorted(RESULTS.glob("*.md"))]
        text = re.sub(r"^#+ (.*)$", r"**\1**", "\n".join(texts) or "There are none in this checkout.", flags=re.MULTILINE)
        found = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), str(RESULTS)), 0, found)
        return found.children


def setup(app):
    app.add_directive("capabilities", Capabilities)
    app.add_directive("benchmark-results", BenchmarkResults)
    app.add_directive("native-operations", NativeOperations)
    return {"parallel_read_safe": True}
