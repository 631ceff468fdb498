"""The sounds of the examples, played by FluidSynth with recorded instruments of three soundfonts,
and the signals that transforms are compared on: `python examples/data.py` makes all of them.

Everything is seeded and kept in $NNAUDIO_XP_DATA, by default in ~/.cache/nnaudio_xp-examples: what
is there is not made again. Notes and signals are the same on every machine, bit for bit; rendered
sounds to rounding.
"""

import argparse
import ctypes
import importlib.util
import io
import json
import os
import random
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from tqdm import tqdm

import nnaudio_xp as nax

SR = 44100
BLOCK = 64  # samples: FluidSynth begins and ends notes at multiples of it
SOUNDFONTS = {
    "FluidR3": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "TimGM": Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    "MuseScore": Path("/usr/share/sounds/sf3/MuseScore_General.sf3"),
}
PACKAGES = "libfluidsynth3 fluid-soundfont-gm timgm6mb-soundfont musescore-general-soundfont"

Note = tuple[float, float, int, int]
"""Onset and offset in seconds, MIDI number, MIDI velocity."""


def _fluidsynth() -> Any:
    """The bindings of FluidSynth, which print where they found it."""
    with redirect_stdout(io.StringIO()):
        import fluidsynth
    return fluidsynth


def missing(*modules: str) -> str | None:
    """One line that says what has to be installed to render sounds and to import modules, or None."""
    if absent := [name for name in modules if importlib.util.find_spec(name) is None]:
        return f"modules are missing: pip install {' '.join(absent)}"
    try:
        _fluidsynth()
    except ModuleNotFoundError:
        return "FluidSynth's bindings are missing: pip install pyfluidsynth"
    except ImportError:
        return f"the FluidSynth library is missing: apt-get install --no-install-recommends {PACKAGES}"
    if absent := [name for name, path in SOUNDFONTS.items() if not path.exists()]:
        return f"soundfonts are missing ({', '.join(absent)}): apt-get install --no-install-recommends {PACKAGES}"
    return None


def folder() -> Path:
    """Where rendered sounds are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("NNAUDIO_XP_DATA") or Path(base, "nnaudio_xp-examples"))


def _made(path: Path, write: Callable[[Path], object]) -> Path:
    """The path, after `write` has made the file if it was not there; never half of a file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        write(unfinished)
        unfinished.replace(path)
    return path


@cache
def _synthesizer(soundfont: str) -> tuple[Callable[[int], np.ndarray], Any]:
    """FluidSynth with a soundfont: a function that gives its next samples, and the synthesizer."""
    fluidsynth = _fluidsynth()
    settings = {"synth.reverb.active": 0, "synth.chorus.active": 0, "synth.dynamic-sample-loading": 1}
    synth = fluidsynth.Synth(gain=0.5, samplerate=float(SR), **settings)
    soundfont_id = synth.sfload(str(SOUNDFONTS[soundfont]))
    for channel in (0, 1):
        synth.program_select(channel, soundfont_id, 0, 0)
    # pyfluidsynth gives 16-bit samples with dither, which depends on all that was played before
    output = [("buffer", ctypes.c_void_p, 1), ("offset", ctypes.c_int, 1), ("increment", ctypes.c_int, 1)]
    write = fluidsynth.cfunc(
        "fluid_synth_write_float", ctypes.c_int, ("synth", ctypes.c_void_p, 1), ("length", ctypes.c_int, 1), *output, *output
    )

    def samples(length: int) -> np.ndarray:
        stereo = np.empty((2, length), dtype=np.float32)
        write(synth.synth, length, stereo[0].ctypes.data, 0, 1, stereo[1].ctypes.data, 0, 1)
        return stereo.mean(axis=0)

    return samples, synth


