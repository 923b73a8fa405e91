"""Every number of the panel "Masks" again, from the weights by plain torch functions."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dropout_demo.config import LAYERS, RATES, Dropout, RunConfig
from dropout_demo.inside.answers.base import ProbeError, Progress
from dropout_demo.inside.answers.masks import masks
from dropout_demo.inside.masks import Masks
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.workbench import Opened, Workbench
from dropout_demo.problems import ConfigError
from dropout_demo.ui.inside.masks import masks_data
from dropout_demo.ui.inside.on_show import OnShow
from dropout_demo.ui.inside.picture_choice import Picture

MEAN, STD = (125.31, 122.95, 113.87), (62.99, 62.09, 66.70)  # of CIFAR-10's training images
GREY = base64.b64encode(bytes([128]) * 3_072).decode()


def ask(workbench: Workbench, *networks: Opened, **fields: Any) -> dict[str, Any]:
    question = Masks.parse({"index": 3, **fields})
    *progress, answer = masks(workbench, networks, question)
    assert progress
    assert all(isinstance(part, Progress) for part in progress)
    assert isinstance(answer, dict)
    return answer


def unpacked(text: str, *shape: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)


def bits(text: str, *shape: int) -> Tensor:
    found = np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8))
    return torch.from_numpy(found[: int(np.prod(shape))].reshape(shape)).bool()


def kept(shape: tuple[int, ...], rate: float, seed: int) -> Tensor:
    """The mask of a seed, by hand: two 32-bit draws a 64-bit number, kept from rate * 2**32 on."""
    count = int(np.prod(shape))
    drawn = torch.empty((count + 1) // 2, dtype=torch.int64)
    drawn.random_(-(2**63), None, generator=torch.Generator().manual_seed(seed))
    high = drawn.numpy().view(np.int32)[:count].astype(np.int64) + 2**31
    return torch.from_numpy(high >= rate * 2**32).view(shape)


def normalised(workbench: Workbench, index: int) -> Tensor:
    pixels = torch.tensor(workbench.split("shapes").images[index]).float()
    return ((pixels - torch.tensor(MEAN)) / torch.tensor(STD)).permute(2, 0, 1)[None]


def by_hand(net: torch.nn.Module, x: Tensor, mask: dict[str, Tensor]) -> dict[str, Tensor]:
    """All layers' numbers; `mask` multiplies what leaves a layer, or enters its pooling."""
    w = {name: value.detach() for name, value in net.state_dict().items()}
    out = {"input": x * mask.get("input", 1)}
    x = out["input"]
    for layer in ("conv1", "conv2", "conv3"):
        x = functional.conv2d(x, w[f"{layer}.weight"], w[f"{layer}.bias"]).relu()
        x = functional.max_pool2d(x * mask.get(f"{layer} before", 1), 2) * mask.get(layer, 1)
        out[layer] = x
    out["flatten"] = x.flatten(1) * mask.get("flatten", 1)
    hidden = (out["flatten"] @ w["fc1.weight"].T + w["fc1.bias"]).relu()
    out["fc1"] = hidden * mask.get("fc1", 1)
    scores = out["fc1"] @ w["logits.weight"].T + w["logits.bias"]
    out["logits"] = scores * mask.get("logits", 1)
    return out


