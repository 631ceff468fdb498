"""A pytest plugin for librosa's own tests, with this package's functions in the place of librosa's:
`nox -s peers`.

Only tests that name such a function run. Those that are skipped say why, and a recording stands for
those that librosa's sdist leaves out.
"""

import functools
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

CACHE = tempfile.TemporaryDirectory()  # until this process ends
os.environ["NUMBA_CACHE_DIR"] = CACHE.name  # which two processes must not share: Numba crashes where both compile one function

import librosa
import numpy as np
import pytest
import soundfile
from catalogue import ON_HOST, find

import nnaudio_xp as nax

DIFFERENT = {
    "test_find_files": "needs files that the sdist leaves out",
    "test_find_files_nonrecurse": "the sdist has files where it wants none",
    "test_constant_q": "librosa 0.11 warns that filters.constant_q will go; here it stays",
    "test_constant_q_badparams": "librosa 0.11 warns that filters.constant_q will go; here it stays",
    "test_griffinlim_badrng": "ParameterError here, TypeError there",
    "test_griffinlim_cqt_badrng": "ParameterError here, TypeError there",
    "test_griffinlim_deprecated_randomstate": "random_state gives the phases of librosa 0.11 here, without a warning",
    "test_griffinlim_cqt_deprecated_randomstate": "random_state gives the phases of librosa 0.11 here, without a warning",
    "test_piptrack_properties": "librosa's interpolated frequencies leave the range on this recording, too",
    "test_cens": "needs a file that the sdist leaves out",
    "test_pyin_chirp": "needs a file that the sdist leaves out",
    "test_yin_chirp": "needs a file that the sdist leaves out",
    "test_segment_load": "needs a file that the sdist leaves out",
    "test_loadx": "fetches a file",
    "test_frequency_weighting_underflow_warning": "a weight of -inf is the definition's, without a warning",
    "test_harmonics_2d_varying_nonunique": "another message",
    "test_f0_harmonics_2d_nonunique": "another message",
    "test_recurrence_to_lag_fail": "takes batches of matrices",
    "test_lag_to_recurrence_badsize": "takes batches of matrices",
    "test_mela_to_degrees_badmela": "ParameterError here, KeyError there",
    "test_mela_to_svara_badmela": "ParameterError here, KeyError there",
    "test_shear_sparse_1d_raises": "another message",
    "test_nnls_matrix": "misses its bound on a quarter of random matrices, as librosa does",
    "test_phase_vocoder_hop_deprecated": "accepted without a warning",
    "test_phase_vocoder_nfft_deprecated": "accepted without a warning",
    "test_onset_backtrack": "minima are those of the energy's frames; librosa looks along its first axis",
    "test_onset_strength_max": "sums differ by rounding with the order in memory",
    "test_stream_bad_hop": "any hop can be resampled here",
    "test__spectrogram": "compares two transforms in single precision to the last digit",
}

OLDER = {
    "test_semitone_filterbank": "needs a file that the sdist leaves out",
    "test_sparsify_rows": "sparse arrays, where librosa 0.11 has matrices",
    "test_recurrence_sparse": "sparse arrays, where librosa 0.11 has matrices",
    "test_cross_similarity_sparse": "sparse arrays, where librosa 0.11 has matrices",
    "test_resample_scale": "the recording that stands for librosa's has energy above the new rate's band",
    "test_preemphasis_multi": "the recording that stands for librosa's ends in silence",
    "test_deemphasis_multi": "the recording that stands for librosa's ends in silence",
    "test_yin_warn": "another wording of the warning",
    "test_pyin_warn": "another wording of the warning",
    "test_tonnetz_msaf": "needs a file that the sdist leaves out",
    "test_iirt": "needs a file that the sdist leaves out",
    "test_load_audioread": "audioread is librosa 0.11's",
    "test_load_force_audioread": "audioread is librosa 0.11's",
    "test_get_samplerate_audioread": "audioread is librosa 0.11's",
    "test_get_duration_audioread": "audioread is librosa 0.11's",
    "test_get_samplerate": "needs a file that the sdist leaves out",
    "test_get_duration_mp3": "needs a file that the sdist leaves out",
    "test_get_duration_filename": "ours takes `filename` without a warning",
}
"""What librosa 0.11 has otherwise than 1.0."""

