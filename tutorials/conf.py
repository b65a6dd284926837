"""Sphinx: how the executed lessons become a site (run by build.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "dsplab"
html_title = "dsplab lessons"
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_static_path = [str(Path(__file__).parent / "lessons.css")]
html_css_files = ["lessons.css"]
html_extra_path = [
    str(Path(__file__).parent / "_build" / "extra")
]  # the students' notebooks, put there by build.py

extensions = ["myst_nb", "mathml"]
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence"]
exclude_patterns = ["extra", ".doctrees"]
nb_execution_mode = "off"  # build.py has executed them
nb_merge_streams = True
nb_output_stderr = "remove"  # what compilers say; build.py stops at warnings
nb_code_prompt_show = "Show the solution"
nb_code_prompt_hide = "Hide the solution"
nb_mime_priority_overrides = [("html", "text/html", 0)]
suppress_warnings = ["mystnb.unknown_mime_type"]
