"""Every check of the project, each in its own environment: `nox -l` lists them, `nox -s tests` tests every backend this machine can run."""

import json
import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "peers", "tests_minimal", "lint", "types", "doctest", "docs", "build"]

ROOT = Path(__file__).parent
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = dict.fromkeys([RUNNING, "3.12", "3.13"])
PINS = ("-c", str(ROOT / "constraints.txt"))

# (backend, device): the extras it installs, and its names in tests/libraries.py
BACKENDS = {
    ("numpy", "cpu"): ("test", "numpy,numpy-readonly"),
    ("strict", "cpu"): ("test", "array-api-strict,array-api-strict-strictest"),
    ("torch", "cpu"): ("test,test-torch", "torch,torch-float64"),
    ("jax", "cpu"): ("test,jax", "jax"),
    ("torch", "cuda"): ("test,test-torch", "torch-cuda"),
    ("cupy", "cuda"): ("test,cupy", "cupy"),
}


def matrix() -> list[nox.param]:
    """Every backend on the running Python: `tests(numpy-cpu)`, …; on the others `tests(python3.12-numpy-cpu)`, …, where librosa is 1.0."""
    return [
        nox.param(python, backend, device, id=f"{'' if python == RUNNING else f'python{python}-'}{backend}-{device}", tags=[backend])
        for python in PYTHONS
        for backend, device in BACKENDS
        if python == RUNNING or device == "cpu"
    ]


def require_gpu(session: nox.Session) -> None:
    if not shutil.which("nvidia-smi") or not session.run("nvidia-smi", "-L", external=True, silent=True, success_codes=range(256)):
        session.skip("no GPU: nvidia-smi lists none")


def install_torch(session: nox.Session, device: str = "cpu") -> None:
    """Install the pinned PyTorch before anything that asks for just any. Skip where testing on the CPU would fetch gigabytes of CUDA."""
    if device == "cpu":
        plan = ("--dry-run", "--no-deps", "--ignore-installed", "--report=-", "torch", *PINS)
        report = session.run("python", "-m", "pip", "install", "--quiet", *plan, silent=True, stderr=None, success_codes=[0, 1])
        needs = json.loads(report)["install"][0]["metadata"]["requires_dist"] if report else ["cuda"]
        if any(need.startswith(("cuda", "nvidia")) for need in needs):
            session.skip(f"pip finds no CPU build of PyTorch for Python {session.python or RUNNING}: add the index that has one")
    session.install("torch", *PINS)


def install_wheel(session: nox.Session, extras: str = "") -> Path:
    """Install the package as its users get it, from a wheel that was built from the sdist; return the folder of both."""
    folder = Path(session.create_tmp()) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build", *PINS)
    session.run("python", "-m", "build", "--outdir", str(folder), str(ROOT), silent=True)
    (wheel,) = folder.glob("*.whl")
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"{wheel}[{extras}]" if extras else str(wheel), *PINS)
    return folder


@nox.session
@nox.parametrize(("python", "backend", "device"), matrix())
def tests(session: nox.Session, backend: str, device: str) -> None:
    """The test suite on one backend and device; arguments go to pytest.

    On further Pythons each library runs in its first configuration alone, and JAX, which compiles for long, runs every transform and
    layer once; all tests with NNAUDIO_XP_EVERY_PYTHON=1.
    """
    extras, names = BACKENDS[backend, device]
    further = session.python not in (None, RUNNING) and not os.environ.get("NNAUDIO_XP_EVERY_PYTHON")
    names, briefly = names.partition(",")[0] if further else names, further and backend == "jax"
    if device == "cuda":
        require_gpu(session)
    if backend == "torch":
        install_torch(session, device)
    session.install("-e", f".[{extras}]", *PINS)
    chosen = session.posargs or (["tests/test_every_function.py", "tests/test_bound_modules.py"] if briefly else [])
    session.run("pytest", "--numprocesses=auto", *chosen, env={"NNAUDIO_XP_BACKENDS": names})


@nox.session(python=list(dict.fromkeys([RUNNING, "3.12"])))
def peers(session: nox.Session) -> None:
    """librosa's own tests of what this package has, with this package's functions in the place of librosa's: 0.11, on Python 3.12 1.0."""
    session.install("-e", ".[test]", *PINS)
    folder = Path(session.create_tmp()).resolve()
    release = session.run("python", "-c", "import librosa; print(f'librosa-{librosa.__version__}')", silent=True).strip()
    session.run(
        "python", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=librosa", release.replace("-", "=="), "-d", str(folder)
    )
    shutil.unpack_archive(folder / f"{release}.tar.gz", folder)
    session.chdir(folder / release)
    topics = ("constantq", "convert", "core", "features", "filters", "intervals", "multichannel", "util")
    options = ["--numprocesses=auto", "--override-ini=addopts=", "-p", "in_librosas_place", *session.posargs]
    session.run("pytest", *options, *[f"tests/test_{topic}.py" for topic in topics], env={"PYTHONPATH": str(ROOT / "tests")})


@nox.session
def tests_minimal(session: nox.Session) -> None:
    """The tests that need nothing but NumPy and SciPy, on the installed wheel."""
    install_wheel(session)
    session.install("pytest", "pytest-xdist", "hypothesis", *PINS)
    session.run("pytest", "--numprocesses=auto", *session.posargs, env={"NNAUDIO_XP_BACKENDS": "numpy"})


@nox.session
def lint(session: nox.Session) -> None:
    """Rules and formatting of the code."""
    session.install("ruff", *PINS)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Types of the installed wheel: static tools do not see the mapped folder of an editable install."""
    install_torch(session)
    install_wheel(session, "torch,jax,cli")
    session.install("mypy", *PINS)
    session.chdir(session.create_tmp())
    session.run("mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), "-p", "nnaudio_xp")


@nox.session
def doctest(session: nox.Session) -> None:
    """Every example of the documentation strings."""
    install_torch(session)
    install_wheel(session, "torch,jax,cli")
    session.install("pytest", "hypothesis", *PINS)
    session.run("pytest", "--doctest-modules", "--ignore-glob=*cupy*", "--pyargs", "nnaudio_xp", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, in docs/_build; a warning is an error."""
    install_torch(session)
    install_wheel(session, "torch,jax,cli,docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """The sdist and the wheel, in dist/."""
    folder = install_wheel(session)
    session.install("twine", *PINS)
    session.run("twine", "check", "--strict", *map(str, folder.iterdir()))
    shutil.copytree(folder, ROOT / "dist", dirs_exist_ok=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed and error beside the other libraries; arguments go to benchmarks/run.py."""
    install_torch(session)
    session.install("-e", ".[bench]", *PINS)
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Pictures of the recording that the repository ships, or of the file that is named: `nox -s demo -- my.wav`."""
    session.install("-e", ".[cli]", *PINS)
    audio = session.posargs or [str(ROOT / "tests" / "data" / "piano.flac")]
    session.run("nnaudio-xp", "plot", *audio, "--transform", "stft,logstft,mel,mfcc,cqt,vqt", "-o", "demo.png")