def render_notes(notes: Iterable[Note], soundfont: str, program: int = 0, length: int | None = None) -> np.ndarray:
    """Play notes on a General MIDI instrument of a soundfont.

    Parameters
    ----------
    notes : iterable of (onset, offset, midi, velocity)
        In seconds; offsets are when keys are released. Two notes of one key must not overlap.
    soundfont : str
        A name of `SOUNDFONTS`.
    program : int
        The instrument's number, from 0; a piano by default.
    length : int, optional [samples]
        By default until a second after the last key is released.

    Returns
    -------
    np.ndarray [shape=(length,)], float32
        In mono, at 44,100 Hz.
    """
    notes = list(notes)
    length = round((max(offset for _, offset, _, _ in notes) + 1) * SR) if length is None else length
    samples, synth = _synthesizer(soundfont)
    for key in range(40, 80):  # a voice's first samples depend on the filter of its last note: let that be always the same
        synth.noteon(1, key, 100)
    samples(BLOCK)
    synth.all_sounds_off(1)
    samples(16 * BLOCK)
    synth.program_change(0, program)
    events = [(round(offset * SR / BLOCK), 0, midi, 0) for _, offset, midi, _ in notes]
    events += [(round(onset * SR / BLOCK), 1, midi, velocity) for onset, _, midi, velocity in notes]
    parts, now, end = [], 0, -(-length // BLOCK)
    for time, is_onset, midi, velocity in sorted(event for event in events if event[0] < end):
        parts.append(samples((time - now) * BLOCK))
        now = time
        synth.noteon(0, midi, velocity) if is_onset else synth.noteoff(0, midi)
    parts.append(samples((end - now) * BLOCK))
    synth.all_sounds_off(0)
    samples(16 * BLOCK)
    return np.concatenate(parts)[:length]


CHORDS = [(0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 8), (0, 2, 7), (0, 5, 7)]
CHORDS += [(0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10), (0, 3, 6, 9), (0, 4, 7, 10, 14), (0, 3, 7, 10, 14)]
EXCERPT = 80000  # samples


def piano_notes(count: int = 1770, seed: int = 0) -> list[list[Note]]:
    """Chords in random inversions, held for two thirds of an excerpt: the notes of `count`
    excerpts, the first of which do not depend on how many there are.
    """
    rng = random.Random(seed)
    excerpts = []
    for _ in range(count):
        chord, root = rng.choice(CHORDS), rng.randint(33, 84)
        inversion = rng.randrange(len(chord))
        keys = sorted(root + step + 12 * (place < inversion) for place, step in enumerate(chord))
        excerpts.append([(0.0, 1.2, key, rng.randint(40, 115)) for key in keys if key <= 108])
    return excerpts


def piano_excerpts(count: int = 1770, soundfont: str = "FluidR3") -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Piano chords: as many and as long as the excerpts of MAPS that nnAudio was measured with. It
    is not MAPS.

    Returns
    -------
    sounds : np.ndarray [shape=(count, 80000)], float32
        Mapped from a file.
    keys : list of tuples
        The MIDI numbers of each excerpt's notes.
    """
    notes = piano_notes(count)

    def write(path: Path) -> None:
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (count, EXCERPT)})
            for chord in tqdm(notes, desc=f"piano of {soundfont}", disable=None):
                file.write(render_notes(chord, soundfont, length=EXCERPT).tobytes())

    path = _made(folder() / f"piano_{soundfont}_{count}.npy", write)
    return np.load(path, mmap_mode="r"), [tuple(midi for _, _, midi, _ in chord) for chord in notes]


INSTRUMENTS = {  # General MIDI number, lowest and highest note
    "piano": (0, 33, 96),
    "vibraphone": (11, 53, 89),
    "nylon_guitar": (24, 40, 83),
    "violin": (40, 55, 96),
    "cello": (42, 36, 76),
    "harp": (46, 35, 98),
    "trumpet": (56, 54, 84),
    "trombone": (57, 40, 72),
    "alto_sax": (65, 49, 80),
    "oboe": (68, 58, 91),
    "clarinet": (71, 50, 91),
    "flute": (73, 60, 96),
}


def instrument_folder(quick: bool = False) -> Path:
    """A folder with one for each of 12 instruments, in it
    `<soundfont>_<MIDI number>_<velocity>.wav`: single notes of two seconds, every third semitone at
    three velocities; for `quick` every sixth at one.
    """
    root = folder() / ("instruments_quick" if quick else "instruments")
    step, velocities = (6, (90,)) if quick else (3, (60, 90, 115))
    sounds = [
        (root / name / f"{soundfont}_{midi}_{velocity}.wav", soundfont, program, [(0.0, 1.5, midi, velocity)])
        for soundfont in SOUNDFONTS
        for name, (program, lowest, highest) in INSTRUMENTS.items()
        for midi in range(lowest, highest + 1, step)
        for velocity in velocities
    ]
    for path, soundfont, program, note in tqdm(sounds, desc="instruments", disable=None):
        _made(path, lambda file: soundfile.write(file, render_notes(note, soundfont, program, 2 * SR), SR, format="WAV"))  # noqa: B023
    return root


def chromatic_scale() -> np.ndarray:
    """The keys of a piano from C1 to C8, one every quarter of a second."""
    keys = [(0.25 * place, 0.25 * (place + 1), midi, 90) for place, midi in enumerate(range(24, 109))]

    def write(path: Path) -> None:
        soundfile.write(path, render_notes(keys, "FluidR3"), SR, format="WAV", subtype="FLOAT")

    return soundfile.read(_made(folder() / "chromatic_scale.wav", write), dtype="float32")[0]


def linear_sweep() -> np.ndarray:
    """A second of a sinusoid from 55 Hz to half the sampling rate, so many hertz a second."""
    return nax.chirp(fmin=55, fmax=SR / 2, sr=SR, length=SR, linear=True).astype(np.float32)


def logarithmic_sweep() -> np.ndarray:
    """A second of a sinusoid from 55 Hz to half the sampling rate, so many octaves a second."""
    return nax.chirp(fmin=55, fmax=SR / 2, sr=SR, length=SR).astype(np.float32)


def impulse() -> np.ndarray:
    """A second of silence with a sample of 1 in the middle."""
    samples = np.zeros(SR, dtype=np.float32)
    samples[SR // 2] = 1
    return samples


BEAT = 0.6  # seconds


def score(name: str, seconds: float) -> list[Note]:
    """The beginning of a score of music21's corpus such as "bach/bwv269", all of its parts on one
    keyboard: in even time, with random velocities.
    """

    def write(path: Path) -> None:
        from music21 import corpus

        sounding: dict[tuple[float, int], float] = {}  # in the corpus, parts meet on one key
        for event in corpus.parse(name).stripTies().flatten().notes:
            onset, duration = BEAT * float(event.offset), BEAT * float(event.quarterLength)
            for pitch in event.pitches if duration else ():  # not grace notes
                sounding[onset, pitch.midi] = max(onset + duration, sounding.get((onset, pitch.midi), 0.0))
        rng, struck, notes = random.Random(name), {}, []
        for (onset, midi), offset in sorted(sounding.items(), reverse=True):
            notes.append((onset, min(offset, struck.get(midi, offset)), midi, rng.randint(50, 110)))
            struck[midi] = onset
        path.write_text(json.dumps(notes[::-1]), encoding="utf-8")

    notes = json.loads(_made(folder() / "scores" / f"{name.replace('/', '_')}.json", write).read_text("utf-8"))
    return [(onset, min(offset, seconds), midi, velocity) for onset, offset, midi, velocity in notes if onset < seconds]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only a small set of instruments, which the other programs' --quick uses")
    quick = parser.parse_args().quick
    if reason := missing():
        parser.exit(2, f"{parser.prog}: error: {reason}\n")
    if not quick:
        for soundfont in SOUNDFONTS:
            piano_excerpts(soundfont=soundfont)
        chromatic_scale()
    instrument_folder(quick)
    print(folder())


if __name__ == "__main__":
    main()
