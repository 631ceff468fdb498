"""This package under librosa's name: one copy of everything, and the import system as it was
afterwards. Each program runs in a process of its own.
"""

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.once

needs_librosa = pytest.mark.skipif(find_spec("librosa") is None, reason="librosa is not installed")
HEAD = """
import importlib, importlib.util, pickle, sys, types
import numpy as np
import nnaudio_xp as nax
from nnaudio_xp.compat import install_librosa

def raised(program):
    try:
        exec(program, {})
    except Exception as error:
        return error

def under_librosas_name():
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "librosa"}
"""


def run(program, *, folder):
    result = subprocess.run([sys.executable, "-c", HEAD + program], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "program",
    [
        "import librosa; assert librosa.util is nax.util and librosa.feature is nax.feature and librosa.filters is nax.filters",
        "import librosa.util; assert librosa.util is nax.util",
        "import librosa.util.utils; assert librosa.util.utils is nax.util",
        "import librosa.feature.inverse; assert librosa.feature.inverse is nax.feature.inverse",
        "import librosa.feature.spectral as found; assert found.mfcc is nax.feature.mfcc",
        "import librosa; assert librosa.util.exceptions.ParameterError is nax.ParameterError",
        "from librosa.util.exceptions import LibrosaError; assert LibrosaError is nax.ParameterError",
        "import librosa; assert librosa.LibrosaError is librosa.ParameterError is nax.ParameterError",
        "from librosa import util; assert util is nax.util",
        "from librosa.util import normalize; assert normalize is nax.util.normalize",
        "from librosa.core import stft; assert stft is nax.stft",
        "from librosa.core.spectrum import power_to_db; assert power_to_db is nax.power_to_db",
        "from librosa.core.spectrum import _spectrogram; assert _spectrogram(y=np.ones(4096))[0].shape == (1025, 9)",
        "from librosa.core.spectrum import _spectrogram; assert _spectrogram(S=np.ones((5, 2)))[1] == 8",
        "from librosa.filters import mel_frequencies; assert mel_frequencies is nax.mel_frequencies",
        "import librosa.core.constantq as found; assert found.cqt is nax.cqt",
        "import librosa; assert librosa.core.pitch.piptrack is nax.piptrack",
        "from librosa import *; assert stft is nax.stft and core.convert.hz_to_mel is nax.hz_to_mel",
        "import librosa; assert pickle.loads(pickle.dumps(librosa.cqt)) is nax.cqt",
        "import librosa; assert librosa.__version__ == '1.0.0'",
        "import librosa; assert importlib.reload(librosa) is librosa is sys.modules['librosa']",
        "import librosa; assert importlib.reload(librosa.util) is nax.util; assert librosa.util.normalize is nax.util.normalize",
        "del sys.modules['librosa.util']; import librosa.util; assert librosa.util is nax.util",
        "assert importlib.util.find_spec('librosa').name == 'librosa'",
        "import librosa; nax.__dict__['stft'] = 'later'; assert librosa.stft == librosa.core.stft == 'later'",
        "import librosa; librosa.set_num_threads(3); assert nax.get_num_threads() == 3",
    ],
)
def test_everything_is_this_packages_own(program, tmp_path):
    run(
        f"""
install_librosa()
{program}
loaded = {{module for module in sys.modules.values() if type(module) is types.ModuleType}}
files = [module.__file__ for module in loaded if str(getattr(module, "__file__", None)).startswith(nax.__path__[0])]
assert len(files) == len(set(files)) > 20, "a module is there twice"
""",
        folder=tmp_path,
    )


def test_what_is_missing_is_said_plainly(tmp_path):
    run(
        """
install_librosa()
for program, kind, message in [
    ("import librosa.version", ModuleNotFoundError, "librosa is nnaudio_xp here, which has no librosa.version"),
    ("import librosa.util.frames", ModuleNotFoundError, "librosa is nnaudio_xp here, which has no librosa.util.frames"),
    ("import librosa; librosa.version", AttributeError, "librosa is nnaudio_xp here, which has no 'version'"),
    ("import librosa; librosa.core.loadx", AttributeError, "librosa.core is nnaudio_xp here, which has no 'loadx'"),
    ("import librosa; librosa.backends", AttributeError, "librosa is nnaudio_xp here, which has no 'backends'"),
    ("from librosa import version", ImportError, "cannot import name 'version' from 'librosa'"),
]:
    error = raised(program)
    assert type(error) is kind and message in str(error), repr(error)
assert "nnaudio_xp.util.frames" in sys.modules and "librosa.util.frames" not in sys.modules
""",
        folder=tmp_path,
    )