@pytest.mark.parametrize("layer", LAYERS)
def test_all_numbers_are_those_of_a_short_script(
    workbench: Workbench, opened: Opened, layer: str
) -> None:
    rate, seed = 0.4, 7
    answer = ask(workbench, opened, layer=layer, rate=rate, seed=seed)["networks"][0]
    x = normalised(workbench, 3)
    clean = by_hand(opened.net, x, {})
    keep = kept(tuple(clean[layer].shape), rate, seed)
    with_mask = by_hand(opened.net, x, {layer: keep / (1 - rate)})
    for told, scores in (("without", clean), ("with", with_mask)):
        shares = scores["logits"].softmax(1)[0].tolist()
        assert answer["probabilities"][told] == pytest.approx(shares, abs=1e-5)
    assert answer["mask"]["dropped"] == int((~keep).sum())
    assert answer["mask"]["units"] == keep.numel()
    assert answer["mask"]["scale"] == pytest.approx(1 / 0.6)
    for at, picture in enumerate(answer["layers"]):
        assert picture["layer"] == LAYERS[at]
        assert picture["mean"] == pytest.approx(clean[LAYERS[at]].mean().item(), abs=1e-5)
        assert picture["mean_with"] == pytest.approx(with_mask[LAYERS[at]].mean().item(), abs=1e-5)
    variance = clean[layer].var(correction=0) + rate / (1 - rate) * (clean[layer] ** 2).mean()
    told = answer["moments"]
    assert told["without"]["mean"] == pytest.approx(clean[layer].mean().item(), abs=1e-5)
    assert told["without"]["std"] == pytest.approx(clean[layer].std(correction=0).item(), abs=1e-5)
    assert told["this"]["mean"] == pytest.approx(with_mask[layer].mean().item(), abs=1e-5)
    assert told["this"]["std"] == pytest.approx(with_mask[layer].std(correction=0).item(), abs=1e-5)
    assert told["unscaled"]["mean"] == pytest.approx((clean[layer] * keep).mean().item(), abs=1e-5)
    assert told["expected"]["mean"] == told["without"]["mean"]
    assert told["expected"]["std"] == pytest.approx(variance.sqrt().item(), abs=1e-5)
    assert told["masks"] == 200
    many = clean[layer] * kept((200, *clean[layer].shape[1:]), rate, 2_024) / (1 - rate)
    assert told["counted"]["mean"] == pytest.approx(many.mean().item(), abs=1e-4)
    assert told["counted"]["std"] == pytest.approx(many.std(correction=0).item(), abs=1e-4)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3"])
def test_before_pooling_windows_are_counted_and_the_scores_are_those_of_a_short_script(
    workbench: Workbench, opened: Opened, layer: str
) -> None:
    rate, seed = 0.6, 5
    answer = ask(workbench, opened, layer=layer, rate=rate, seed=seed, pool="before")["networks"][0]
    x = normalised(workbench, 3)
    side = {"conv1": 30, "conv2": 13, "conv3": 4}[layer]
    channels = len(opened.net.get_submodule(layer).bias)
    keep = kept((1, channels, side, side), rate, seed)
    with_mask = by_hand(opened.net, x, {f"{layer} before": keep / (1 - rate)})
    shares = with_mask["logits"].softmax(1)[0].tolist()
    assert answer["probabilities"]["with"] == pytest.approx(shares, abs=1e-5)
    pooled = side // 2
    quarters = keep[:, :, : 2 * pooled, : 2 * pooled].view(1, channels, pooled, 2, pooled, 2)
    alive = quarters.any(3).any(4)
    windows = answer["mask"]["windows"]
    assert windows == {
        "all": channels * pooled**2,
        "survived": int(alive.sum()),
        "expected": pytest.approx(1 - 0.6**4),
    }
    picture = answer["layers"][LAYERS.index(layer)]
    shown = picture["shown"]
    assert torch.equal(~bits(picture["dropped"], shown, pooled, pooled), alive[0, :shown])
    before = answer["before_pool"]
    shown = before["shown"]
    assert before["rows"] == side
    assert torch.equal(~bits(before["dropped"], shown, side, side), keep[0, :shown])


def test_channels_drop_whole(workbench: Workbench, opened: Opened) -> None:
    answer = ask(workbench, opened, layer="conv2", rate=0.5, drop="channel")["networks"][0]
    keep = kept((1, 16, 1, 1), 0.5, 1)
    assert answer["mask"]["channels"] == {"all": 16, "dropped": int((~keep).sum())}
    assert answer["mask"]["dropped"] == 36 * int((~keep).sum())
    dropped = bits(answer["layers"][2]["dropped"], 16, 6, 6)
    assert torch.equal(dropped.any(2).any(1), dropped.all(2).all(1))
    assert torch.equal(~dropped[:, 0, 0], keep.flatten())


