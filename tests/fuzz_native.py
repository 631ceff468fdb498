"""Random calls of the native loops, for sanitizers to watch: `nox -s sanitize` runs it on a library built
with them. Results are compared with those of the loops in NumPy.
"""

import sys
import time

import numpy as np

import nnaudio_xp as nax
from nnaudio_xp import ops
from nnaudio_xp._namespace import host
from nnaudio_xp.backends.numpy import blocks
from nnaudio_xp.backends.numpy.spectra import spectra_adjoint
from nnaudio_xp.geometry import PAD_MODES, Framing

SIZES = [32, 36, 40, 56, 64, 112, 160, 250, 256, 400, 512, 882, 1000, 1024, 2048, 34, 33, 8]


def check(found: np.ndarray, expected: np.ndarray, what: object) -> None:
    """Raise unless both are the same to rounding."""
    if not np.allclose(found, expected, rtol=1e-4, atol=1e-5 * float(np.abs(expected).max(initial=0))):
        raise AssertionError(f"{what}: {np.abs(found - expected).max()} apart")


def memory(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise that ends where its memory ends, begins anywhere, and is a view in some way or other."""
    offset = int(rng.integers(0, 5))
    whole = rng.standard_normal(offset + int(np.prod(shape))).astype("float32")[offset:].reshape(shape)
    kind = rng.integers(0, 5)
    if kind == 0:
        return whole[..., ::-1]
    if kind == 1 and len(shape) > 1:
        return whole[::-1]
    if kind == 2 and len(shape) > 1:
        return np.broadcast_to(whole[:1], shape)
    if kind == 3:
        raw = np.empty(whole.nbytes + 1, "uint8")
        view = np.frombuffer(raw.data, "float32", whole.size, 1).reshape(shape)
        view[...] = whole
        return view
    return whole


def spectra(rng: np.random.Generator) -> None:
    n_fft, center = int(rng.choice(SIZES)), bool(rng.integers(0, 2))
    hop = int(rng.choice([1, 3, n_fft // 4 + 1, n_fft, 3 * n_fft, 2**40]))
    n = int(rng.integers(1 if center else n_fft, n_fft + 1 + min(20 * hop, 3 * n_fft)))
    framing = Framing(n_fft, hop, center, str(rng.choice(PAD_MODES)))
    x, window = memory(rng, [(n,), (3, n), (2, 2, n)][rng.integers(0, 3)]), memory(rng, (n_fft,))
    power = [None, 1, 2, 1.5][rng.integers(0, 4)]
    bank = None
    if power is not None and rng.integers(0, 2):
        bank = memory(rng, (int(rng.integers(1, 40)), framing.n_freqs)).copy()
        bank *= rng.random(bank.shape) < rng.choice([0.0, 0.02, 1.0])
    found = ops.spectra(x, window, framing, power=power, bank=bank, xp=host)
    with nax.set_native_loops(False):
        expected = ops.spectra(x, window, framing, power=power, bank=bank, xp=host)
    check(found, expected, (framing, n, power))
    if hop < 2**20:
        slopes(rng, x, window, framing, power, bank)


def slopes(
    rng: np.random.Generator, x: np.ndarray, window: np.ndarray, framing: Framing, power: float | None, bank: np.ndarray | None
) -> None:
    """The ways back from arrays of the same frames."""
    n_frames, n = framing.n_frames(x.shape[-1]), x.shape[-1]
    grad = memory(rng, (*x.shape[:-1], n_frames, framing.n_freqs if bank is None else len(bank)))
    if power is None:
        grad = grad + 1j * memory(rng, grad.shape)
    found = spectra_adjoint(grad, x, window, framing, power=power, bank=bank, xp=host)
    with nax.set_native_loops(False):
        check(found, spectra_adjoint(grad, x, window, framing, power=power, bank=bank, xp=host), ("slopes", framing, n, power))
    if power is not None or not n_frames:
        return
    window = 1 + abs(window)  # whose squares' sum is nowhere small
    spectra = [grad, np.ascontiguousarray(grad.mT).mT][rng.integers(0, 2)]
    found = ops.synthesis(spectra, window, framing, n, xp=host)
    steps = {"n_iter": 2, "momentum": 0.5, "length": n, "xp": host}
    stepped = ops.griffinlim(abs(spectra), np.ones_like(spectra), window, framing, **steps)
    with nax.set_native_loops(False):
        check(found, ops.synthesis(spectra, window, framing, n, xp=host), ("synthesis", framing, n))
        check(stepped, ops.griffinlim(abs(spectra), np.ones_like(spectra), window, framing, **steps), ("griffinlim", framing, n))


def best_path(rng: np.random.Generator) -> None:
    """Viterbi's algorithm, with ties."""
    clips, n_times, n_states = (int(rng.integers(1, most)) for most in (4, 30, 20))
    scores = np.round(memory(rng, (clips, n_times, n_states)))
    start, steps = np.round(memory(rng, (1, n_states))), np.round(memory(rng, (1, n_states, n_states)))
    steps = np.where(rng.random(steps.shape) < rng.choice([0.0, 0.8]), -np.inf, steps).astype("float32")
    runs = ops.steps_in_use(steps, xp=host)
    found = ops.best_path(scores, start, steps, runs, xp=host)
    with nax.set_native_loops(False):
        expected = ops.best_path(scores, start, steps, runs, xp=host)
    if not all(map(np.array_equal, found, expected)):
        raise AssertionError(f"{n_times} times, {n_states} states: another path")


def decibels(rng: np.random.Generator) -> None:
    """Levels of a few clips, with numbers among them that are none."""
    powers = memory(rng, [(n := int(rng.integers(1, 40)),), (3, n), (2, 5, n)][rng.integers(0, 3)]) ** 2
    if rng.integers(0, 2):
        powers = np.ascontiguousarray(powers.T).T
    if rng.integers(0, 2):
        powers.flat[rng.integers(powers.size)] = rng.choice([0.0, np.inf, np.nan])
    options = {"amin": float(rng.choice([1e-10, 1e-40])), "top_db": [None, 20.0][rng.integers(0, 2)]}
    found = nax.power_to_db(powers, **options)
    with nax.set_native_loops(False):
        expected = nax.power_to_db(powers, **options)
    if not np.allclose(found, expected, rtol=1e-5, atol=1e-5, equal_nan=True):
        raise AssertionError(f"{powers.shape}, {options}: other decibels")


def main(seconds: float) -> None:
    """Call them for so many seconds."""
    blocks._MOST_KEPT = 0  # scratch is as long as it must be, and no longer
    end, seed = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        spectra(np.random.default_rng(seed))
        best_path(np.random.default_rng(seed))
        decibels(np.random.default_rng(seed))
        seed += 1
    sys.stdout.write(f"{seed} calls on {nax.get_native_loops()}\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))
