"""The commands that formulas may use: MathJax, as in JupyterLab, and KaTeX, as elsewhere, know all of them.

Without ``label``, ``eqref`` and ``require``: they work in one viewer and not in the other.
"""

from __future__ import annotations

COMMANDS = frozenset(
    """
    alpha beta gamma delta epsilon varepsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi
    chi psi omega Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta ell infty partial nabla

    bar dot ddot hat widehat tilde widetilde overline underline vec overbrace underbrace overset underset
    stackrel

    cdot times div pm mp odot otimes oplus circ ast star top perp dagger
    in notin subset cup cap setminus mid le ge leq geq ll gg ne neq approx equiv sim propto
    to mapsto longmapsto leftarrow rightarrow leftrightarrow longrightarrow
    Leftarrow Rightarrow Longrightarrow iff implies
    forall exists

    arg cos det dim exp inf lim ln log max min sin sup tan tanh cosh sinh operatorname Pr

    frac dfrac tfrac sqrt binom sum prod int limits
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr
    lvert rvert lVert rVert langle rangle lfloor rfloor lceil rceil

    mathbb mathbf mathcal mathrm mathsf boldsymbol text textstyle displaystyle
    begin end quad qquad cdots ldots dots vdots ddots dotsc prime
    """.split()
)
ENVIRONMENTS = frozenset({"aligned", "array", "bmatrix", "cases", "matrix", "pmatrix", "vmatrix"})
