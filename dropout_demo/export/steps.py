"""The lines of a script's training that depend on what is trained, as source."""

from __future__ import annotations

from collections.abc import Mapping, Set

from dropout_demo.export.literals import call, choice

_LOOP = 12
"""Characters before a line of the loop over batches."""

_MAKERS = {"adam": "torch.optim.Adam", "adamw": "torch.optim.AdamW", "sgd": "torch.optim.SGD"}

_RATES = {
    "constant": "1",
    "cosine": "(0.5 + math.cos(math.pi * done) / 2)",
    "step": "(1, 1, 0.1, 0.01)[int(4 * done)]",
}
"""By schedule, what the learning rate is multiplied by when a share `done` of all steps is over.

Equal to `learner.learning_rate_factor` to the last bit: halving a float is exact.
"""

_FACTORS = {
    "always": "1",
    "early": "float(done < 0.5)",
    "late": "float(done >= 0.5)",
    "growing": "-math.expm1(-10 * done)",
}
"""By schedule, what the rates of dropout are multiplied by, as `dropout_schedule` has it."""


def optimizer(features: Set[str]) -> str:
    """Source that makes the optimiser; fused ones round differently, and the Lab has them."""
    decay = ["weight_decay=s.weight_decay"] * ("weight_decay" in features)
    weights = ["net.parameters()", "s.learning_rate"]
    if "vary_optimizer" not in features:
        made = next(name for name in _MAKERS if name in features)
        momentum = ["s.momentum"] * (made == "sgd")
        arguments = [*weights, *momentum, "fused=True", *decay]
        return call(f"optimizer = {_MAKERS[made]}", arguments, 4, "short" in features)
    makers = [f'"{name}": {path}' for name, path in _MAKERS.items() if name in features]
    lines = [choice("makers", makers, 4)]
    more = []
    if "sgd" in features:
        lines.append('    more = {"momentum": s.momentum} if s.optimizer == "sgd" else {}')
        more = ["**more"]
    made = call("optimizer = makers[s.optimizer]", [*weights, *decay, "fused=True", *more], 4)
    return "\n".join([*lines, made])


def streams(features: Set[str]) -> str:
    """Source that names the random streams of training but that of labels."""
    purposes = {"batches": "order"}
    if features & {"flip", "crop"}:
        purposes["views"] = "augmentation"
    if "input_noise" in features:
        purposes["noise"] = "noise"
    if len(purposes) == 1:
        return '    batches = stream(s.seed, "order")'
    drawn = ", ".join(f'"{purpose}"' for purpose in purposes.values())
    return f"    {', '.join(purposes)} = (stream(s.seed, name) for name in ({drawn}))"


def rate(features: Set[str]) -> str:
    """Source that sets the learning rate of a step; `done` is the share of steps before it."""
    lr = 'optimizer.param_groups[0]["lr"] = s.learning_rate'
    if "vary_schedule" in features:
        chosen = choice("rates", _items(_RATES, features), _LOOP)
        return f"{chosen}\n{' ' * _LOOP}{lr} * rates[s.schedule]"
    factor = next((_RATES[name] for name in ("cosine", "step") if name in features), "1")
    return f"{' ' * _LOOP}{lr} * {factor}"


def dropout_factor(features: Set[str]) -> str:
    """Source that sets what all rates of dropout are multiplied by in a step."""
    if "vary_dropout_schedule" in features:
        chosen = choice("factors", _items(_FACTORS, features), _LOOP)
        return f"{chosen}\n{' ' * _LOOP}Dropout.factor = factors[s.dropout_schedule]"
    factor = next((_FACTORS[n] for n in ("early", "late", "growing") if n in features), "1")
    return f"{' ' * _LOOP}Dropout.factor = {factor}"


def _items(sources: Mapping[str, str], features: Set[str]) -> list[str]:
    return [f'"{name}": {source}' for name, source in sources.items() if name in features]
