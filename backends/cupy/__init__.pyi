# Made by `python -m nnaudio_xp.backends._stubs`: array libraries have the same functions and layers.
from nnaudio_xp.backends.numpy import *
