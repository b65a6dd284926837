"""Sphinx extension: formulas as MathML, which a browser draws with no script at all.

The usual renderer fetches a script from the network each time a page is opened; these
pages also work from a file and without a network.
"""

import re

from docutils import nodes
from latex2mathml.converter import convert

FUNCTION = "<mi>(?:arg|cos|exp|ln|log|max|min|sin|tanh)</mi>"
BAR = '<mo stretchy="false">&#x0007C;</mo>'  # of |x|, which needs no space around
MINUS = "<mo>&#x02212;</mo>"
OPEN = "<mo[^>]*>(?:[(=,]|\\[|&#x00028;|&#x0005B;|&#x0003D;|&#x0002C;)</mo>"
THIN = '<mspace width="0.17em"/>'


def mathml(formula, display):
    """Convert a formula, with the spaces that TeX would leave, and no others."""
    text = convert(formula, display=display)
    text = text.replace(BAR, BAR.replace("<mo ", '<mo lspace="0" rspace="0" '))
    text = re.sub(f"({OPEN}){MINUS}", r'\1<mo form="prefix">&#x02212;</mo>', text)
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
