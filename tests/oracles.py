"""The definitions in float64: sums as they are written in a book, loops where a book says "for
every", nothing that is fast.

They share no code with what they judge. Signals are (..., n), spectrograms (..., frequency, time).
"""

import cmath
import itertools
import math
from collections.abc import Callable

import numpy as np
import scipy.signal

Array = np.ndarray


# --- padding, frames, windows ---------------------------------------------------------------------


def pad(x: Array, before: int, after: int, mode: str) -> Array:
    """Samples -before … n + after - 1 of a signal that goes on by the mode's rule."""
    n = x.shape[-1]
    samples = []
    for position in range(-before, n + after):
        distance = max(-position, position - (n - 1), 0)
        nearest = min(max(position, 0), n - 1)
        if distance and mode in ("constant", "empty"):
            samples.append(0 * x[..., 0])
        elif mode == "linear_ramp":
            samples.append(x[..., nearest] * (1 - distance / max(before if position < 0 else after, 1)))
        elif mode == "edge":
            samples.append(x[..., nearest])
        else:
            samples.append(x[..., mirrored(position, n, repeat=mode == "symmetric")])
    return np.stack(samples, axis=-1)


def mirrored(position: int, n: int, *, repeat: bool) -> int:
    """Where a ray ends that starts at a position and is thrown back by mirrors on the end samples,
    or just outside them (`repeat`).
    """
    if n == 1:
        return 0
    while not 0 <= position < n:
        position = -position - repeat if position < 0 else 2 * (n - 1) - position + repeat
    return position


def frames(x: Array, length: int, hop_length: int) -> Array:
    """Frames (..., time, length)."""
    return np.stack([x[..., start : start + length] for start in range(0, x.shape[-1] - length + 1, hop_length)], axis=-2)


def window_samples(window: object, win_length: int, n_fft: int) -> Array:
    """SciPy's periodic window, or the samples that were given, with zeros on both sides; the odd
    one behind.
    """
    samples = np.asarray(window, dtype=np.float64) if isinstance(window, (list, Array)) else scipy.signal.get_window(window, win_length)
    before = (n_fft - win_length) // 2
    return np.concatenate([np.zeros(before), samples, np.zeros(n_fft - win_length - before)])


def window_sum(samples: Array, n_frames: int, hop_length: int) -> Array:
    total = np.zeros(len(samples) + hop_length * (n_frames - 1))
    for t in range(n_frames):
        total[t * hop_length : t * hop_length + len(samples)] += samples**2
    return total


# --- Fourier --------------------------------------------------------------------------------------


