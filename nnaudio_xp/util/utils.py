"""What librosa has in one module, librosa.util.utils: all that `nnaudio_xp.util` has."""

import sys

sys.modules[__name__] = sys.modules[__package__ or ""]  # so that each function stands in one place