def test_pictures_hold_the_numbers_on_one_scale_for_both(
    workbench: Workbench, opened: Opened
) -> None:
    answer = ask(workbench, opened, layer="conv1", rate=0.5)["networks"][0]
    x = normalised(workbench, 3)
    clean = by_hand(opened.net, x, {})
    with_mask = by_hand(opened.net, x, {"conv1": kept((1, 8, 15, 15), 0.5, 1) * 2.0})
    for at, layer in enumerate(LAYERS):
        picture = answer["layers"][at]
        shape = picture["shown"], picture["rows"], picture["columns"]
        low, high = picture["low"], picture["high"]
        for told, outputs in (("without", clean), ("with", with_mask)):
            if picture[told] is None:
                assert told == "with"
                assert layer == "input"
                continue
            numbers = outputs[layer][0].reshape(-1, *shape[1:])[: shape[0]].numpy()
            expected = 255 * np.clip((numbers - low) / (high - low), 0, 1)
            assert np.abs(unpacked(picture[told], *shape) - expected).max() <= 0.51


def test_another_mask_or_rate_leaves_the_pictures_without_a_mask_as_they_were(
    workbench: Workbench, opened: Opened
) -> None:
    first = ask(workbench, opened, layer="conv1", rate=0.1, seed=1)["networks"][0]
    other = ask(workbench, opened, layer="conv1", rate=0.9, seed=2)["networks"][0]
    for name in ("without", "low", "high"):
        assert [p[name] for p in first["layers"]] == [p[name] for p in other["layers"]]
    assert first["probabilities"]["without"] == other["probabilities"]["without"]
    assert first["probabilities"]["with"] != other["probabilities"]["with"]


def test_the_same_question_has_the_same_answer(workbench: Workbench, opened: Opened) -> None:
    assert ask(workbench, opened, seed=4) == ask(workbench, opened, seed=4)


def test_counting_is_for_each_image_rate_and_network_its_own_whatever_was_asked_before(
    workbench: Workbench, opened: Opened, plain: Opened
) -> None:
    asked = [
        {"rate": 0.5},
        {"rate": 0.5, "index": 4},
        {"rate": 0.25},
        {"rate": 0.5, "layer": "conv2"},
        {"rate": 0.5, "layer": "conv2", "drop": "channel"},
        {"rate": 0.5, "layer": "conv2", "pool": "before"},
    ]

    def counted(*networks: Opened) -> list[dict[str, float]]:
        told = [ask(workbench, *networks, **fields)["networks"] for fields in asked]
        return [network["moments"]["counted"] for networks in told for network in networks]

    first = counted(opened, plain)
    assert len({moments["std"] for moments in first}) == len(first)
    assert counted(opened, plain) == first


def test_a_few_large_maps_are_shown_or_all_of_the_masks_layer(
    workbench: Workbench, opened: Opened
) -> None:
    few = ask(workbench, opened, layer="conv3")["networks"][0]["layers"]
    every = ask(workbench, opened, layer="conv3", every_map=True)["networks"][0]["layers"]
    assert [p["shown"] for p in few] == [3, 8, 16, 16, 1, 1, 1]
    assert [p["maps"] for p in few] == [3, 8, 16, 32, 1, 1, 1]
    assert [p["shown"] for p in every] == [3, 8, 16, 32, 1, 1, 1]


