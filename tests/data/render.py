"""Renders piano.flac, the recording that the demo and the tests read:
`python tests/data/render.py`.

Needs the fluidsynth program and the FluidR3 soundfont (Debian: fluidsynth, fluid-soundfont-gm),
NumPy, SciPy and soundfile.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
SAMPLE_RATE = 22050
SECONDS = 6.0
TICKS = 96  # per quarter note, so 24 per sixteenth
TEMPO = 600_000  # microseconds per quarter note

# J. S. Bach, Prelude in C major, BWV 846: the harmonies of bars 1 to 4 as MIDI note numbers, each
# broken upwards over half a bar
HARMONIES = [(60, 64, 67, 72, 76), (60, 62, 69, 74, 77), (59, 62, 67, 74, 77), (60, 64, 67, 72, 76)]
ORDER = (0, 1, 2, 3, 4, 2, 3, 4)
VELOCITIES = (88, 72, 76, 80, 86, 72, 76, 82)


def variable_length(number: int) -> bytes:
    """The number in MIDI's base 128, most significant digit first, with the top bit set on all but
    the last.
    """
    head = number >> 7
    return (bytes(byte | 0x80 for byte in variable_length(head)) if head else b"") + bytes([number & 0x7F])


def chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "big") + content


def midi_file() -> bytes:
    """The phrase as a standard MIDI file with one track, the sustain pedal changed with each
    harmony.
    """
    sixteenth = TICKS // 4
    events = []  # (tick, message)
    for half_bar, harmony in enumerate(HARMONIES):
        start = half_bar * len(ORDER) * sixteenth
        events += [(start, bytes([0xB0, 64, 0])), (start, bytes([0xB0, 64, 127]))]
        for step, (voice, velocity) in enumerate(zip(ORDER, VELOCITIES, strict=True)):
            tick = start + step * sixteenth
            events += [(tick, bytes([0x90, harmony[voice], velocity])), (tick + sixteenth - 1, bytes([0x80, harmony[voice], 64]))]
    last_pedal = (len(HARMONIES) * len(ORDER) + 5) * sixteenth
    events += [(last_pedal, bytes([0xB0, 64, 0])), (last_pedal + TICKS, b"\xff\x2f\x00")]
    track, now = b"\x00\xff\x51\x03" + TEMPO.to_bytes(3, "big") + b"\x00\xc0\x00", 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track += variable_length(tick - now) + message
        now = tick
    header = b"".join(number.to_bytes(2, "big") for number in (0, 1, TICKS))
    return chunk(b"MThd", header) + chunk(b"MTrk", track)


def render() -> np.ndarray:
    """The phrase on a grand piano: mono, peak 0.7, faded out over the last half second."""
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "phrase.mid"), Path(folder, "phrase.wav")
        score.write_bytes(midi_file())
        synthesis = ["fluidsynth", "-ni", "-q", "-r", str(2 * SAMPLE_RATE), "-O", "float", "-o", "synth.chorus.active=0"]
        subprocess.run([*synthesis, "-F", sound, SOUNDFONT, score], check=True)
        stereo, _ = soundfile.read(sound)
    mono = scipy.signal.resample_poly(stereo.mean(axis=1), 1, 2)
    mono = mono[: round(SECONDS * SAMPLE_RATE)]
    fade = SAMPLE_RATE // 2
    mono[-fade:] *= np.linspace(1, 0, fade)
    return 0.7 * mono / np.max(np.abs(mono))


if __name__ == "__main__":
    soundfile.write(Path(__file__).with_name("piano.flac"), render(), SAMPLE_RATE, subtype="PCM_16", compression_level=1.0)
