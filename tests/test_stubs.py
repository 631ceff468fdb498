"""The stubs of the bound modules: made from the layers' specifications, and read by type checkers
as users meet them.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnaudio_xp import backends
from nnaudio_xp.backends import _stubs

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
PROGRAM = """\
import numpy as np

import nnaudio_xp
from nnaudio_xp.backends import jax, numpy as nax, torch
from nnaudio_xp.backends.jax import MelSpectrogram

y = np.zeros(4096)
nax.stft(y, n_fft=512)
nax.feature.melspectrogram(y=y)
nax.STFT(n_fft=512)(y, output_format="Phase")
MelSpectrogram(n_mels=40).save_kernels("mel.safetensors")
nax.STFT(n_fftt=512)  # refused
nax.STFT()(y, output="Phase")  # refused
torch.STFT()(y, output_format="Phase")
torch.STFT()(y, output="Phase")  # refused
torch.CQT().inverse(y, lenght=9)  # refused
jax.sttft(y)  # refused
nax.sttft(y)  # refused
nax.stft(y, n_ftt=512)  # refused
nnaudio_xp.sttft(y)  # refused
"""


@pytest.mark.parametrize("package", backends.NAMESPACES)
def test_the_stubs_are_what_the_specifications_say(package):
    written = _stubs.path_of(package).read_text(encoding="utf-8")
    assert written == _stubs.stub(package), "run python -m nnaudio_xp.backends._stubs"


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed; `nox -s types` has it")
def test_type_checkers_refuse_what_is_misspelt(tmp_path):
    site = tmp_path / "site" / "nnaudio_xp"  # as it is installed: static tools do not see the mapped folder
    site.mkdir(parents=True)
    for source in [*(ROOT / "nnaudio_xp").iterdir(), ROOT / "backends"]:
        (site / source.name).symlink_to(source, target_is_directory=source.is_dir())
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--ignore-missing-imports", "program.py"]
    environment = {**os.environ, "MYPYPATH": str(site.parent)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    refused = [number for number, line in enumerate(PROGRAM.splitlines(), start=1) if line.endswith("# refused")]
    found = sorted({int(number) for number in re.findall(r"^program\.py:(\d+): error", run.stdout, flags=re.MULTILINE)})
    assert found == refused, run.stdout + run.stderr
