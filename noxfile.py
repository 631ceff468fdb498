"""Every check of the project, each in its own environment: `nox -l` lists them, `nox -s tests`
tests every library this machine can run.
"""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests", "peers", "docs", "doctest", "build", "tests_minimal"]

ROOT = Path(__file__).parent
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = list(dict.fromkeys([RUNNING, "3.12", "3.13"]))
PINS = ("-c", str(ROOT / "constraints.txt"))
PARALLEL = ("--numprocesses=auto", "--dist=worksteal")  # a module's tests stay together: they share what is compiled and cached
PROSE = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "benchmarks" / "README.md", ROOT / "tests" / "data" / "README.md"]
NO_CPU_TORCH = "pip finds no CPU build of PyTorch for Python"

# Backends by their names in tests/libraries.py. Those of one environment can be installed together.
ENVIRONMENTS = {
    "cpu": ["numpy", "array-api-strict", "torch", "jax"],
    "torch-cuda": ["torch-cuda"],
    "cupy-cuda": ["cupy"],
}
STRICTER = ["numpy-readonly", "array-api-strict-strictest", "torch-float64"]  # the same libraries, less forgiving
EXTRAS = {"torch": "test-torch", "jax": "jax", "cupy": "cupy"}  # beyond `test`, by the first word of a backend's name


def require_gpu(session: nox.Session) -> None:
    if not shutil.which("nvidia-smi") or not session.run("nvidia-smi", "-L", external=True, silent=True, success_codes=range(256)):
        session.skip("no GPU: nvidia-smi lists none")


def has_cpu_torch(session: nox.Session) -> bool:
    """Whether pip would install a PyTorch without CUDA, which is gigabytes that tests on the CPU
    need not fetch.
    """
    plan = ("--dry-run", "--no-deps", "--ignore-installed", "--report=-", "torch", *PINS)
    report = session.run("python", "-m", "pip", "install", "--quiet", *plan, silent=True, stderr=None, success_codes=[0, 1])
    needs = json.loads(report)["install"][0]["metadata"]["requires_dist"] if report else ["cuda"]
    return not any(need.startswith(("cuda", "nvidia")) for need in needs)


def install_packages(session: nox.Session, packages: list[str]) -> None:
    """Install packages by apt-get, where there is one that may; callers say what it could not."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["update"], *(["install", "--yes", "--no-install-recommends", package] for package in packages)):
            session.run("apt-get", "-qq", *command, external=True, success_codes=range(256))


def install_torch(session: nox.Session) -> None:
    """Install the pinned PyTorch before anything that asks for just any."""
    if not has_cpu_torch(session):
        session.skip(f"{NO_CPU_TORCH} {session.python or RUNNING}: add the index that has one")
    session.install("torch", *PINS)


def install_wheel(session: nox.Session, extras: str = "", **environment: str) -> Path:
    """Install the package as its users get it, from a wheel that was built from the sdist, in an
    environment; return the folder of both.
    """
    folder = Path(session.create_tmp()) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build", *PINS)
    session.run("python", "-m", "build", "--outdir", str(folder), str(ROOT), silent=True, env=environment)
    (wheel,) = folder.glob("*.whl")
    session.install("--force-reinstall", "--no-deps", str(wheel))
    session.install(f"{wheel}[{extras}]" if extras else str(wheel), *PINS)
    return folder


def run_tests(session: nox.Session, backends: list[str], *options: str) -> None:
    """Install the libraries of these backends together, and run the tests on one after the other;
    arguments go to pytest.

    One environment takes half the time to install that one for each library takes, and has what
    libraries are compared with. NNAUDIO_XP_BACKENDS chooses among the backends.
    """
    chosen = os.environ.get("NNAUDIO_XP_BACKENDS", "").replace(",", " ").split() or backends
    backends = [backend for backend in backends if backend in chosen]
    on_gpu = {"torch-cuda", "cupy"} & set(backends)
    if on_gpu:
        require_gpu(session)
    elif any(backend.startswith("torch") for backend in backends) and not has_cpu_torch(session):
        session.warn(f"{NO_CPU_TORCH} {session.python or RUNNING}: PyTorch is left out; add the index that has one")
        backends = [backend for backend in backends if not backend.startswith("torch")]
    if not backends:
        session.skip("no backend of this session is chosen and can run")
    libraries = {backend.partition("-")[0] for backend in backends}
    if "torch" in libraries:
        session.install("torch", *PINS)  # the pinned one, before anything that asks for just any
    extras = ["test", *(EXTRAS[library] for library in EXTRAS if library in libraries)]
    session.install("-e", f".[{','.join(extras)}]", *PINS)
    failed = []
    for backend in backends:
        try:
            session.run("pytest", *PARALLEL, *options, *session.posargs, env={"NNAUDIO_XP_BACKENDS": backend})
        except nox.command.CommandFailed:
            failed.append(backend)
    if failed:
        session.error(f"tests failed on {', '.join(failed)}")


@nox.session
@nox.parametrize("environment", [nox.param(name, id=name) for name in ENVIRONMENTS])
def tests(session: nox.Session, environment: str) -> None:
    """The tests on every library that this machine can run; NNAUDIO_XP_BACKENDS=numpy on that one
    alone.
    """
    run_tests(session, ENVIRONMENTS[environment])


@nox.session(python=PYTHONS)
def tests_full(session: nox.Session) -> None:
    """For releases: every Python, every way in which a library can be stricter, and many more
    random examples. It takes hours.
    """
    run_tests(session, [*ENVIRONMENTS["cpu"], *STRICTER], "--hypothesis-profile=thorough")


TENSORS = ("beat", "constantq", "core", "effects", "features", "filters", "intervals", "onset")
"""librosa's tests that run on PyTorch, too: of what takes tensors."""


