"""The rules of the house: who may import whom, and what a public name must bring with it."""

import ast
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import nnaudio_xp

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
CORE = ROOT / "nnaudio_xp"

# Lowest first: a module imports from its own level and from below, never from above.
LEVELS = (
    {"errors", "_backends"},
    {"_namespace"},
    {"geometry", "intervals", "memory", "native", "notation", "scales", "svara", "threads", "wavelets", "windows"},
    {"kernels"},
    {"ops"},
    {"transforms"},
    {
        "audio",
        "auditory",
        "beat",
        "constantq",
        "decompose",
        "effects",
        "f0",
        "feature",
        "filters",
        "gabor",
        "harmonic",
        "levels",
        "mellin",
        "onset",
        "pitch",
        "reassignment",
        "scalogram",
        "segment",
        "semitones",
        "sequence",
        "signals",
        "spectrum",
        "synchrosqueezing",
        "times",
        "util",
        "weighting",
    },  # the chapters
    {"layers"},
    {"__init__"},
    {"__main__", "cli", "compat", "core", "display", "formatters", "plots"},
)
ARRAY_LIBRARIES = {"numpy", "scipy", "torch", "cupy", "cupyx", "jax"}
# The ways out of the core, each taken inside a function: module -> what it may name.
WAYS_OUT = {
    "_backends": "nnaudio_xp.backends",
}

SOURCES = {".".join(path.relative_to(CORE).with_suffix("").parts).removesuffix(".__init__"): path for path in sorted(CORE.rglob("*.py"))}


def syntax(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"))


def imports(module: str, tree: ast.AST | None = None) -> set[str]:
    """The full names of all modules that a module of the core imports, wherever in it, also by a
    string that names one.
    """
    package = f"nnaudio_xp.{module}" if SOURCES[module].name == "__init__.py" else f"nnaudio_xp.{module}".rpartition(".")[0]
    package = "nnaudio_xp" if module == "__init__" else package
    found: set[str] = set()
    for node in ast.walk(tree or syntax(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            found.update(member if is_module(member := f"{base}.{alias.name}") else base for alias in node.names)
        elif isinstance(node, ast.Constant) and re.fullmatch(r"nnaudio_xp(\.\w+)+", str(node.value)):
            found.add(node.value)
    return found


def is_module(name: str) -> bool:
    return name == "nnaudio_xp.backends" or name.startswith("nnaudio_xp.backends.") or name.removeprefix("nnaudio_xp.") in SOURCES


def core_imports(module: str) -> set[str]:
    """The modules of the core among a module's imports, by their names inside it."""
    names = {name.removeprefix("nnaudio_xp.") for name in imports(module)}
    return {"__init__" if name == "nnaudio_xp" else name for name in names} & set(SOURCES) - {module}


def level(module: str) -> int:
    return next(height for height, names in enumerate(LEVELS) if module.partition(".")[0] in names)


def test_every_module_has_its_level():
    known = set().union(*LEVELS)
    assert {module.partition(".")[0] for module in SOURCES} <= known, "give the new module its place in LEVELS"


@pytest.mark.parametrize("module", SOURCES)
def test_imports_go_down(module):
    upward = {other for other in core_imports(module) if level(other) > level(module)}
    assert not upward, f"{module} imports {upward}, which lie above it"


def test_imports_form_no_circle():
    tuple(TopologicalSorter({module: core_imports(module) for module in SOURCES}).static_order())


@pytest.mark.parametrize("module", SOURCES)
def test_the_core_names_no_array_library(module):
    roots = {name.partition(".")[0] for name in imports(module)}
    assert not roots & ARRAY_LIBRARIES
    assert "array_api_compat" not in roots or module == "_namespace"


@pytest.mark.parametrize("module", SOURCES)
def test_the_core_reaches_the_backends_in_few_places(module):
    out = {name for name in imports(module) if name.startswith("nnaudio_xp.backends")}
    assert out <= {WAYS_OUT.get(module)}
    statements = [node for node in syntax(module).body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert not any(name.startswith("nnaudio_xp.backends") for node in statements for name in imports(module, node)), (
        "only inside a function"
    )


@pytest.mark.parametrize("module", sorted(set(SOURCES) - {"cli"}))
def test_only_the_command_line_prints(module):
    calls = [node for node in ast.walk(syntax(module)) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_importing_loads_no_array_library():
    code = f"import sys, nnaudio_xp; print(*sorted({ARRAY_LIBRARIES} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_the_mapped_folder_is_no_package_of_its_own():
    run = subprocess.run([sys.executable, "-c", "import backends"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ImportError: import this package as nnaudio_xp.backends" in run.stderr


def public_members() -> dict[str, object]:
    """Every public function, class and module, by its dotted name: those of the package, and those
    of its public modules.
    """
    members = {name: getattr(nnaudio_xp, name) for name in nnaudio_xp.__all__}
    for name, module in list(members.items()):
        if isinstance(module, ModuleType) and name != "backends":  # importing all of them would need their libraries
            members |= {f"{name}.{member}": getattr(module, member) for member in module.__all__}
    return members


# The names come from the stub, so that one which does not resolve fails alone.
@pytest.mark.parametrize("name", nnaudio_xp.__all__)
def test_public_names_resolve(name):
    assert getattr(nnaudio_xp, name) is not None
    assert name in dir(nnaudio_xp)


def test_no_module_stands_in_a_functions_place():
    """Once imported, a module is an attribute of its package, in the place of a function of its
    name.
    """
    functions = {name for name, member in public_members().items() if not isinstance(member, ModuleType)}
    assert not functions & set(SOURCES)


def test_public_names_are_documented():
    faults = [f"{name}: {fault}" for name, member in public_members().items() for fault in docstring_faults(member)]
    assert not faults, "\n".join(faults)


def docstring_faults(member: object) -> list[str]:
    """What a public member's docstring lacks, by the rules of numpydoc."""
    text = inspect.getdoc(member) or ""
    if isinstance(member, ModuleType):
        return [] if text else ["has no docstring"]
    if not callable(member):
        return []
    sections = dict(re.findall(r"^(\w[\w ]*)\n-{3,}\n(.*?)(?=^\w[\w ]*\n-{3,}\n|\Z)", text, flags=re.MULTILINE | re.DOTALL))
    entries = re.findall(r"^(\S.*?) *(?::|$)", sections.get("Parameters", ""), flags=re.MULTILINE)
    documented = {name.strip("* ") for entry in entries for name in entry.split(",")}
    own = inspect.signature(member).parameters if not (inspect.isclass(member) and issubclass(member, Exception)) else {}
    faults = [f"the parameter {name} is not documented" for name in own if name not in documented]
    faults += [f"the parameter {name} is documented, but there is none" for name in sorted(documented - set(own))]
    return faults + ([] if ">>>" in sections.get("Examples", "") else ["has no example"])
