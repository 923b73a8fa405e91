"""A network with its weights, optimiser and schedule: everything that one update step changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from dropout_demo.config import RunConfig
from dropout_demo.devices import Device
from dropout_demo.dropout_schedule import dropout_factor
from dropout_demo.model import build
from dropout_demo.streams import generator

FUSED_DEVICES = ("cpu", "cuda")


class Learner:
    """The network in the device's number format, and fp32 weights that the optimiser updates.

    In bf16 the optimiser works on fp32 masters: steps smaller than bf16's spacing would be lost.
    """

    def __init__(self, config: RunConfig, device: Device) -> None:
        self.config = config
        self.masks = generator(config.seed, "masks", device.name)
        net = build(config, generator(config.seed, "weights"), self.masks)
        net = net.to(device.name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        masters = [nn.Parameter(weight.detach().clone()) for weight in net.parameters()]
        self.net = net.to_dtype(device.dtype)
        self.weights: list[Tensor] = list(self.net.parameters())
        self.shares_weights = device.dtype == torch.float32
        self.masters: list[Tensor] = self.weights if self.shares_weights else list(masters)
        self.optimizer = _optimizer(config, self.masters, device.name)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: learning_rate_factor(config.schedule, step / config.steps)
        )
        self.step = 0  # update steps done
        self.kept: dict[str, Tensor] = {}

    def update(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """One step on normalised images (N, 3, 32, 32); returns mean loss and number correct."""
        done = self.step / self.config.steps
        self.net.scale_dropout(dropout_factor(self.config.dropout_schedule, done))
        scores = self.net(images).float()
        loss = functional.cross_entropy(scores, labels)
        for weight in self.weights:
            weight.grad = None
        loss.backward()
        if not self.shares_weights:
            for master, weight in zip(self.masters, self.weights, strict=True):
                assert weight.grad is not None
                master.grad = weight.grad.float()
        self.optimizer.step()
        self.schedule.step()
        self._settle()
        self.step += 1
        return loss.detach(), (scores.detach().argmax(1) == labels).sum()

    @torch.no_grad()
    def keep(self) -> None:
        """Keep a copy of the network as it is, running statistics included; the last one goes."""
        state = self.net.state_dict()
        if not self.kept:
            self.kept = {name: torch.empty_like(value) for name, value in state.items()}
        for name, value in state.items():
            self.kept[name].copy_(value)

    def go_back(self) -> None:
        """Make the network what it was at the last `keep`. For the end of a run: the optimiser's
        state and its fp32 weights of a bf16 network stay as they are.
        """
        self.net.load_state_dict(self.kept)

    def state(self) -> dict[str, Any]:
        """All that the next updates depend on. Its tensors are the learner's own: save at once."""
        return {
            "step": self.step,
            "network": self.net.state_dict(),
            "masters": [] if self.shares_weights else self.masters,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "kept": self.kept,
            "masks": self.masks.get_state(),
        }

    @torch.no_grad()
    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, of a learner of the same configuration and device."""
        self.step = state["step"]
        self.net.load_state_dict(state["network"])
        if not self.shares_weights:
            for master, value in zip(self.masters, state["masters"], strict=True):
                master.copy_(value)
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        device = self.weights[0].device
        self.kept = {name: value.to(device) for name, value in state["kept"].items()}
        self.masks.set_state(state["masks"])

    @torch.no_grad()
    def _settle(self) -> None:
        """Bound the norms, then hand the masters' values to the network."""
        if self.config.max_norm is not None:
            for master in self.masters:
                if master.dim() > 1:
                    master.copy_(torch.renorm(master, 2, 0, self.config.max_norm))
        if not self.shares_weights:
            torch._foreach_copy_(self.weights, self.masters)


def learning_rate_factor(schedule: str, done: float) -> float:
    """What the learning rate is multiplied by when a share `done` (0..1) of all steps is over."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    if schedule == "step":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    return 1.0


def _optimizer(config: RunConfig, weights: list[Tensor], device: str) -> torch.optim.Optimizer:
    fused = device in FUSED_DEVICES
    rate, decay = config.learning_rate, config.weight_decay
    if config.optimizer == "sgd":
        momentum = config.momentum
        return torch.optim.SGD(weights, rate, momentum, weight_decay=decay, fused=fused)
    if config.optimizer == "adamw":
        return torch.optim.AdamW(weights, rate, weight_decay=decay, fused=fused)
    return torch.optim.Adam(weights, rate, weight_decay=decay, fused=fused)
