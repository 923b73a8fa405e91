"""The same with PyTorch's layer."""

from torch import Tensor, nn


def dropout(
    x: Tensor,
    p: float,
    training: bool,
) -> Tensor:
    """Drop each number with probability p < 1."""
    layer = nn.Dropout(p)  # it draws the mask
    if training:
        layer.train()  # as model.train() does
    else:
        layer.eval()  # as model.eval() does
    dropped: Tensor = layer(x)
    return dropped
