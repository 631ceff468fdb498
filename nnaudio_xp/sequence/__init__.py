"""Sequences of states, and sequences beside each other: librosa.sequence's names, keywords, defaults
and numbers.
"""

from .alignment import dtw, dtw_backtracking, path_to_steps, rqa
from .decoding import viterbi, viterbi_binary, viterbi_discriminative
from .transitions import transition_cycle, transition_local, transition_loop, transition_uniform

__all__ = [
    "dtw",
    "dtw_backtracking",
    "path_to_steps",
    "rqa",
    "transition_cycle",
    "transition_local",
    "transition_loop",
    "transition_uniform",
    "viterbi",
    "viterbi_binary",
    "viterbi_discriminative",
]
