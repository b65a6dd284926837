"""Sphinx extension: formulas as MathML, which a browser draws with no script at all.

The usual renderer fetches a script from the network each time a page is opened; these
pages also work from a file and without a network.
"""

import re

from docutils import nodes
from latex2mathml.converter import convert

FUNCTION = "<mi>(?:arg|cos|exp|ln|log|max|min|sin|tanh)</mi>"
THIN = '<mspace width="0.17em"/>'


def mathml(formula, display):
    """Convert a formula, with the thin spaces around function names that TeX leaves."""
    text = convert(formula, display=display)
    text = re.sub(f"(</m[in]>)({FUNCTION})", rf"\1{THIN}\2", text)
    return re.sub(f"({FUNCTION})(<m[in]>|<mfrac>)", rf"\1{THIN}\2", text)


def inline(translator, node):
    """Write a formula within a sentence."""
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def display(translator, node):
    """Write a formula on a line of its own."""
    formula = mathml(node.astext(), "block")
    translator.body.append(f'<div class="math" role="math">{formula}</div>')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer under the name "mathml"."""
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
