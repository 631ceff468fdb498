"""Constant-Q and variable-Q transforms: exactly by their definition, and as librosa computes
them.
"""