def test_a_mask_on_the_image_puts_the_mean_colour_where_it_drops(
    workbench: Workbench, opened: Opened
) -> None:
    answer = ask(workbench, opened, layer="input", rate=0.5, drop="channel", seed=2)["networks"][0]
    seen = unpacked(answer["image_with"], 32, 32, 3)
    keep = kept((1, 3, 1, 1), 0.5, 2).flatten()
    assert set(keep.tolist()) == {True, False}
    pixels = workbench.split("shapes").images[3].astype(float)
    for colour, mean in enumerate(MEAN):
        scaled = mean + 2.0 * keep[colour].item() * (pixels[..., colour] - mean)
        assert np.abs(seen[..., colour] - np.clip(scaled, 0, 255)).max() <= 0.51
    assert ask(workbench, opened, layer="conv1")["networks"][0]["image_with"] is None


def test_two_networks_see_the_same_image_under_the_same_mask(
    workbench: Workbench, opened: Opened, plain: Opened
) -> None:
    both = ask(workbench, opened, plain, layer="conv1", rate=0.3, seed=9)
    one, other = both["networks"]
    assert one["layers"][1]["dropped"] == other["layers"][1]["dropped"]
    assert one["layers"][0]["without"] == other["layers"][0]["without"]
    alone = ask(workbench, plain, layer="conv1", rate=0.3, seed=9)
    assert alone["networks"] == [other]


def test_the_dense_drawing_shows_the_most_active_units_and_the_weights_between_them(
    workbench: Workbench, opened: Opened
) -> None:
    dense = ask(workbench, opened, layer="flatten", rate=0.5, seed=2)["networks"][0]["dense"]
    clean = by_hand(opened.net, normalised(workbench, 3), {})
    keep = kept((1, 128), 0.5, 2)[0]
    flat, hidden = dense["flatten"]["units"], dense["fc1"]["units"]
    assert (len(flat), len(hidden), dense["logits"]["units"]) == (14, 12, list(range(10)))
    assert clean["flatten"][0, flat].min() >= clean["flatten"][0].sort().values[-14]
    assert dense["flatten"]["dropped"] == (~keep[flat]).tolist()
    assert dense["flatten"]["dropped_of_all"] == int((~keep).sum())
    assert not any(dense["fc1"]["dropped"] + dense["logits"]["dropped"])
    weight = opened.net.state_dict()["fc1.weight"]
    assert np.array(dense["to_fc1"]) == pytest.approx(weight[hidden][:, flat].numpy(), abs=1e-5)
    scores = opened.net.state_dict()["logits.weight"]
    assert np.array(dense["to_logits"]) == pytest.approx(scores[:, hidden].numpy(), abs=1e-5)


def test_what_drops_of_conv3_drops_of_flatten(workbench: Workbench, opened: Opened) -> None:
    dense = ask(workbench, opened, layer="conv3", rate=0.5, pool="before")["networks"][0]["dense"]
    gone = dense["flatten"]["dropped"]
    assert dense["flatten"]["dropped_of_all"] > 0
    assert [value for value, out in zip(dense["flatten"]["with"], gone, strict=True) if out] == (
        [0.0] * sum(gone)
    )


def test_a_picture_of_ones_own_is_taken_as_it_is(workbench: Workbench, opened: Opened) -> None:
    own = ask(workbench, opened, index=None, pixels=GREY)
    assert own["image"] == {"pixels": GREY, "label": None}
    split = workbench.split("shapes")
    given = base64.b64encode(split.images[3].tobytes()).decode()
    same = ask(workbench, opened, index=None, pixels=given)
    known = ask(workbench, opened)
    assert same["networks"] == known["networks"]
    assert known["image"]["pixels"] == given


