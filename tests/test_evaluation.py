from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dropout_demo.config import Dropout, RunConfig
from dropout_demo.data import Data
from dropout_demo.devices import Device
from dropout_demo.evaluation import CHANNEL_MEAN, CHANNEL_STD, CHUNK, Pictures, Stopped, measure
from dropout_demo.model import ArticleNet, build
from dropout_demo.streams import generator

CPU = Device("cpu", "fp32", "tested")


@pytest.fixture
def net() -> ArticleNet:
    config = RunConfig(width=0.25, dropout={"flatten": Dropout(0.5)})
    return build(config, generator(0, "weights"), generator(0, "masks"))


@pytest.fixture
def pictures(small_data: Data) -> Pictures:
    return Pictures(small_data.test.images, small_data.test.labels, CPU)


def normalised(images: np.ndarray) -> torch.Tensor:
    pixels = (images.astype(np.float64) - np.array(CHANNEL_MEAN)) / np.array(CHANNEL_STD)
    return torch.from_numpy(pixels.transpose(0, 3, 1, 2)).float()


def test_a_batch_holds_the_images_asked_for_normalised_by_channel(
    pictures: Pictures, small_data: Data
) -> None:
    index = torch.tensor([5, 0, 199, 5])
    images, labels = pictures.batch(index)
    assert images.shape == (4, 3, 32, 32)
    assert images.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(images, normalised(small_data.test.images[index.numpy()]))
    assert labels.tolist() == small_data.test.labels[index.numpy()].tolist()


def test_chunks_give_every_image_once_in_order(pictures: Pictures, small_data: Data) -> None:
    chunks = [pictures.chunk(start) for start in range(0, len(pictures), CHUNK)]
    assert [len(labels) for _, labels in chunks] == [125, 75]
    whole, labels = pictures.batch(torch.arange(200))
    assert torch.equal(torch.cat([images for images, _ in chunks]), whole)
    assert torch.equal(torch.cat([labels for _, labels in chunks]), labels)


def test_images_come_in_the_devices_number_format(small_data: Data) -> None:
    rough = Pictures(small_data.val.images, small_data.val.labels, Device("cpu", "bf16", ""))
    assert rough.batch(torch.arange(2))[0].dtype == torch.bfloat16
    assert rough.chunk(0)[0].dtype == torch.bfloat16


def test_read_only_maps_are_taken_without_a_warning(small_data: Data) -> None:
    images, labels = small_data.val.images.copy(), small_data.val.labels.copy()
    images.flags.writeable = labels.flags.writeable = False
    pictures = Pictures(images, labels, CPU)
    pictures.batch(torch.arange(3))
    pictures.chunk(0)


def test_a_measure_is_the_mean_over_all_images_with_dropout_off(
    net: ArticleNet, pictures: Pictures, small_data: Data
) -> None:
    measured = measure(net.train(), pictures, lambda: False)
    with torch.no_grad():
        scores = net.eval()(normalised(small_data.test.images))
    labels = torch.from_numpy(small_data.test.labels)
    assert measured.loss == pytest.approx(functional.cross_entropy(scores, labels).item(), rel=1e-5)
    assert measured.accuracy == (scores.argmax(1) == labels).double().mean().item()


def test_measuring_again_gives_the_same_numbers(net: ArticleNet, pictures: Pictures) -> None:
    assert measure(net, pictures, lambda: False) == measure(net, pictures, lambda: False)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_put_back(net: ArticleNet, pictures: Pictures, training: bool) -> None:
    net.train(training)
    measure(net, pictures, lambda: False)
    assert net.training is training
    assert all(module.training is training for module in net.modules())
    assert torch.is_grad_enabled()


def test_a_stop_ends_the_measuring_soon_and_puts_the_mode_back(
    net: ArticleNet, pictures: Pictures
) -> None:
    seen: list[int] = []
    net.register_forward_hook(lambda _m, _i, out: seen.append(len(out)))
    with pytest.raises(Stopped):
        measure(net.train(), pictures, lambda: len(seen) == 1)
    assert seen == [CHUNK]
    assert net.training
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()


def test_an_error_of_the_network_puts_the_mode_back_too(pictures: Pictures) -> None:
    net = nn.Linear(3, 3).train()
    with pytest.raises(RuntimeError):
        measure(net, pictures, lambda: False)
    assert net.training