@nox.session(python=list(dict.fromkeys([RUNNING, "3.12"])))
def peers(session: nox.Session) -> None:
    """librosa's own tests of what this package has, with this package's functions in the place of
    librosa's: those of 0.11, on NumPy and PyTorch, and on Python 3.12 those of 1.0.
    """
    libraries = ["numpy", "torch"] if session.python == RUNNING and has_cpu_torch(session) else ["numpy"]
    if "torch" in libraries:
        install_torch(session)
    session.install("-e", ".[test]", *PINS)
    folder = Path(session.create_tmp()).resolve()
    release = session.run("python", "-c", "import librosa; print(f'librosa-{librosa.__version__}')", silent=True).strip()
    session.run(
        "python", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=librosa", release.replace("-", "=="), "-d", str(folder)
    )
    shutil.unpack_archive(folder / f"{release}.tar.gz", folder)
    session.chdir(folder / release)
    files = sorted(str(path) for path in Path("tests").glob("test_*.py") if path.stem not in ("test_cache", "test_display"))
    options = [*PARALLEL, "--override-ini=addopts=", "-p", "in_librosas_place", *session.posargs]
    environment = {"PYTHONPATH": str(ROOT / "tests"), "OMP_NUM_THREADS": "1"}  # every worker has a core
    chapters = {"numpy": files, "torch": [f"tests/test_{topic}.py" for topic in TENSORS]}
    for library in libraries:
        session.run("pytest", *options, *chapters[library], env={**environment, "NNAUDIO_XP_PEERS": library})


NO_COMPILER = {"CC": "no-compiler", "CXX": "no-compiler", "NNAUDIO_XP_NATIVE": "", "NNAUDIO_XP_BACKENDS": "numpy"}
"""What makes a machine one that has no compiler."""


@nox.session
def tests_minimal(session: nox.Session) -> None:
    """The tests that need nothing but NumPy and SciPy, on the wheel of a machine without a compiler."""
    install_wheel(session, **NO_COMPILER)
    session.install("pytest", "pytest-xdist", "hypothesis", *PINS)
    session.run("pytest", *PARALLEL, *session.posargs, env=NO_COMPILER)


@nox.session
def no_compiler(session: nox.Session) -> None:
    """The README's two commands in an unpacked sdist, as on a machine without a compiler; of the tests,
    which `tests_minimal` runs so, those of what is installed.
    """
    folder = Path(session.create_tmp()).resolve() / "sdist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build", *PINS)
    session.run("python", "-m", "build", "--sdist", "--outdir", str(folder), str(ROOT), silent=True)
    (archive,) = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder)
    session.chdir(folder / archive.name.removesuffix(".tar.gz"))
    environment = {"PIP_NO_COMPILE": "no", **NO_COMPILER}  # pip then leaves bytecode to the first import: half the time
    for command in (["demo"], ["tests(cpu)", "--", "tests/test_packaging.py"]):
        session.run(sys.executable, "-m", "nox", "-s", *command, env=environment, external=True)
    backends = session.run(".nox/demo/bin/nnaudio-xp", "backends", env=NO_COMPILER, external=True, silent=True)
    if "native loops: none: _loops.so was not built" not in backends:
        session.error(f"nnaudio-xp backends says otherwise:\n{backends}")


@nox.session
def lint(session: nox.Session) -> None:
    """Rules and formatting of the code, and of the prose."""
    session.install("ruff", "mdformat", "mdformat-myst", *PINS)
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("mdformat", "--check", *map(str, PROSE))


@nox.session
def types(session: nox.Session) -> None:
    """Types of the installed wheel: static tools do not see the mapped folder of an editable
    install.
    """
    install_torch(session)
    install_wheel(session, "torch,jax,cli")
    session.install("mypy", "pytest", "hypothesis", *PINS)
    session.run("pytest", "tests/test_stubs.py", env={"NNAUDIO_XP_BACKENDS": "numpy"})
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


class Compiler(NamedTuple):
    c: str  # which links
    cxx: str
    package: str  # Debian's
    runs: list[str] | None  # what runs its programs here; None: nothing does, or there is nothing to compare


