"""The layers, each described once for every library: a frozen specification, whose fields are
nnAudio's constructor arguments in nnAudio's order, with its arrays declared as data (`arrays`) and
a pure method `apply` (the transform with a mapping of named arrays).

`apply` takes the kernels that were learned or loaded; what is missing from the mapping is built
from the specification and kept. A frozen layer therefore needs none, runs by FFT and gives the
function's numbers; learned Fourier kernels are multiplied with the frames. The adapters that make
callables and modules of these specifications are in `nnaudio_xp.backends`.
"""

from .cfp import CFP, Combined_Frequency_Periodicity
from .chroma import Chroma
from .constantq import CQT, CQT1992, CQT2010, VQT, CQT1992v2, CQT2010v2, iCQT
from .fourier import STFT, iSTFT
from .gabor import NSGT
from .gammatone import Gammatonegram
from .griffinlim import Griffin_Lim
from .mel import MFCC, MelSpectrogram
from .pcen import PCEN
from .spec import LayerSpec
from .wavelet import CWT, SynchrosqueezedCWT

__all__ = [
    "CFP",
    "CQT",
    "CQT1992",
    "CQT2010",
    "CWT",
    "MFCC",
    "NSGT",
    "PCEN",
    "STFT",
    "VQT",
    "CQT1992v2",
    "CQT2010v2",
    "Chroma",
    "Combined_Frequency_Periodicity",
    "Gammatonegram",
    "Griffin_Lim",
    "LayerSpec",
    "MelSpectrogram",
    "SynchrosqueezedCWT",
    "iCQT",
    "iSTFT",
]
