"""What only nnAudio's checkpoints need: arrays that they hold in another form, and how its rounding
is told from training.
"""

from .constantq import foreign_names, translated
from .rounding import is_own

__all__ = ["foreign_names", "is_own", "translated"]