def test_after_the_block_all_is_as_before(tmp_path):
    run(
        """
nax.util, nax.feature, nax.filters
before = [dict(vars(module)) for module in (nax.util, nax.feature, nax.filters)]
finders = list(sys.meta_path)
with install_librosa():
    import librosa.util.exceptions
    with install_librosa():
        import librosa
        inner = librosa
    import librosa
    assert librosa.stft is inner.stft is nax.stft and librosa is not inner
assert [dict(vars(module)) for module in (nax.util, nax.feature, nax.filters)] == before
assert (sys.meta_path, under_librosas_name()) == (finders, {})

first, second = install_librosa(), install_librosa()
first.uninstall()
import librosa
assert librosa.stft is nax.stft
second.uninstall()
second.uninstall()
assert (sys.meta_path, under_librosas_name()) == (finders, {})
""",
        folder=tmp_path,
    )


def test_without_librosa_there_is_nothing_to_fall_back_on(tmp_path):
    run(
        """
sys.modules["librosa"] = None
with install_librosa(fallback=True):
    import librosa
    assert librosa.util is nax.util and librosa.__version__ == "1.0.0"
    assert isinstance(raised("import librosa.version"), ModuleNotFoundError)
assert under_librosas_name() == {"librosa": None}
""",
        folder=tmp_path,
    )


def test_a_broken_librosa_is_no_installation(tmp_path):
    (tmp_path / "librosa.py").write_text("import a_missing_part_of_librosa", encoding="utf-8")
    run(
        """
finders = list(sys.meta_path)
error = raised("import nnaudio_xp.compat; nnaudio_xp.compat.install_librosa(fallback=True)")
assert isinstance(error, ModuleNotFoundError) and error.name == "a_missing_part_of_librosa"
assert (sys.meta_path, under_librosas_name()) == (finders, {})
""",
        folder=tmp_path,
    )


@needs_librosa
def test_what_is_missing_comes_from_librosa_whose_functions_call_each_other(tmp_path):
    run(
        """
y = np.random.default_rng(0).standard_normal(22050)
with install_librosa(fallback=True):
    import librosa
    import librosa.display
    from librosa.core.spectrum import stft
    from librosa.effects import _signal_to_frame_nonsilent
    assert librosa.stft is stft is librosa.core.stft is nax.stft
    assert librosa.util.normalize is nax.util.normalize and librosa.feature.inverse.mel_to_stft is nax.feature.inverse.mel_to_stft
    assert librosa.util.exceptions.LibrosaError is nax.ParameterError
    assert librosa.effects.core.stft is not stft and _signal_to_frame_nonsilent.__globals__["core"] is librosa.effects.core
    assert librosa.effects.harmonic(y).shape == y.shape
    assert librosa.feature.tempogram(y=y).shape == (384, 44)
    for function in (librosa.to_mono, librosa.stft):
        assert pickle.loads(pickle.dumps(function)) is function
    for name in ("ParameterError", "LibrosaError"):
        error = raised("import librosa, numpy; librosa.effects.time_stretch(numpy.zeros(9), rate=-1)")
        assert isinstance(error, getattr(librosa, name)), type(error)
    release = librosa.__version__
    with install_librosa():
        assert isinstance(raised("import librosa.version"), ModuleNotFoundError)
    from librosa import version
import librosa
assert librosa.version is version and librosa.__version__ == release
assert librosa.stft is not nax.stft and not issubclass(librosa.ParameterError, nax.ParameterError)
""",
        folder=tmp_path,
    )


@needs_librosa
def test_who_imported_librosa_before_keeps_it(tmp_path):
    run(
        """
import librosa as before
with install_librosa():
    import librosa
    assert librosa.stft is nax.stft
    assert before.stft is not nax.stft and before.stft.__module__ == "librosa.core.spectrum"
    assert before.feature.mfcc(y=np.random.default_rng(0).standard_normal(22050)).shape == (20, 44)
    assert before.util.exceptions.ParameterError is not nax.ParameterError
import librosa
assert librosa is before
""",
        folder=tmp_path,
    )
