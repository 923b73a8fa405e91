"""One trained network under other dropout: the same weights, other masks, nothing copied."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn

from dropout_demo.config import Dropout, Layer
from dropout_demo.kinds import make
from dropout_demo.model import ArticleNet


def with_dropout(
    net: ArticleNet, dropout: Mapping[Layer, Dropout], generator: torch.Generator
) -> ArticleNet:
    """The network with this dropout instead of its own, drawing its masks from `generator`.

    Weights and running statistics are shared with `net`, not copied. In eval mode.
    """
    variant = copy.copy(net)
    variant._modules = dict(net._modules)
    variant.dropout = nn.ModuleDict(
        {layer: make(drop, layer, generator) for layer, drop in dropout.items()}
    )
    return variant.eval()


def masks_on(net: ArticleNet) -> ArticleNet:
    """The network with its masks on and all else as in evaluation: Monte Carlo dropout.

    Batch normalisation keeps to its running statistics. Source: Gal and Ghahramani 2016,
    "Dropout as a Bayesian Approximation". Changes the mode of `net` and returns it.
    """
    net.eval()
    net.dropout.train()
    return net
