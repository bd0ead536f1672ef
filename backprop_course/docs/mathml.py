"""Formulas as MathML, which browsers show by themselves: no script, no font, no network.

docutils has the converter; `repaired` writes for it what it does not know.
"""

from __future__ import annotations

import re
from typing import Any

FRACTION = re.compile(r"\\([dt]?frac)\s*(\d)(\d)")


def repaired(tex: str) -> str:
    r"""Write a formula without what docutils does not read: ``\frac12``, ``\dots``, ``\textstyle``.

    Examples
    --------
    >>> repaired(r"\frac12, \dots")
    '\\frac{1}{2}, \\ldots'
    """
    tex = FRACTION.sub(r"\\\1{\2}{\3}", tex)
    return re.sub(r"\\dots[bcmi]?(?![a-z])", r"\\ldots", tex).replace(r"\textstyle", "")


def mathml(tex: str, *, block: bool) -> str:
    """Convert one formula."""
    from docutils.utils.math.latex2mathml import tex2mathml

    return str(tex2mathml(repaired(tex), as_block=block))


def visit_inline(writer: Any, node: Any) -> None:
    """Write a formula within a line."""
    from docutils import nodes

    writer.body.append(mathml(node.astext(), block=False))
    raise nodes.SkipNode


def visit_block(writer: Any, node: Any) -> None:
    """Write a formula on lines of its own."""
    from docutils import nodes

    writer.body.append(f'<div class="formula">{mathml(node.astext(), block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