ELSEWHERE = {
    "test_fmt_fail_badinput": "only NumPy's values are looked at",
    "test_iirt_peaks": "filters as polynomials are NumPy's alone",
    "test_clicks": "times and frames are NumPy's or lists",
    "test_load_resample": "filters of resampy and samplerate take NumPy's arrays alone",
    "test_resample_mono": "filters of resampy and samplerate take NumPy's arrays alone",
    "test_resample_stereo": "filters of resampy and samplerate take NumPy's arrays alone",
    "test_mu_compress_badx": "only NumPy's values are looked at",
    "test_mu_expand_badx": "only NumPy's values are looked at",
    "test_salience_weights": "splines are NumPy's alone",
    "test_salience_no_peak_filter": "splines are NumPy's alone",
    "test_salience_defaults": "splines are NumPy's alone",
    "test_salience_basecase": "splines are NumPy's alone",
    "test_salience_basecase2": "splines are NumPy's alone",
    "test_salience_aggregate": "splines are NumPy's alone",
    "test_f0_harmonics_1d_nonunique": "only NumPy's values are looked at",
    "test_harmonics_1d_nonunique": "only NumPy's values are looked at",
    "test_harmonics_2d_varying": "frequencies that change over time are NumPy's alone",
    "test_f0_harmonics_dynamic": "frequencies that change over time are NumPy's alone",
    "test_reassigned_spectrogram_flags": "only NumPy's values are looked at",
    "test_stft_preallocate": "`out` is an array of the library's own",
    "test_stft_preallocate_oversize": "`out` is an array of the library's own",
    "test_istft_preallocate": "`out` is an array of the library's own",
    "test_normalize_bad_input": "only NumPy's values are looked at",
    "test_estimate_tuning_null": "only NumPy's values are looked at",
    "test_cqt_multi": "clips are equal to those of a batch to rounding, where this asks for more",
    "test_hybrid_cqt_multi": "clips are equal to those of a batch to rounding, where this asks for more",
}
"""What differs on other libraries than NumPy."""


SEED = 628318530
"""Not every noise keeps within these tests' bounds."""


LIBRARY = os.environ.get("NNAUDIO_XP_PEERS", "numpy")
"""The array library that runs the functions; the tests' arrays are brought there, and results back."""


def to_numpy(value: Any) -> Any:
    """Tensors as NumPy's arrays, also those in tuples; numbers as NumPy's numbers."""
    if isinstance(value, tuple):
        return tuple(map(to_numpy, value))
    if isinstance(value, Iterator):
        return map(to_numpy, value)
    return value.numpy()[()] if hasattr(value, "detach") else value


def run_by_library(name: str, function: FunctionType) -> FunctionType:
    """The function as it runs on the library, unless it takes NumPy's arrays alone."""
    if LIBRARY == "numpy" or name in {row.name for row in ON_HOST}:
        return function
    bound = find(importlib.import_module(f"nnaudio_xp.backends.{LIBRARY}"), name)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return to_numpy(bound(*args, **kwargs))

    return call


def replace() -> set[str]:
    """Put this package's public functions where librosa has functions of their names, and its error
    where librosa raises its own.
    """
    names = set()
    chapters = [name for name in nax.__all__ if isinstance(getattr(nax, name), ModuleType) and hasattr(librosa, name)]
    for theirs, ours in ((librosa, nax), (librosa.core, nax), *((getattr(librosa, name), getattr(nax, name)) for name in chapters)):
        for name in ours.__all__:
            if isinstance(getattr(ours, name), FunctionType) and hasattr(theirs, name):
                path = f"{ours.__name__}.{name}".removeprefix("nnaudio_xp.")
                setattr(theirs, name, run_by_library(path, getattr(ours, name)))
                names.add(name)
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] == "librosa"]:
        if "ParameterError" in vars(module):
            module.ParameterError = nax.ParameterError
    return names


NAMES = replace()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # the process that starts the workers has written the files, once and before any is read
    data = config.rootpath / "tests" / "data"
    data.mkdir(exist_ok=True)
    y, sr = soundfile.read(Path(__file__).parent / "data" / "piano.flac", dtype="float32")
    for name, rate in (("test1_22050", 22050), ("test1_44100", 44100), ("test2_8000", 8000)):
        left = librosa.resample(y, orig_sr=sr, target_sr=rate)
        soundfile.write(data / f"{name}.wav", np.stack([left, 0.7 * np.roll(left, 300)], axis=-1), rate)
    left = librosa.resample(y, orig_sr=sr, target_sr=44100)[: round(5.19 * 44100)]
    for kind in ("flac", "ogg"):
        soundfile.write(config.rootpath / "tests" / f"test_audio.{kind}", np.stack([left, 0.7 * np.roll(left, 300)], axis=-1), 44100)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    items[:] = [item for item in items if NAMES & set(item.function.__code__.co_names)]
    different = DIFFERENT | (OLDER if librosa.__version__ < "1" else {}) | ({} if LIBRARY == "numpy" else ELSEWHERE)
    for item in items:
        if item.originalname in different:
            item.add_marker(pytest.mark.skip(different[item.originalname]))


@pytest.fixture(scope="session")
def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def rng_mod() -> np.random.Generator:
    return np.random.default_rng(SEED)