def stft(
    y: Array,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: object = "hann",
    center: bool = True,
    pad_mode: str = "constant",
    sr: float = 22050,
    **scale: object,
) -> Array:
    """X[k, t] = sum over n of w[n] y[t H + n] exp(-2 pi i f_k n / sr), where f_k is k sr / n_fft
    unless a scale says otherwise.
    """
    y = np.asarray(y, dtype=np.float64)
    padded = pad(y, n_fft // 2, n_fft // 2, pad_mode) if center else y
    width = win_length or n_fft
    windowed = frames(padded, n_fft, hop_length or max(1, width // 4)) * window_samples(window, width, n_fft)
    if scale:
        turns = [[hertz / sr * n % 1 for n in range(n_fft)] for hertz in frequencies(n_fft=n_fft, **scale)]
    else:
        turns = [[k * n % n_fft / n_fft for n in range(n_fft)] for k in range(1 + n_fft // 2)]
    waves = np.array([[cmath.exp(-2j * math.pi * turn) for turn in row] for row in turns])
    return np.einsum("...tn,kn->...kt", windowed, waves)


def frequencies(*, n_fft: int, freq_scale: str, fmin: float, fmax: float, freq_bins: int | None = None) -> list[float]:
    """Steps from fmin to fmax in Hz, equal in difference ('linear') or in ratio ('log'); fmax
    itself is the first one left out.
    """
    count = freq_bins or 1 + n_fft // 2
    if freq_scale == "linear":
        return [fmin + (fmax - fmin) * k / count for k in range(count)]
    return [math.exp(math.log(fmin) + (math.log(fmax) - math.log(fmin)) * k / count) for k in range(count)]


def istft(
    spectrum: Array,
    *,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: object = "hann",
    center: bool = True,
    length: int | None = None,
) -> Array:
    """Inverse DFT of every frame, times the window, laid on one another; over the window's squares
    where those are not zero.
    """
    n_fft = n_fft or 2 * (spectrum.shape[-2] - 1)
    width = win_length or n_fft
    hop_length = hop_length or max(1, width // 4)
    samples = window_samples(window, width, n_fft)
    n_frames = spectrum.shape[-1]
    total = np.zeros((*spectrum.shape[:-2], n_fft + hop_length * (n_frames - 1)))
    for t in range(n_frames):
        total[..., t * hop_length : t * hop_length + n_fft] += inverse_dft(spectrum[..., t], n_fft) * samples
    weight = window_sum(samples, n_frames, hop_length)
    total /= np.where(weight > 0, weight, 1)
    padding = n_fft // 2 if center else 0
    wanted = total.shape[-1] - 2 * padding if length is None else length
    kept = total[..., padding : padding + wanted]
    return np.concatenate([kept, np.zeros((*kept.shape[:-1], wanted - kept.shape[-1]))], axis=-1)


def inverse_dft(bins: Array, n_fft: int) -> Array:
    """x[n] = 1 / N sum over k of X[k] exp(2 pi i k n / N), the upper half of X being the lower one
    mirrored and conjugated.
    """
    signal = np.zeros((*bins.shape[:-1], n_fft))
    for k in range(n_fft):
        value = bins[..., k] if k <= n_fft // 2 else bins[..., n_fft - k].conj()
        value = value.real if 2 * k % n_fft == 0 else value  # what must be real is taken so
        wave = np.array([cmath.exp(2j * math.pi * (k * n % n_fft) / n_fft) for n in range(n_fft)])
        signal += (value[..., None] * wave).real / n_fft
    return signal


def griffinlim(
    S: Array,
    phases: Array,
    *,
    n_iter: int,
    momentum: float = 0.99,
    length: int | None = None,
    pad_mode: str = "constant",
    n_fft: int | None = None,
    **options: object,
) -> Array:
    """Each pass: R = stft(istft(A)); A = S times the phases of R - m / (1 + m) R_last."""
    estimate, last = S * phases, 0.0
    options["n_fft"] = n_fft or 2 * (S.shape[-2] - 1)
    for _ in range(n_iter):
        rebuilt = stft(istft(estimate, length=length, **options), pad_mode=pad_mode, **options)
        ahead = rebuilt - momentum / (1 + momentum) * last
        last = rebuilt
        size = np.abs(ahead)
        estimate = S * np.where(size > 0, ahead / np.where(size > 0, size, 1), 0)
    return istft(estimate, length=length, **options)


# --- mel, decibels, cepstrum ----------------------------------------------------------------------


def hz_to_mel(hertz: float, *, htk: bool) -> float:
    if htk:
        return 2595 * math.log10(1 + hertz / 700)
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def mel_to_hz(mel: float, *, htk: bool) -> float:
    if htk:
        return 700 * (10 ** (mel / 2595) - 1)
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


def mel_bank(
    *,
    sr: float,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = "slaney",
) -> Array:
    """Band b is a triangle over mel points b, b + 1 and b + 2, which are evenly spaced from fmin to
    fmax.
    """
    fmax = sr / 2 if fmax is None else fmax
    low, high = hz_to_mel(fmin, htk=htk), hz_to_mel(fmax, htk=htk)
    points = [fmin, *(mel_to_hz(low + (high - low) * i / (n_mels + 1), htk=htk) for i in range(1, n_mels + 1)), fmax]
    bank = np.zeros((n_mels, 1 + n_fft // 2))
    for band in range(n_mels):
        left, peak, right = points[band : band + 3]
        for k in range(1 + n_fft // 2):
            hertz = k * sr / n_fft
            if left < hertz < right:
                bank[band, k] = (hertz - left) / (peak - left) if hertz < peak else (right - hertz) / (right - peak)
        if norm == "slaney":
            bank[band] *= 2 / (right - left)
        elif norm is not None:
            bank[band] = scaled(bank[band], norm)
    return bank


def gammatone_frequencies(*, n_bins: int, fmin: float, fmax: float, htk: bool = False) -> list[float]:
    """n_bins steps from fmin to fmax, of which fmax is left out: even in ERBs, f = (exp(e /
    9.26449) - 1) * 24.7 * 9.26449, or mel.
    """
    ear = 24.7 * 9.26449
    if htk:
        low, high = hz_to_mel(fmin, htk=True), hz_to_mel(fmax, htk=True)
        return [mel_to_hz(low + (high - low) * i / n_bins, htk=True) for i in range(n_bins)]
    low, high = (9.26449 * math.log(1 + f / ear) for f in (fmin, fmax))
    return [(math.exp((low + (high - low) * i / n_bins) / 9.26449) - 1) * ear for i in range(n_bins)]


def gammatone_bank(
    *, sr: float, n_fft: int, n_bins: int, fmin: float = 20.0, fmax: float | None = None, htk: bool = False, norm: str | float | None = 1
) -> Array:
    """Slaney's four sections (z² - z_s z) / (z² - 2 r cos(theta) z + r²), one after the other, over
    what they give at the centre.
    """
    centres = gammatone_frequencies(n_bins=n_bins, fmin=fmin, fmax=fmax or sr / 2, htk=htk)
    bank = np.zeros((n_bins, 1 + n_fft // 2))
    for band, centre in enumerate(centres):
        b, theta = 1.019 * (24.7 + centre / 9.26449), 2 * math.pi * centre / sr
        r = math.exp(-2 * math.pi * b / sr)
        slants = [sign * math.sqrt(3 + inner * 2**1.5) for sign in (1, -1) for inner in (1, -1)]

        def gain(hertz: float, r: float = r, theta: float = theta, slants: list[float] = slants) -> float:
            z, total = cmath.exp(2j * math.pi * hertz / sr), 1.0
            for slant in slants:
                zero = r * (math.cos(theta) + slant * math.sin(theta))
                total *= abs((z * z - zero * z) / (z * z - 2 * r * math.cos(theta) * z + r * r))
            return total

        at_centre = gain(centre) * {1: n_fft, "slaney": math.pi * b / 2}.get(norm, 1)  # type: ignore[call-overload]
        bank[band] = [gain(k * sr / n_fft) / at_centre for k in range(1 + n_fft // 2)]
    return bank


def gammatone_filterbank(
    y: Array, *, sr: float, n_bins: int, fmin: float, fmax: float | None = None, htk: bool = False, order: int = 4
) -> Array:
    """x[n] = sum over m of h[m] y[n - m], h[m] = t**(order - 1) exp(-2 pi b t) cos(2 pi f t) at t =
    m / sr, of unit gain at f.
    """
    n = y.shape[-1]
    t = np.arange(max(n, round(0.5 * sr))) / sr
    rows = []
    for f in gammatone_frequencies(n_bins=n_bins, fmin=fmin, fmax=fmax or sr / 2, htk=htk):
        b = 1.019 * (24.7 + f / 9.26449)
        h = t ** (order - 1) * np.exp(-2 * np.pi * b * t) * np.cos(2 * np.pi * f * t)
        h /= abs(np.sum(h * np.exp(-2j * np.pi * f * t)))
        rows.append(sum((h[m] * np.concatenate([0 * y[..., :m], y[..., : n - m]], axis=-1) for m in range(1, n)), h[0] * y))
    return np.stack(rows, axis=-2)


def scaled(values: Array, norm: float, *, threshold: float = np.finfo(np.float64).tiny, fill: bool | None = None) -> Array:
    """A vector over its norm; one whose norm is below the threshold stays, is silenced, or is
    filled to unit norm.
    """
    length = vector_norm(values, norm)
    if length >= threshold:
        return values / length
    return values if fill is None else np.full(len(values), fill / vector_norm(np.ones(len(values)), norm), values.dtype)


def vector_norm(values: Array, norm: float) -> float:
    sizes = [abs(value) for value in values]
    if math.isinf(norm):
        return max(sizes) if norm > 0 else min(sizes)
    return math.fsum(size**norm for size in sizes) ** (1 / norm) if norm else sum(size > 0 for size in sizes)


def decibels(S: Array, *, ref: float | Callable[[Array], float] = 1.0, amin: float = 1e-10, top_db: float | None = 80.0) -> Array:
    """10 log10 of a power over a reference, one clip (the last two axes) at a time."""
    levels = np.zeros(S.shape)
    for clip in np.ndindex(S.shape[:-2]):
        zero = ref(S[clip]) if callable(ref) else ref
        levels[clip] = [[10 * math.log10(max(value, amin)) - 10 * math.log10(max(abs(zero), amin)) for value in row] for row in S[clip]]
        if top_db is not None:
            levels[clip] = np.maximum(levels[clip], levels[clip].max() - top_db)
    return levels


def dct(x: Array, *, dct_type: int, norm: str | None) -> Array:
    """SciPy's definitions along the axis of the bands (the last but one)."""
    n = x.shape[-2]
    matrix = np.array([[_cosine(dct_type, norm, n, k, m) for m in range(n)] for k in range(n)])
    return np.einsum("km,...mt->...kt", matrix, x)


def _cosine(dct_type: int, norm: str | None, n: int, k: int, m: int) -> float:
    """What sample m gives to coefficient k."""
    if dct_type == 1:
        entry = math.cos(math.pi * k * m / (n - 1)) * (1 if m in (0, n - 1) else 2)
    elif dct_type == 2:
        entry = 2 * math.cos(math.pi * k * (2 * m + 1) / (2 * n))
    elif dct_type == 3:
        entry = 2 * math.cos(math.pi * (2 * k + 1) * m / (2 * n)) if m else 1
    else:
        entry = 2 * math.cos(math.pi * (2 * k + 1) * (2 * m + 1) / (4 * n))
    period = 2 * (n - 1) if dct_type == 1 else 2 * n
    if norm == "forward":
        return entry / period
    if norm == "ortho":
        ends = (0, n - 1) if dct_type == 1 else (0,)
        entry *= math.sqrt(2) if dct_type in (1, 3) and m in ends else 1
        entry *= math.sqrt(0.5) if dct_type in (1, 2) and k in ends else 1
        return entry / math.sqrt(period)
    return entry


def mfcc(S_db: Array, *, n_mfcc: int, dct_type: int = 2, norm: str | None = "ortho", lifter: float = 0) -> Array:
    coefficients = dct(S_db, dct_type=dct_type, norm=norm)[..., :n_mfcc, :]
    for n in range(coefficients.shape[-2] if lifter else 0):
        coefficients[..., n, :] *= 1 + lifter / 2 * math.sin(math.pi * (n + 1) / lifter)
    return coefficients


# --- constant-Q -----------------------------------------------------------------------------------


def local_ratio(freqs: list[float], k: int) -> float:
    """The ratio of neighbouring frequencies around bin k: the geometric mean of both sides, or the
    only one.
    """
    low, high = max(k - 1, 0), min(k + 1, len(freqs) - 1)
    return (freqs[high] / freqs[low]) ** (1 / (high - low))


def wavelets(
    freqs: list[float],
    *,
    sr: float,
    window: object = "hann",
    filter_scale: float = 1,
    gamma: float | None = 0,
    norm: float | None = 1,
    lengths: str = "librosa",
) -> tuple[list[Array], list[float], list[int]]:
    """Atoms, their lengths L = Q sr / (f + gamma / alpha), and the time of their first sample.
    nnAudio's norm 0 is none.
    """
    norm = norm or None if lengths == "nnaudio" else norm
    atoms, sizes, starts = [], [], []
    for k, hertz in enumerate(freqs):
        ratio = local_ratio(freqs, k)
        alpha = ratio - 1 if lengths == "nnaudio" else (ratio**2 - 1) / (ratio**2 + 1)
        offset = 24.7 * alpha / 0.108 if gamma is None else gamma
        size = filter_scale / alpha * sr / (hertz + offset / alpha)
        size = math.ceil(size) if lengths == "nnaudio" else size
        times = range(math.floor(-size / 2), math.floor(size / 2))
        samples = scipy.signal.get_window(window, len(times)) * np.array([cmath.exp(2j * math.pi * hertz / sr * t) for t in times])
        if norm is not None:
            samples = scaled(samples, norm)
        elif lengths == "nnaudio":
            samples = samples / size
        atoms.append(samples)
        sizes.append(size)
        starts.append(times[0])
    return atoms, sizes, starts


def resampled(x: Array, up: int, down: int, h: Array) -> Array:
    """y[m] = up * sum over n of h[down m - up n] x[n], the middle of h being h[0]."""
    half = len(h) // 2
    y = np.zeros((*x.shape[:-1], -(-x.shape[-1] * up // down)))
    for m in range(y.shape[-1]):
        for n in range(x.shape[-1]):
            if abs(k := down * m - up * n) <= half:
                y[..., m] += up * h[half + k] * x[..., n]
    return y


def pitch_tuning(hertz: Array, *, resolution: float = 0.01, bins_per_octave: int = 12) -> float:
    """The left edge of the fullest bin of deviations from equal temperament, the lowest of
    several.
    """
    bins = [bins_per_octave * math.log2(f / 440) for f in hertz if f > 0]
    deviations = [b - round(b) if b - math.floor(b) != 0.5 else -0.5 for b in bins]
    edges = np.linspace(-0.5, 0.5, math.ceil(1 / resolution) + 1)
    counts = [sum(low <= d < high for d in deviations) for low, high in itertools.pairwise(edges)]
    return float(edges[int(np.argmax(counts))]) if bins else 0.0


def vqt(
    y: Array,
    *,
    sr: float,
    hop_length: int,
    fmin: float,
    n_bins: int,
    bins_per_octave: int = 12,
    pad_mode: str = "constant",
    scale: bool = True,
    **shape: object,
) -> Array:
    """C[k, t] = sum over n of y[t hop_length + n] conj(a_k[n]), times the root of the atom's length
    if `scale`.
    """
    freqs = [fmin * 2 ** (k / bins_per_octave) for k in range(n_bins)]
    atoms, sizes, starts = wavelets(freqs, sr=sr, **shape)
    reach = max(len(atom) for atom in atoms)
    padded = pad(y.astype(np.float64), reach, reach, pad_mode)
    n_frames = 1 + y.shape[-1] // hop_length
    rows = []
    for atom, size, start in zip(atoms, sizes, starts, strict=True):
        first = reach + start
        pieces = [padded[..., first + t * hop_length :][..., : len(atom)] for t in range(n_frames)]
        rows.append(np.stack(pieces, axis=-2) @ atom.conj() * (math.sqrt(size) if scale else 1))
    return np.stack(rows, axis=-2)


# --- nonstationary Gabor frames -------------------------------------------------------------------


def gabor_atom(
    row: int,
    n: int,
    *,
    window: Callable[[float], float],
    sr: float,
    fmin: float,
    n_bins: int,
    bins_per_octave: int,
    gamma: float,
) -> Array:
    """The n samples of the atom of a row at time 0: a sum of complex sinusoids, weighted by the
    row's window.
    """
    alpha = (4 ** (1 / bins_per_octave) - 1) / (4 ** (1 / bins_per_octave) + 1)
    lowest, step = fmin / 2 ** (1 / bins_per_octave), 1 / bins_per_octave
    top_step = min(step, math.log2(sr / 2 / (fmin * 2 ** ((n_bins - 1) * step))))  # no neighbour lies above the Nyquist frequency
    is_first, is_last = row == 0, row == n_bins + 1
    centre = lowest * 2 ** (row * step) if not is_last else lowest * 2 ** (n_bins * step + top_step)
    atom = np.zeros(n, complex)
    for j in range(-n, 2 * n):
        frequency = j * sr / n
        if is_first:
            frequency = abs(frequency)
        if is_last:
            frequency = sr / 2 - abs(frequency - sr / 2)
        quotient = (frequency + gamma / alpha) / (centre + gamma / alpha)
        octaves = math.log2(quotient) if quotient > 0 else -math.inf
        if octaves < 0:
            place = 0.0 if is_first else octaves / (top_step if is_last else step)
        else:
            place = 0.0 if is_last else octaves / (top_step if row == n_bins else step)
        if abs(place) < 1 - 1e-9:
            size = math.sqrt(2) if is_first or is_last else 2.0
            atom += window(place) * size / n * np.exp(2j * np.pi * (np.arange(n) * j % n) / n)
    return atom


def nsgt(y: Array, *, n_frames: int, hop_length: int, **options) -> Array:
    """Inner products of the signal, zero-padded to whole frames, with atoms shifted around the
    circle.
    """
    n = n_frames * hop_length
    y = np.concatenate([y, np.zeros((*y.shape[:-1], n - y.shape[-1]))], axis=-1)
    atoms = [gabor_atom(row, n, **options) for row in range(options["n_bins"] + 2)]
    rows = [np.stack([y @ np.roll(atom, t * hop_length).conj() for t in range(n_frames)], axis=-1) for atom in atoms]
    return np.stack(rows, axis=-2)


def mother(name: str, *parameters: float) -> Callable[[Array], Array]:
    """A wavelet of unit energy, as a function of time: as books write it, or, where it has only a
    spectrum, the inverse Fourier integral of that.
    """
    if name == "morlet":
        mu, sigma = (*parameters, *(6.0, 1.0)[len(parameters) :])
        shape = lambda t: np.exp(-((t / sigma) ** 2) / 2) * (np.exp(1j * mu * t) - math.exp(-((mu * sigma) ** 2) / 2))  # noqa: E731
        t = np.linspace(-12 * sigma, 12 * sigma, 20001)
        return lambda times: shape(times) / math.sqrt(np.sum(np.abs(shape(t)) ** 2) * (t[1] - t[0]))
    if name == "ricker":
        return lambda t: 2 / (math.sqrt(3) * math.pi**0.25) * (1 - t**2) * np.exp(-(t**2) / 2)
    if name == "dog":
        (m,) = parameters
        hermite = np.polynomial.hermite_e.HermiteE.basis(int(m))  # (-1)^m times the derivative over the Gaussian
        return lambda t: -hermite(t) * np.exp(-(t**2) / 2) / math.sqrt(math.gamma(m + 0.5))
    if name == "paul":
        (m,) = parameters
        return lambda t: 2**m * math.factorial(m) / math.sqrt(math.pi * math.factorial(2 * m)) * (1 - 1j * t) ** -(m + 1)
    if name == "morse":
        gamma, beta = parameters
        omega = np.linspace(1e-9, 60 ** (1 / gamma) + 2 * (beta / gamma) ** (1 / gamma), 20001)
        spectrum = np.exp(beta * np.log(omega) - omega**gamma)
    else:
        mu, sigma = parameters
        x = np.linspace(-1, 1, 20003)[1:-1]
        omega, spectrum = mu + sigma * x, np.exp(-1 / (1 - x**2))
    step = (omega[-1] - omega[0]) / (omega.size - 1)
    spectrum /= math.sqrt(np.sum(spectrum**2) * step / (2 * math.pi))  # Parseval

    def integral(t: Array) -> Array:
        """At equally spaced times, each a coarse one and a fine one together: far fewer exponentials."""
        assert np.allclose(np.diff(t), (t[-1] - t[0]) / (t.size - 1))
        coarse, fine = (np.exp(1j * np.outer(part, omega)) for part in (t[::64], t[:64] - t[0]))
        return ((coarse * spectrum) @ fine.T).reshape(-1)[: t.size] * (step / (2 * math.pi))

    return integral


def cwt(
    y: Array,
    psi: Callable[[Array], Array],
    scales: list[float],
    *,
    reach: float,
    hop_length: int = 1,
    norm: str = "l1",
    pad_mode: str = "constant",
    margin: int | None = None,
) -> Array:
    """Inner products of a padded signal with a wavelet around every `hop_length`-th sample, as far as it
    reaches, in scales.
    """
    margin = math.ceil(reach * max(scales)) if margin is None else margin
    padded = pad(y, margin, margin, pad_mode)
    rows = []
    for scale in scales:
        far = min(math.ceil(reach * scale), margin)
        atom = np.conj(psi(np.arange(-far, far + 1) / scale)) / (scale if norm == "l1" else math.sqrt(scale))
        rows.append([padded[margin + n - far : margin + n + far + 1] @ atom for n in range(0, len(y), hop_length)])
    return np.asarray(rows)


def admissibility(psi: Callable[[Array], Array], reach: float) -> float:
    """Half the integral of an analytic wavelet's spectrum over the logarithm of the frequency."""
    t, omega = np.linspace(-reach, reach, 4001), np.exp(np.linspace(-9, 4, 3001))
    spectrum = (np.exp(-1j * np.outer(omega, t)) @ psi(t)).real * (t[1] - t[0])
    return float(np.sum(spectrum) * (math.log(omega[1]) - math.log(omega[0])) / 2)


def ssq_cwt(
    y: Array,
    psi: Callable[[Array], Array],
    scales: list[float],
    own: list[float],
    rows: list[float],
    *,
    sr: float,
    reach: float,
    threshold: float,
    linear: bool = False,
    **options: object,
) -> Array:
    """Coefficients times their widths on the axis of log scales, in the rows of the frequencies by the
    derivative of the wavelet.
    """

    def slope(t: Array) -> Array:
        """By differences of the fourth order."""
        return (psi(t - 2e-3) - 8 * psi(t - 1e-3) + 8 * psi(t + 1e-3) - psi(t + 2e-3)) / 12e-3

    W, slopes = cwt(y, psi, scales, reach=reach, **options), cwt(y, slope, scales, reach=reach, **options)
    order = np.argsort(scales)
    logs = np.log(np.asarray(scales)[order])
    widths = np.empty(len(scales))
    widths[order] = [(logs[min(k + 1, len(logs) - 1)] - logs[max(k - 1, 0)]) / 2 for k in range(len(logs))]
    found = -(slopes / W).imag / np.asarray(scales)[:, None] * sr / (2 * np.pi)
    return squeezed(W, widths[:, None] / admissibility(psi, reach), found, own, rows, threshold=threshold, linear=linear)


def ssq_stft(
    y: Array,
    rows: list[float],
    *,
    sr: float,
    n_fft: int,
    window: object,
    hop_length: int,
    threshold: float,
    linear: bool,
    **options: object,
) -> Array:
    """Bins, with the phases in the middle of frames, in the rows of the frequencies by the window's
    derivative.
    """
    samples = window_samples(window, n_fft, n_fft)
    slope = (np.roll(samples, -1) - np.roll(samples, 1)) / 2
    S, slopes = (stft(y, n_fft=n_fft, hop_length=hop_length, window=part, **options) for part in (samples, slope))
    bins = np.arange(1 + n_fft // 2)[:, None]
    count = np.where((bins == 0) | (2 * bins == n_fft), 1, 2)
    weights = count * np.exp(2j * np.pi * bins * (n_fft // 2) / n_fft) / (n_fft * samples[n_fft // 2])
    own = bins * sr / n_fft
    found = own - (slopes / S).imag * sr / (2 * np.pi)
    return squeezed(S, weights, found, own[:, 0].tolist(), rows, threshold=threshold, linear=linear)


def squeezed(values: Array, weights: Array, found: Array, own: list[float], rows: list[float], *, threshold: float, linear: bool) -> Array:
    """Each value (row, time) times its weight, added to the row that is nearest."""
    T = np.zeros((len(rows), values.shape[1]), dtype="complex128")
    for k, t in np.ndindex(*values.shape):
        heard = abs(values[k, t]) >= threshold * abs(values).max() and values[k, t] != 0
        hertz = found[k, t] if heard else own[k]
        distance = [abs(row - hertz) if linear else abs(math.log(row / max(hertz, 1e-9))) for row in rows]
        T[int(np.argmin(distance)), t] += (weights * values)[k, t]
    return T


def nnaudio_constant_q(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float = 32.7,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    filter_scale: float = 1,
    gamma: float = 0,
    norm: float | None = 1,
    window: object = "hann",
    center: bool = True,
    pad_mode: str = "reflect",
) -> tuple[Array, Array]:
    """Inner products (..., bin, time) of every frame with every atom of nnAudio's, and the atoms'
    lengths.
    """
    alpha = 2 ** (1 / bins_per_octave) - 1
    freqs = [fmin * 2 ** (k / bins_per_octave) for k in range(n_bins)]
    lengths = [math.ceil(filter_scale / alpha * sr / (freq + gamma / alpha)) for freq in freqs]
    width = 2 ** math.ceil(math.log2(max(lengths)))
    rows = frames(pad(y, width // 2, width // 2, pad_mode) if center else y, width, hop_length)
    bins = []
    for freq, length in zip(freqs, lengths, strict=True):
        start = -(length // 2) - length % 2
        times = np.arange(start, start + length)
        samples = scipy.signal.get_window(window, length) / length
        samples = samples / np.linalg.norm(samples, ord=norm) if norm else samples
        under = rows[..., width // 2 + start : width // 2 + start + length]
        bins.append(np.sum(under * (samples * np.exp(-2j * np.pi * freq / sr * times)), axis=-1))
    return np.stack(bins, axis=-2), np.asarray(lengths)


# --- combined frequency and periodicity -----------------------------------------------------------


def cfp(
    y: Array,
    *,
    sr: float = 16000,
    hop_length: int = 320,
    win_length: int = 2049,
    fr: float = 2,
    fc: float = 80,
    tc: float = 1 / 1000,
    g: tuple[float, ...] = (0.24, 0.6, 1),
    bins_per_octave: int = 48,
) -> tuple[Array, Array, Array, Array]:
    """The combination, the magnitudes, the last spectrum and the last cepstrum, each sequence with
    all of its N points.
    """
    y = np.asarray(y, dtype=np.float64)
    n = int(sr / fr)
    window = scipy.signal.windows.blackmanharris(win_length)
    before = (n - win_length) // 2
    window = np.concatenate([np.zeros(before), window, np.zeros(n - win_length - before)]) / math.sqrt(sum(window**2))
    waves = np.array([[cmath.exp(-2j * math.pi * (k * m % n) / n) for m in range(n)] for k in range(n)])
    magnitudes = np.abs((frames(pad(y, n // 2, n // 2, "constant"), n, hop_length) * window) @ waves.T)
    latest = {0: compressed(magnitudes, g[0])}
    for layer, exponent in enumerate(g[1:], start=1):
        spectrum = (latest[(layer - 1) % 2] @ waves.T).real / math.sqrt(n)
        cut = round(sr * tc) if layer % 2 else round(fc / fr)
        latest[layer % 2] = compressed(spectrum, exponent)
        for k in range(cut):
            latest[layer % 2][..., k] = latest[layer % 2][..., n - 1 - k] = 0
    frequencies, periods = cfp_banks(sr=sr, fr=fr, fc=fc, tc=tc, bins_per_octave=bins_per_octave)
    banks = ((magnitudes, frequencies), (latest[0], frequencies), (latest[1], periods))
    level, spectral, temporal = (np.swapaxes(values[..., : bank.shape[1]] @ bank.T, -1, -2) for values, bank in banks)
    return spectral * temporal, level, spectral, temporal


def compressed(values: Array, exponent: float) -> Array:
    positive = np.maximum(values, 0)
    return np.log(positive + 1e-8) if exponent == 0 else positive**exponent


def cfp_banks(*, sr: float, fr: float, fc: float, tc: float, bins_per_octave: int) -> tuple[Array, Array]:
    """Triangles between neighbours among fc 2**(k / b) for k from -1 on, over frequencies and over
    periods of whole samples.
    """
    count = next(k for k in itertools.count() if fc * 2 ** (k / bins_per_octave) >= 1 / tc) - 1
    half = int(sr / fr) // 2
    frequencies = np.zeros((count, min(round(1 / tc / fr) + 1, half)))
    periods = np.zeros((count, round(sr / fc) + 1))
    for row in range(count):
        left, peak, right = (fc * 2 ** ((row + k) / bins_per_octave) for k in (-1, 0, 1))
        for k in range(frequencies.shape[1]):
            frequencies[row, k] = triangle(left, peak, right, sr / 2 * k / (half - 1))
        if round(left / fr) == round(right / fr):
            frequencies[row] = 0
            frequencies[row, round(left / fr)] = 1
        for k in range(1, periods.shape[1]):
            periods[row, k] = triangle(left, peak, right, sr / k)
    return frequencies, periods


def triangle(left: float, peak: float, right: float, position: float) -> float:
    if position == peak:
        return 1.0
    if left < position < peak:
        return (position - left) / (peak - left)
    return (right - position) / (right - peak) if peak < position < right else 0.0


def zero_phase(x, sections):
    """Each section's difference equation forward, then backward, on a signal that is continued by
    its reflections; a pass starts as if its first number had always been there.
    """
    zeros, poles = (sum(section[place] == 0 for section in sections) for place in (2, 5))
    margin = 3 * (2 * len(sections) + 1 - min(zeros, poles))
    x = np.asarray(x, dtype="float64")
    longer = np.concatenate([2 * x[..., :1] - x[..., margin:0:-1], x, 2 * x[..., -1:] - x[..., -2 : -margin - 2 : -1]], axis=-1)
    for _ in range(2):
        for section in sections:
            b0, b1, b2, _, a1, a2 = section
            steady = longer[..., 0] * (b0 + b1 + b2) / (1 + a1 + a2)
            before, out = [longer[..., 0]] * 2, [steady, steady]
            for t in range(longer.shape[-1]):
                now = b0 * longer[..., t] + b1 * before[-1] + b2 * before[-2] - a1 * out[-1] - a2 * out[-2]
                before, out = [before[-1], longer[..., t]], [*out, now]
            longer = np.stack(out[2:], axis=-1)
        longer = longer[..., ::-1]
    return longer[..., margin : margin + x.shape[-1]]
