"""The native loops: a shared library that Python does not link to, so that one wheel serves every
Python of a platform.

Without a compiler the package is complete, and slower. NNAUDIO_XP_NATIVE=require makes a failed
build an error, NNAUDIO_XP_NATIVE=no builds nothing.
"""

import os
import shlex
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext

WANTED = os.environ.get("NNAUDIO_XP_NATIVE", "")
FOLDER = Path("backends", "_native")
OWN = shlex.split(os.environ.get("CXXFLAGS", ""))  # setuptools puts them first, where -O3 would have the last word
NO = ("exceptions", "math-errno", "rtti", "strict-aliasing")
OPTIONS = {
    "msvc": ["/O2", "/std:c++17"],
    # no contraction: bits must not depend on the compiler; no exceptions and run-time types: there is no C++ library to link to
    "unix": ["-O3", "-g0", *OWN, "-std=c++17", "-fvisibility=hidden", "-ffp-contract=off", *(f"-fno-{name}" for name in NO)],
}


class BuildLibrary(build_ext):
    """An extension that ctypes loads: named without Python's version, and with no function that
    Python calls.
    """

    def get_ext_filename(self, fullname):
        return os.path.join(*fullname.split(".")) + (".dll" if os.name == "nt" else ".so")

    def get_export_symbols(self, ext):
        return ext.export_symbols

    def build_extension(self, ext):
        ext.extra_compile_args = OPTIONS["msvc" if self.compiler.compiler_type == "msvc" else "unix"]
        super().build_extension(ext)


class PlatformWheel(bdist_wheel):
    """A wheel for any Python of one platform."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


def library():
    """What is built, with the files that it is made of."""
    parts = sorted(map(str, FOLDER.glob("*.inc")))
    # of "c": linked by the compiler of C, which adds no library of C++
    return Extension(
        "nnaudio_xp.backends._native._loops", [str(FOLDER / "loops.cpp")], language="c", depends=parts, optional=WANTED != "require"
    )


if WANTED == "no":
    setup()
else:
    setup(ext_modules=[library()], cmdclass={"build_ext": BuildLibrary, "bdist_wheel": PlatformWheel})
