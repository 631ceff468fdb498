"""Librosa's module of errors: there is one here, which has both names."""

from ..errors import ParameterError

LibrosaError = ParameterError

__all__ = ["LibrosaError", "ParameterError"]
