"""Linear regression with dropout, live in the browser, with what it shows and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from dropout_demo.evidence.linear import Setting
from dropout_demo.ui.component import component
from dropout_demo.ui.palette import arm_colour

_PALETTE: Mapping[str, int] = {"cloud": 0, "closed": 1, "ridge": 3, "squares": 5}

_SCRIPTS = ("nodes.js", *(f"regularisers/linear{part}.js" for part in ("_math", "_draw", "")))


def linear_view() -> None:
    """The whole section of the page."""
    st.header("For linear regression, dropout is a penalty in closed form", anchor=False)
    st.markdown(
        "Two features, one of them on a smaller scale, explain a target. SGD drops each feature "
        "with probability 1 − k at every step. Move anything: all of it is reckoned anew at once."
    )
    linear_bench(key="linear")
    with st.expander("Why there is a closed form, and why it is not plain ridge"):
        st.markdown(_WHY)
    with st.expander("What this does not show"):
        st.markdown(_CAVEATS)


def linear_bench(key: str, setting: Setting | None = None) -> None:
    """The bench alone: sliders, both pictures and a table, without any rerun.

    setting: what it starts with, the usual one if none; each value one of `CHOICES` in linear.js.
    """
    start = asdict(setting or Setting())
    component("linear", _SCRIPTS, ("drawing.css", "regularisers/linear.css"), isolated=False)(
        key=key, data={"setting": start, "palette": _palette()}
    )


def _palette() -> dict[str, Any]:
    colours = {name: arm_colour(place) for name, place in _PALETTE.items()}
    return {name: {"light": one.light, "dark": one.dark} for name, one in colours.items()}


_WHY = r"""
Write $k$ for the probability of keeping a feature, $p=1-k$, and $R$ for the masks. In the paper's
scale kept features stay as they are, and the mean over masks of the squared error is

$$\mathbb E_R\lVert y-(R*X)w\rVert^2=\lVert y-kXw\rVert^2+k(1-k)\lVert\Gamma w\rVert^2,\qquad
\Gamma=(\mathrm{diag}\,X^\top X)^{1/2}$$

(Srivastava et al. 2014, section 9.1; reported). Here, as in PyTorch, kept features are divided by
$k$. The same two steps, the mean stays $Xw$ and the variance of feature $j$ of a point is
$x_j^2\,p/k$, give

$$\mathbb E_R\Big\lVert y-\tfrac1k(R*X)w\Big\rVert^2=
\lVert y-Xw\rVert^2+\frac pk\lVert\Gamma w\rVert^2 .$$

It is the first formula with $kw$ called $w$. The penalty on a weight grows with the spread of its
feature, so the scale of a feature does not matter for what it contributes. Plain ridge punishes all
weights alike, and so presses the feature on the small scale far more. Both penalties here have the
same trace, $\frac pk\,\mathrm{tr}\,X^\top X$.
"""

_CAVEATS = """
- The closed form is what the *mean* over masks is about. SGD's weights keep moving around it for as
  long as the learning rate stays above 0; it is their average that comes close. For the iterates,
  the relation to an L2 penalty is “much more subtle” (Clara, Langer and Schmidt-Hieber 2023).
- It does not carry over to deep networks. There the masks stand between layers that learn, the
  loss is no square of a linear function, and no single penalty of this kind gives the same weights.
- More penalty is not always less error: the table's last column is the squared error on new points.
"""
