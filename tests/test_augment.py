from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, kstest, norm
from torch import Tensor

from dropout_demo.augment import Augmenter, cropped, mirrored
from dropout_demo.config import RunConfig
from dropout_demo.vision import import_torchvision


def augmenter(seed: int = 0, **changes: Any) -> Augmenter:
    return Augmenter(RunConfig(seed=seed, **changes), "cpu")


def pictures(count: int = 200, dtype: torch.dtype = torch.float32) -> Tensor:
    x = torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(4)) + 1
    return x.to(memory_format=torch.channels_last).to(dtype)


def test_a_window_is_torchvisions_crop_of_each_padded_image() -> None:
    import_torchvision()
    from torchvision.transforms.functional import crop, pad

    x = pictures(81)
    corners = torch.cartesian_prod(torch.arange(9), torch.arange(9)).T
    for image, (top, left), got in zip(x, corners.T.tolist(), cropped(x, corners), strict=True):
        assert torch.equal(got, crop(pad(image, 4), top, left, 32, 32))


def test_the_middle_window_is_the_image_itself() -> None:
    x = pictures(5)
    assert torch.equal(cropped(x, torch.full((2, 5), 4)), x)


def test_added_pixels_are_the_mean_colour() -> None:
    got = cropped(pictures(1), torch.tensor([[0], [8]]))[0]
    assert (got[:, :4] == 0).all()
    assert (got[:, :, -4:] == 0).all()
    assert (got[:, 4:, :-4] != 0).all()


def test_mirrored_images_are_numpys_and_the_others_untouched() -> None:
    x, mirror = pictures(4), torch.tensor([1, 0, 0, 1])
    got = mirrored(x, mirror).numpy()
    for at, turned in enumerate(mirror.tolist()):
        assert np.array_equal(got[at], np.flip(x[at].numpy(), 2) if turned else x[at].numpy())


def test_windows_are_uniform_over_all_81_places_and_mirrors_over_2() -> None:
    """A picture that says where each of its pixels was."""
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    x = (1 + rows * 32 + columns).expand(16_200, 1, 32, 32)
    got = augmenter(augmentation="flip-crop")(x)[:, 0]
    centre, beside = got[:, 15, 15].long() - 1, got[:, 15, 16].long() - 1
    flipped = beside < centre
    columns_seen = torch.where(flipped, centre % 32 - 1, centre % 32)  # mirror: column 16 there
    top, left = centre // 32 - 15 + 4, columns_seen - 15 + 4
    assert {*top.tolist()} == {*left.tolist()} == set(range(9))
    counts = torch.bincount((top * 9 + left) * 2 + flipped, minlength=162)
    assert chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.parametrize("name", ["flip", "crop", "flip-crop"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_shape_dtype_and_memory_order_stay_and_the_batch_given_is_untouched(
    name: str, dtype: torch.dtype
) -> None:
    x = pictures(20, dtype)
    before = x.clone()
    got = augmenter(augmentation=name, input_noise=0.1)(x)
    assert (got.shape, got.dtype) == (x.shape, dtype)
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(x, before)
    assert not torch.equal(got, x)


def test_flips_alone_move_nothing_and_crops_alone_mirror_nothing() -> None:
    x = pictures(50)
    flips = augmenter(augmentation="flip")(x)
    for got, image in zip(flips, x, strict=True):
        assert torch.equal(got, image) or torch.equal(got, image.flip(2))
    assert 10 < sum(torch.equal(*pair) for pair in zip(flips, x, strict=True)) < 40
    crops = augmenter(augmentation="crop")(x)
    windows = {(top, left) for top in range(9) for left in range(9)}
    for got, image in zip(crops[:5], x[:5], strict=True):
        every = cropped(image.expand(81, -1, -1, -1), torch.tensor(sorted(windows)).T)
        assert (every == got).flatten(1).all(1).sum() == 1


def test_noise_is_normal_with_the_spread_asked_for() -> None:
    x = pictures(100)
    added = augmenter(input_noise=0.3)(x).double() - x
    assert kstest(added.flatten().numpy(), norm(0, 0.3).cdf).pvalue > 1e-3


def test_a_seed_repeats_and_every_batch_is_another() -> None:
    x = pictures(30)
    for changes in ({"augmentation": "flip-crop"}, {"input_noise": 0.2}):
        one, again, other = (augmenter(seed, **changes) for seed in (1, 1, 2))
        first = one(x)
        assert torch.equal(first, again(x))
        assert not torch.equal(first, other(x))
        assert not torch.equal(first, one(x))


def test_windows_are_the_same_with_and_without_noise() -> None:
    x = pictures(30)
    plain, noisy = augmenter(augmentation="crop"), augmenter(augmentation="crop", input_noise=1e-30)
    torch.testing.assert_close(plain(x), noisy(x), rtol=0, atol=1e-28)


def test_nothing_asked_for_changes_nothing_and_draws_nothing() -> None:
    nothing, x = augmenter(), pictures(3)
    before = nothing.windows.get_state(), nothing.noises.get_state()
    assert nothing(x) is x
    assert torch.equal(nothing.windows.get_state(), before[0])
    assert torch.equal(nothing.noises.get_state(), before[1])


def test_torchs_global_stream_is_left_alone() -> None:
    before = torch.get_rng_state()
    augmenter(augmentation="flip-crop", input_noise=0.1)(pictures(3))
    assert torch.equal(torch.get_rng_state(), before)
