"""One line on each kind of dropout and each dropout schedule, with its source, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from immutabledict import immutabledict

from dropout_demo.config import DropoutSchedule, Kind


@dataclass(frozen=True)
class Explanation:
    """What something does, in one line, and who says so."""

    text: str
    source: str
    link: str  # where the source can be read


_SRIVASTAVA = "Srivastava et al. 2014, Dropout"
_LIU = "Liu et al. 2023, Dropout Reduces Underfitting"
_JMLR = "https://jmlr.org/papers/v15/srivastava14a.html"
_EARLY = "https://arxiv.org/abs/2303.01500"

KINDS: Mapping[Kind, Explanation] = immutabledict(
    {
        "element": Explanation(
            "Drops each number on its own with probability p and scales the others by 1/(1-p). "
            "In the paper p is the probability of keeping.",
            _SRIVASTAVA,
            _JMLR,
        ),
        "channel": Explanation(
            "Drops whole feature maps with probability p: neighbouring pixels are alike, so one "
            "alone that drops is hardly missed.",
            "Tompson et al. 2015, Efficient Object Localization Using Convolutional Networks",
            "https://arxiv.org/abs/1411.4280",
        ),
        "block": Explanation(
            "Drops square patches of feature maps; p is the share aimed at, and overlaps make it a "
            "little less. On maps of 2 x 2 pixels a patch is one pixel.",
            "Ghiasi et al. 2018, DropBlock",
            "https://arxiv.org/abs/1810.12890",
        ),
        "gaussian": Explanation(
            "Drops nothing: multiplies each number by Gaussian noise of mean 1 and variance "
            "p/(1-p), as much as dropout would add.",
            f"{_SRIVASTAVA}, section 10",
            _JMLR,
        ),
        "connect": Explanation(
            "DropConnect: drops single weights of this dense layer instead of its outputs, the "
            "same ones for a whole batch.",
            "Wan et al. 2013, Regularization of Neural Networks using DropConnect",
            "https://proceedings.mlr.press/v28/wan13.html",
        ),
    }
)
"""By kind of dropout."""

SCHEDULES: Mapping[DropoutSchedule, Explanation] = immutabledict(
    {
        "always": Explanation("Dropout acts at every step of training.", _SRIVASTAVA, _JMLR),
        "early": Explanation(
            "Dropout acts in the first half of all steps, then stops: it may help a network that "
            "underfits. The paper stops sooner.",
            _LIU,
            _EARLY,
        ),
        "late": Explanation(
            "Dropout begins after half of all steps: it acts when overfitting does.", _LIU, _EARLY
        ),
        "growing": Explanation(
            "The rate grows from 0 to p, quickly at first: 1-exp(-10 t) of it when a share t of "
            "all steps is done.",
            "Morerio et al. 2017, Curriculum Dropout",
            "https://arxiv.org/abs/1703.06229",
        ),
    }
)
"""By dropout schedule."""