COMPILERS = [
    Compiler("gcc", "g++", "g++", None),
    Compiler("clang", "clang++", "clang", []),
    Compiler("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-g++", "g++-mingw-w64-x86-64", None),
    Compiler("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++", "g++-aarch64-linux-gnu", ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]),
]
FORWARD = "not (back or synthesis or slopes or griffinlim or forked or environment)"


def built_by(session: nox.Session, compiler: Compiler, folder: Path) -> Path:
    """The library of native loops by a compiler, as setup.py builds it, and without a warning."""
    places = ("--build-lib", str(folder), "--build-temp", str(folder / "objects"))
    environment = {"CC": compiler.c, "CXX": compiler.cxx, "CXXFLAGS": "-Wall -Wextra -Werror", "NNAUDIO_XP_NATIVE": "require"}
    session.run("python", "setup.py", "--quiet", "build_ext", "--force", *places, env=environment)
    return next(folder.rglob("_loops.*"))


@nox.session
def compilers(session: nox.Session) -> None:
    """The native loops by every C++ compiler that there is, without a warning; those by clang, and in
    an emulator those for ARM, must have the bits of the installed ones. Compilers come by apt-get, where
    it may install.
    """
    packages = {compiler.cxx: compiler.package for compiler in COMPILERS} | {"qemu-aarch64": "qemu-user"}
    absent = [program for program in packages if not shutil.which(program)]
    if absent:
        install_packages(session, [packages[program] for program in absent])
    if absent := [program for program in packages if not shutil.which(program)]:
        session.warn(f"left out, since they are not there: {', '.join(absent)}")
    there = [compiler for compiler in COMPILERS if compiler.cxx not in absent]
    if not there:
        session.error("there is no C++ compiler")
    install_wheel(session)
    session.install("setuptools", "pytest", "hypothesis", *PINS)
    for compiler in there:
        folder = Path(session.create_tmp()).resolve() / compiler.cxx
        library, program = built_by(session, compiler, folder), str(folder / "another_library")
        if compiler.runs is not None and not {*compiler.runs} & {*absent}:
            session.run(compiler.cxx, "-O1", "tests/another_library.cpp", "-o", program, "-ldl", external=True)
            command = shlex.join([*compiler.runs, program, str(library)])
            environment = {"NNAUDIO_XP_ANOTHER": command, "NNAUDIO_XP_NATIVE": "require", "NNAUDIO_XP_BACKENDS": "numpy"}
            session.run(
                "pytest", "-p", "another_library", "-k", FORWARD, "tests/test_native.py", env={"PYTHONPATH": "tests", **environment}
            )


SANITIZERS = "-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined"


@nox.session
def sanitize(session: nox.Session) -> None:
    """Random calls of the native loops under GCC's AddressSanitizer and UBSan, a minute or as many
    seconds as are given.
    """
    flags = dict.fromkeys(["CFLAGS", "CXXFLAGS", "LDFLAGS"], SANITIZERS)
    install_wheel(session, NNAUDIO_XP_NATIVE="require", **flags)
    libraries = [session.run("gcc", f"-print-file-name=lib{name}.so", external=True, silent=True).strip() for name in ("asan", "ubsan")]
    watched = {"LD_PRELOAD": " ".join(libraries), "ASAN_OPTIONS": "detect_leaks=0", "NNAUDIO_XP_NATIVE": "require"}
    session.run("python", "tests/fuzz_native.py", *(session.posargs or ["60"]), env=watched)


@nox.session
def bench(session: nox.Session) -> None:
    """Speed and error beside the other libraries; arguments go to benchmarks/run.py."""
    install_torch(session)
    session.install("-e", ".[bench]", *PINS)
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def examples(session: nox.Session) -> None:
    """The programs of examples/ in a quick size; arguments go to each of them. Soundfonts come by
    apt-get, where there is one that may install.
    """
    install_torch(session)
    session.install("-e", ".[examples]", *PINS)
    session.chdir("examples")
    missing = ("python", "-c", "import data; print(data.missing() or '')")
    if session.run(*missing, silent=True).strip():
        install_packages(session, session.run("python", "-c", "import data; print(data.PACKAGES)", silent=True).split())
    if reason := session.run(*missing, silent=True).strip():
        session.skip(reason)
    for program in sorted(Path().glob("*.py")):
        if "__main__" in program.read_text(encoding="utf-8"):
            session.run("python", str(program), "--quick", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Pictures of the recording that the repository ships, or of the file that is named:
    `nox -s demo -- my.wav`.
    """
    session.install("-e", ".[cli]", *PINS)
    audio = session.posargs or [str(ROOT / "tests" / "data" / "piano.flac")]
    session.run("nnaudio-xp", "plot", *audio, "--transform", "stft,logstft,mel,mfcc,cqt,vqt,cwt,ssq", "-o", "demo.png")
