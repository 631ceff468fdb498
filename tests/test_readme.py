"""The examples of the README and of docs/: they run as they stand, print what the comments beside
them say, and name what exists.

The Python blocks under one heading are one program, run in an empty folder that holds the recording
where the checkout has it. A block whose first line names a file, `# name.py`, is that file.
`print(…)  # text` prints the text.
"""

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import nnaudio_xp

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
RECORDING = Path("tests/data/piano.flac")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STRICT = ("-W", "error::UserWarning", "-W", "error::RuntimeWarning")  # what libraries deprecate in each other is theirs to settle


@dataclass(frozen=True)
class Section:
    """What stands under one heading of a page."""

    page: str
    heading: str
    text: str

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, flags=re.MULTILINE | re.DOTALL)

    def files(self) -> dict[str, str]:
        """The Python program, `example.py`, and the files that it imports."""
        named = {block: re.match(r"# (\w+\.py)\n", block) for block in self.blocks("python")}
        files = {name[1]: block for block, name in named.items() if name}
        return {**files, "example.py": "\n".join(block for block, name in named.items() if not name)}

    def libraries(self) -> set[str]:
        """The modules that the Python program imports, its own files aside; the rooms of the
        backends by their library. `load` reads by soundfile.
        """
        nodes = [node for code in self.files().values() for node in ast.walk(ast.parse(code))]
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {f"{node.module}.{alias.name}" for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        names |= {"soundfile" for node in nodes if isinstance(node, ast.Attribute) and node.attr == "load"}
        modules = {re.sub(r"^nnaudio_xp\.backends\.(?!_)", "", name).partition(".")[0] for name in names}
        return modules - {Path(name).stem for name in self.files()}

    def commands(self) -> list[str]:
        """The lines that call the package's own command."""
        return [line for block in self.blocks("bash") for line in block.splitlines() if line.startswith("nnaudio-xp ")]


def sections(page: Path) -> list[Section]:
    found, fenced = [["", ""]], False
    for line in page.read_text(encoding="utf-8").splitlines(keepends=True):
        fenced ^= line.startswith("```")
        if line.startswith("#") and not fenced:
            found.append([line.strip("# \n"), ""])
        found[-1][1] += line
    return [Section(page.name, heading, text) for heading, text in found]


SECTIONS = [section for page in PAGES for section in sections(page)]


def each(chosen: list[Section]) -> pytest.MarkDecorator:
    """One test for each section."""
    return pytest.mark.parametrize("section", chosen, ids=lambda section: f"{section.page}: {section.heading}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the recording."""
    (tmp_path / RECORDING).parent.mkdir(parents=True)
    shutil.copy(ROOT / RECORDING, tmp_path / RECORDING)
    return tmp_path


def require(*modules: str) -> None:
    if absent := sorted(name for name in modules if importlib.util.find_spec(name) is None):
        pytest.skip(f"needs {', '.join(absent)}")


def run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(
        [sys.executable, *STRICT, *arguments], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@each([section for section in SECTIONS if section.blocks("python")])
def test_python_runs_and_prints_what_it_says(section, folder):
    require(*section.libraries())
    files = section.files()
    for name, code in files.items():
        (folder / name).write_text(code, encoding="utf-8")
    said = re.findall(r"^ *print\(.*\)  # (.*)$", files["example.py"], flags=re.MULTILINE)
    assert run(folder, "example.py").splitlines() == said


@each([section for section in SECTIONS if section.commands()])
def test_commands_run(section, folder):
    require("matplotlib", "soundfile")
    for command in section.commands():
        output = run(folder, "-m", "nnaudio_xp", *shlex.split(command)[1:])
        for picture in re.findall(r" -o (\S+)", command):
            assert (folder / picture).is_file(), output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_extras_and_sessions_exist(page):
    text = page.read_text(encoding="utf-8")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {extra for named in re.findall(r"'\.\[(.*?)\]'", text) for extra in named.split(",")} <= set(extras)
    sessions = re.findall(r"^@nox\.session.*?^def (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"nox -s \"?(\w+)", text)) <= set(sessions)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def public_names(module: ModuleType, prefix: str = "") -> Iterator[str]:
    """The functions and classes of the package, by their names in it."""
    for name in sorted(set(module.__all__) - {"backends"}):
        member = getattr(module, name)
        if isinstance(member, ModuleType):
            yield from public_names(member, f"{prefix}{name}.")
        elif callable(member):
            yield prefix + name


def test_the_reference_has_every_public_name():
    listed = re.findall(r"^   ([\w.]+)$", (ROOT / "docs/reference.rst").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(public_names(nnaudio_xp)) <= set(listed)


def test_the_page_for_users_of_librosa_has_every_function():
    text = (ROOT / "docs/from-librosa.md").read_text(encoding="utf-8")
    names = {name.rpartition(".")[2] for name in public_names(nnaudio_xp) if not name.startswith("plots.")}
    assert {name for name in names if f"`{name}`" not in text} == set()