def test_an_image_beyond_the_test_set_is_refused_in_a_sentence(
    workbench: Workbench, opened: Opened
) -> None:
    count = len(workbench.split("shapes"))
    with pytest.raises(ProbeError, match="There is no test image"):
        list(masks(workbench, [opened], Masks.parse({"index": count})))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"index": None}, "image is missing; allowed: either index or pixels."),
        ({"pixels": GREY}, "image is index and pixels"),
        ({"index": None, "pixels": "!"}, "pixels is '!'; allowed: base64 of exactly 3,072 bytes"),
        ({"index": None, "pixels": "é"}, "pixels is 'é'; allowed: base64"),
        ({"index": None, "pixels": GREY[:-4]}, "pixels is 3,069 bytes; allowed"),
        ({"index": -1}, "index is -1; allowed: a whole number >= 0 and < 10,000 or null."),
        ({"index": True}, "index is True"),
        ({"rate": 1.0}, "rate is 1.0; allowed: a number >= 0 and < 1."),
        ({"rate": float("nan")}, "rate is nan"),
        ({"layer": "conv4"}, "layer is 'conv4'; allowed: input or conv1"),
        ({"drop": "channel"}, "drop is 'channel'; allowed: element at flatten"),
        ({"pool": "before"}, "pool is 'before'; allowed: after at flatten"),
        ({"layer": "input", "pool": "before"}, "pool is 'before'; allowed: after at input"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**31}, "seed is 2147483648"),
        ({"every_map": 1}, "every_map is 1"),
        ({"more": 1}, "more is 1"),
    ],
)
def test_questions_that_make_no_sense_are_refused_with_field_and_range(
    fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError) as error:
        Masks.parse({"index": 3, **fields})
    assert sentence in str(error.value)


def on_show(config: RunConfig, name: str = "run", epoch: int = 2) -> OnShow:
    network = NetworkRef(config, Path("weights"), epoch)
    return OnShow(name, config, f"<b>{name}</b>", 1, (0, epoch), epoch, network)


PICTURE = Picture(bytes(range(256)) * 12, index=7, label=1, words="test image 7")


def test_the_page_asks_for_a_test_image_by_its_place_and_for_any_other_by_its_pixels() -> None:
    shapes, photos = RunConfig(dataset="shapes"), RunConfig(dataset="cifar10")
    assert masks_data([on_show(shapes)], PICTURE)["image"] == {"index": 7}
    assert masks_data([on_show(shapes), on_show(shapes)], PICTURE)["image"] == {"index": 7}
    own = Picture(PICTURE.pixels, None, None, "your picture")
    for told in (
        masks_data([on_show(shapes)], own),
        masks_data([on_show(shapes), on_show(photos)], PICTURE),  # place 7 is another image there
    ):
        assert base64.b64decode(told["image"]["pixels"]) == PICTURE.pixels
        Masks.parse(told["image"])


def test_the_page_begins_with_the_mask_of_training_and_offers_its_rate() -> None:
    dropped = RunConfig(dropout={"conv1": Dropout(0.0), "conv2": Dropout(0.37), "fc1": 0.5})
    told = masks_data([on_show(dropped), on_show(RunConfig())], PICTURE)
    assert told["start"] == {"layer": "conv2", "rate": 0.37}
    assert told["rates"] == sorted({*RATES, 0.37})
    assert [n["met"] for n in told["networks"]] == [{"conv2": "element", "fc1": "element"}, {}]
    assert [network["neverMasked"] for network in told["networks"]] == [False, True]
    assert masks_data([on_show(RunConfig())], PICTURE)["start"] == {
        "layer": "flatten",
        "rate": 0.25,
    }


def test_the_page_offers_channels_and_pooling_exactly_where_the_question_takes_them() -> None:
    for facts in masks_data([on_show(RunConfig())], PICTURE)["layers"]:
        for offered, field in (("maps", {"drop": "channel"}), ("pooled", {"pool": "before"})):
            if facts[offered]:
                Masks.parse({"index": 1, "layer": facts["name"], **field})
            else:
                with pytest.raises(ConfigError):
                    Masks.parse({"index": 1, "layer": facts["name"], **field})


def test_what_the_browser_is_told_is_json() -> None:
    told = masks_data([on_show(RunConfig())], PICTURE)
    assert json.loads(json.dumps(told)) == told
