"""What is installed: a subpackage or a data file that the packaging forgets is missing from the
wheel without a word.
"""

import importlib.metadata
import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import nnaudio_xp

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COMPILED = (".so", ".pyd", ".dylib", ".dll")
"""What a compiler adds to a wheel, where there is one."""
FOLDERS = {"nnaudio_xp": ROOT / "nnaudio_xp", "nnaudio_xp.backends": ROOT / "backends"}


def installed_files() -> dict[str, Path]:
    """Every file of the tree that belongs into the wheel, by its path there."""
    return {
        f"{package.replace('.', '/')}/{path.relative_to(folder).as_posix()}": path
        for package, folder in FOLDERS.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in COMPILED
    }


def test_the_list_of_packages_is_the_tree():
    packages = {str(Path(name).parent).replace("/", ".") for name in installed_files() if name.endswith(".py")}
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(packages)


def test_the_map_of_folders_is_the_tree():
    mapped = PROJECT["tool"]["setuptools"]["package-dir"]
    for package in PROJECT["tool"]["setuptools"]["packages"]:
        root = max((name for name in mapped if f"{package}.".startswith(f"{name}.")), key=len)
        folder = ROOT / mapped[root] / package.removeprefix(root).lstrip(".").replace(".", "/")
        assert (folder / "__init__.py").is_file(), f"{package} is mapped to {folder}"


def test_one_version():
    assert nnaudio_xp.__version__ == PROJECT["project"]["version"] == importlib.metadata.version("nnaudio_xp")


def test_the_changelog_speaks_of_this_version():
    assert f"## [{nnaudio_xp.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.skipif(any(importlib.util.find_spec(tool) is None for tool in ("build", "setuptools")), reason="needs build and setuptools")
def test_the_wheel_holds_the_tree(tmp_path):
    # the wheel is built from the sdist, so that both are checked and no stale build/ folder can
    # fill a gap
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        contents = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name and not name.endswith(COMPILED)}
    assert contents == {name: path.read_bytes() for name, path in installed_files().items()}
    assert {"nnaudio_xp/py.typed", "nnaudio_xp/__init__.pyi"} <= set(contents)


def test_the_checkout_works_from_where_it_lies():
    """Python started in the checkout finds the sources before anything installed, and the backends
    beside them.
    """
    program = "import nnaudio_xp.backends.numpy as nax; print(nax.__file__)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(ROOT / "backends" / "numpy" / "__init__.py")
