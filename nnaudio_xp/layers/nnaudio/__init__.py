"""What only nnAudio's users need: arrays that its checkpoints hold in another form, how its rounding
is told from training, and its own algorithms.
"""

from .compat import specification
from .constantq import foreign_names, translated
from .rounding import is_own

__all__ = ["foreign_names", "is_own", "specification", "translated"]
