"""The length of each unit's vector of incoming weights, what max-norm bounds."""

from __future__ import annotations

import torch
from torch import Tensor

from dropout_demo.model import ArticleNet

WEIGHTED = ("conv1", "conv2", "conv3", "fc1", "logits")
"""Layers that have weights."""


@torch.inference_mode()
def incoming_norms(net: ArticleNet) -> dict[str, Tensor]:
    """By layer, the Euclidean norm of each unit's incoming weights, without its bias: (units,).

    A convolution's unit is a channel; its weights are those of its filter over all inputs.
    """
    return {
        layer: net.get_submodule(layer).get_parameter("weight").flatten(1).norm(dim=1)
        for layer in WEIGHTED
    }
