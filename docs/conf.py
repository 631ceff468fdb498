"""The documentation: `nox -s docs` builds it into docs/_build, without a network."""

import sys
from pathlib import Path

import nnaudio_xp

HERE = Path(__file__).parent
sys.path += [str(HERE), str(HERE.parent / "tests")]  # tables.py, and the data that it shows

project = "nnaudio_xp"
author = "the nnaudio_xp developers"
release = version = nnaudio_xp.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "myst_parser", "numpydoc", "tables"]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"nnaudio_xp {release}"

default_role = "autolink"  # what is no public name stays in italics
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
autosummary_generate = True
autodoc_typehints = "none"  # the docstrings have them, with shapes and units
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
