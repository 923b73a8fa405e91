"""Foreign files: a good one becomes 32 × 32 pixels, any other a sentence, and nothing is harmed."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from dropout_demo.config import MAX_UPLOAD_BYTES
from dropout_demo.inside import uploads
from dropout_demo.inside.uploads import PIXEL_BYTES, UploadRefused, decode, read_upload

RANDOM = np.random.default_rng(0)
LOSSLESS = ("PNG", "WEBP", "BMP")


def saved(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pixels(data: bytes) -> npt.NDArray[np.int64]:
    """What a file became, (32, 32, 3)."""
    got = decode(data)
    assert len(got) == PIXEL_BYTES
    return np.frombuffer(got, np.uint8).reshape(32, 32, 3).astype(np.int64)


def noise(height: int, width: int, channels: int = 3) -> npt.NDArray[np.uint8]:
    return RANDOM.integers(0, 256, (height, width, channels), np.uint8)


def refusal(data: bytes, read: Callable[[bytes], bytes] = decode) -> str:
    with pytest.raises(UploadRefused) as refused:
        read(data)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert len(sentence) < 160
    return sentence


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(bytes(min((1 + 3 * width) * height, 20_000)))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


# ---- what becomes of good files ----


@pytest.mark.parametrize("format", LOSSLESS)
def test_a_picture_of_32_by_32_comes_out_as_it_is(format: str) -> None:
    image = noise(32, 32)
    assert (pixels(saved(Image.fromarray(image), format, lossless=True)) == image).all()


def test_each_pixel_is_the_mean_of_its_part_of_the_middle_square() -> None:
    image = noise(96, 128)
    parts = image[:, 16:112].reshape(32, 3, 32, 3, 3)
    expected = parts.mean((1, 3), dtype=np.float64)
    assert abs(pixels(saved(Image.fromarray(image))) - expected).max() <= 1


def test_a_small_picture_grows_in_blocks() -> None:
    image = noise(8, 8)
    expected = image.repeat(4, 0).repeat(4, 1)
    assert (pixels(saved(Image.fromarray(image))) == expected).all()


def test_what_is_transparent_stands_on_white() -> None:
    image = noise(32, 32, 4)
    share = image[..., 3:] / 255
    expected = image[..., :3] * share + 255 * (1 - share)
    assert abs(pixels(saved(Image.fromarray(image))) - expected).max() <= 1.5


def test_transparency_of_palettes_and_of_grey_stands_on_white_too() -> None:
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert (pixels(saved(palette, transparency=1)) == 255).all()
    assert (pixels(saved(palette)) == [10, 20, 30]).all()
    assert (pixels(saved(Image.new("LA", (32, 32), (0, 0)))) == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA"])
def test_every_mode_of_png_shows_a_grey_as_that_grey(mode: str) -> None:
    level = 255 if mode == "1" else 102
    assert (pixels(saved(Image.new("L", (40, 40), level).convert(mode))) == level).all()


def test_sixteen_bits_become_eight_by_scaling_not_by_cutting_off() -> None:
    levels = np.linspace(0, 65_535, 32 * 32).reshape(32, 32).astype(np.uint16)
    expected = np.rint(levels / 257)[..., None].repeat(3, 2)
    assert abs(pixels(saved(Image.fromarray(levels))) - expected).max() <= 1


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_jpegs_of_any_mode_keep_their_colour(mode: str) -> None:
    colour = (200, 200, 200) if mode == "L" else (200, 40, 90)
    data = saved(Image.new("RGB", (64, 64), colour).convert(mode), "JPEG", quality=95)
    assert abs(pixels(data) - colour).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_any_way_gives_an_upright_picture(orientation: int) -> None:
    image = Image.fromarray(noise(32, 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(image, "PNG", exif=exif)
    with Image.open(io.BytesIO(data)) as opened:
        expected = np.array(ImageOps.exif_transpose(opened))
    assert (pixels(data) == expected).all()


def test_a_phones_picture_is_read_at_an_eighth_of_its_size_and_looks_the_same() -> None:
    steps = np.kron(noise(8, 8), np.ones((500, 500, 1), np.uint8))
    got = pixels(saved(Image.fromarray(steps), "JPEG", quality=90))
    expected = steps.reshape(32, 125, 32, 125, 3).mean((1, 3))
    assert abs(got - expected).mean() < 2


def test_of_moving_pictures_only_the_first_frame_is_read() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")] * 100
    for kind in ("GIF", "PNG", "WEBP"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        assert (pixels(data) == [255, 0, 0]).all(), kind


# ---- what is refused ----


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00" * 1_000,
        b"%PDF-1.7\n%%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"/>',
        saved(Image.new("RGB", (32, 32)), "TIFF"),
        saved(Image.new("RGB", (32, 32)), "ICO"),
        saved(Image.new("RGB", (32, 32)), "PPM"),
    ],
    ids=["empty", "text", "zeros", "PDF", "EPS", "SVG", "TIFF", "ICO", "PPM"],
)
def test_what_is_no_picture_or_of_another_format_is_refused(data: bytes) -> None:
    assert "PNG, JPEG, WebP, GIF or BMP" in refusal(data)


@pytest.mark.parametrize("format", [*uploads.FORMATS])
def test_a_picture_that_breaks_off_is_refused(format: str) -> None:
    whole = saved(Image.fromarray(noise(64, 64)), format)
    for share in (0.02, 0.5, 0.9):
        refusal(whole[: int(len(whole) * share)])


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert "5 MB" in refusal(b"\x89PNG" + bytes(MAX_UPLOAD_BYTES))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 10_000), (7, 7), (40, 2)])
def test_a_picture_of_a_few_pixels_is_refused(width: int, height: int) -> None:
    assert f"{width:,} × {height:,}" in refusal(png(width, height))


HUGE = {
    "PNG of 100 megapixels": png(10_000, 10_000),
    "PNG of the largest head": png(2**31 - 1, 2**31 - 1),
    "GIF of the largest head": b"GIF89a\xff\xff\xff\xff\x00\x00\x00,"
    + b"\x00" * 4
    + b"\xff\xff\xff\xff\x00\x02\x02\x4c\x01\x00;",
    "BMP of 100 megapixels": b"BM"
    + struct.pack("<IIIIiiHHIIiiII", 60, 0, 54, 40, 10_000, 10_000, 1, 24, 0, 0, 0, 0, 0, 0)
    + b"\x00" * 60,
    "JPEG of the largest head": saved(Image.new("RGB", (16, 16)), "JPEG").replace(
        b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10", b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff"
    ),
    "WebP of the largest head": b"RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"
    + b"\x00\x00\x00\x00\xff\xff\xff\xff\xff\x00",
}


def text_bomb(kind: bytes) -> bytes:
    """A PNG of 64 × 64 with a text or profile that unpacks to 200 megabytes."""
    press = zlib.compressobj(9)
    packed = b"".join(press.compress(bytes(10**6)) for _ in range(200)) + press.flush()
    return png(64, 64, chunk(kind, b"name\0\0" + packed))


@pytest.mark.parametrize("data", HUGE.values(), ids=HUGE)
def test_a_tiny_file_of_a_huge_picture_is_refused_by_its_head(data: bytes) -> None:
    assert "million pixels" in refusal(data)


def test_no_bomb_takes_memory(tmp_path: Path, in_new_process: Callable[..., str]) -> None:
    bombs = {**HUGE, "text": text_bomb(b"zTXt"), "profile": text_bomb(b"iCCP")}
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    code = f"""
import resource
from pathlib import Path
from PIL import Image
from dropout_demo.inside.uploads import UploadRefused, decode
Image.init()
files = sorted(Path({str(tmp_path)!r}).iterdir())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for file in files:
    try:
        decode(file.read_bytes())
    except UploadRefused:
        print("refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    *refused, kilobytes = in_new_process(code).split()
    assert len(refused) == len(bombs)
    assert int(kilobytes) < 40_000  # the smallest of them would take 200,000


@settings(max_examples=150)
@given(
    st.sampled_from(uploads.FORMATS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0, 1),
)
def test_a_damaged_file_is_a_picture_or_a_sentence(
    format: str, damage: list[tuple[float, int]], kept: float
) -> None:
    image = np.add.outer(np.arange(20), np.arange(24)).astype(np.uint8)
    data = bytearray(saved(Image.fromarray(image), format))
    for place, byte in damage:
        data[int(place * len(data))] = byte
    with contextlib.suppress(UploadRefused):
        assert len(decode(bytes(data[: max(1, int(kept * len(data)))]))) == PIXEL_BYTES


# ---- the process that reads ----


def test_the_reading_process_gives_what_decoding_here_gives() -> None:
    data = saved(Image.fromarray(noise(50, 70)))
    assert read_upload(data) == decode(data)
    assert refusal(b"hello", read_upload) == refusal(b"hello")
    assert "million pixels" in refusal(HUGE["WebP of the largest head"], read_upload)


def test_a_reading_process_that_outgrows_its_memory_ends_in_a_sentence(
    in_new_process: Callable[..., str],
) -> None:
    code = """
import io, sys
from PIL import Image
from dropout_demo.inside import uploads
file = io.BytesIO()
Image.new("P", (5_000, 4_000)).save(file, "PNG")
sys.stdin = io.TextIOWrapper(io.BytesIO(file.getvalue()))
uploads.MAX_MEMORY = 140 * 2**20
uploads.main()
"""
    assert in_new_process(code) == "!" + uploads._TOO_MUCH


def test_a_picture_of_endless_scans_is_given_up_and_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = endless_scans()
    children: list[subprocess.Popen[bytes]] = []
    started = subprocess.Popen.__init__

    def noticed(process: subprocess.Popen[bytes], *given: Any, **more: Any) -> None:
        started(process, *given, **more)
        children.append(process)

    monkeypatch.setattr(subprocess.Popen, "__init__", noticed)
    monkeypatch.setattr(uploads, "MAX_SECONDS", 1)
    assert "too much work" in refusal(data, read_upload)
    assert [child.poll() is not None for child in children] == [True]


def endless_scans() -> bytes:
    """A progressive JPEG of 4 megapixels whose last scan comes again and again: seconds of work."""
    whole = saved(Image.new("RGB", (2_000, 2_000), "red"), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * 60_000 + whole[-2:]


def test_a_picture_leaves_nothing_on_the_disk(home: Path, tmp_path: Path) -> None:
    began = time.time()
    read_upload(saved(Image.fromarray(noise(40, 40))))
    for folder in (home, tmp_path):
        new = [p for p in folder.rglob("*") if p.is_file() and p.stat().st_mtime >= began]
        assert new == []
