"""A learner's own picture, made 32 × 32 pixels without trusting a byte of the file.

Every file is read in a process of its own that ends after it (`python -m
dropout_demo.inside.uploads`: the file on stdin, the outcome on stdout, nothing on a disk). Neither
the server nor the prober reads it: a picture may crash its reader, fill the memory (a progressive
JPEG holds all its coefficients) or take minutes (thousands of scans over one picture), and only a
process can be limited and ended. Starting one takes about a tenth of a second, once a file.

What is refused before a pixel is decoded, by the file's head:
- more than MAX_UPLOAD_BYTES (5 MB): what a phone's picture takes, and what Streamlit takes;
- formats other than FORMATS: the common ones that hold pixels only. SVG, PDF and EPS are programs;
- more than MAX_PIXELS (50 million; MAX_PIXELS_WHOLE, 25 million, where a JPEG's decoding at an
  eighth of the size is not to be had): a decoded pixel takes four bytes;
- a side under MIN_SIDE (8 pixels), where nothing is to be seen.
Then MAX_MEMORY, MAX_SECONDS and one file at a time bound what any file may cost. Of a moving
picture the first frame alone is read; colour profiles and texts not at all.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import warnings

from PIL import Image, UnidentifiedImageError

from dropout_demo.config import MAX_UPLOAD_BYTES

SIDE = 32
PIXEL_BYTES = SIDE * SIDE * 3
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MIN_SIDE = 8
MAX_PIXELS = 50_000_000
MAX_PIXELS_WHOLE = 25_000_000
MAX_MEMORY = 1024**3
"""Bytes of address space of the reading process, the interpreter included; where there is such a
limit (Linux)."""
MAX_SECONDS = 5
"""Of the reading process, by its own clock of work and by the wall's."""

_DRAFT_SIDE = 4 * SIDE  # a JPEG is decoded at 1/2, 1/4 or 1/8, but never below this
_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DONE, _REFUSED = b"=", b"!"
_BROKEN = "This picture is damaged or breaks off; try another one."
_TOO_MUCH = "This picture takes too much work to read; save it anew as PNG or JPEG and try again."
_reading = threading.Lock()


class UploadRefused(Exception):
    """A file that is no picture for us; says why in one sentence."""


def read_upload(data: bytes) -> bytes:
    """The middle square of a picture at 32 × 32: uint8, row after row, red green blue; 3,072 bytes.

    data: the whole file, which nobody trusts. Waits while another file is read.
    Raises UploadRefused.
    """
    _check_length(data)
    command = [sys.executable, "-m", "dropout_demo.inside.uploads"]
    path = os.pathsep.join(folder for folder in sys.path if folder)
    with _reading:
        try:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                env={**os.environ, "PYTHONPATH": path},
                timeout=MAX_SECONDS,
                check=False,
            )
        except (subprocess.TimeoutExpired, OSError):
            raise UploadRefused(_TOO_MUCH) from None
    outcome, said = done.stdout[:1], done.stdout[1:]
    if outcome == _DONE and len(said) == PIXEL_BYTES:
        return said
    raise UploadRefused(said.decode() if outcome == _REFUSED else _TOO_MUCH)


def decode(data: bytes) -> bytes:
    """As `read_upload`, in this process, under the limits on the file's head alone.

    Each pixel is the mean of the part of the picture that it covers; transparent parts stand on
    white. Raises UploadRefused, and MemoryError where memory is short.
    """
    _check_length(data)
    try:
        # Of broken files Pillow warns as well as raises; nobody reads it here.
        with warnings.catch_warnings(action="ignore"), _opened(data) as image:
            _check_size(image)
            return _square(image).tobytes()
    except (UploadRefused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise UploadRefused(_too_large(MAX_PIXELS)) from None
    except Exception:  # noqa: BLE001 - Pillow's readers raise whatever a damaged file leads them to
        raise UploadRefused(_BROKEN) from None


def _check_length(data: bytes) -> None:
    if len(data) > MAX_UPLOAD_BYTES:
        most = MAX_UPLOAD_BYTES // 1024**2
        raise UploadRefused(f"This file is larger than {most} MB; save it smaller and try again.")


def _opened(data: bytes) -> Image.Image:
    """The picture with its head read and, but for WebP, nothing decoded."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise UploadRefused(
            "This file is no picture that can be read here; choose a PNG, JPEG, WebP, GIF or BMP."
        ) from None


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    jpeg = image.format in ("JPEG", "MPO")  # MPO: a JPEG with more pictures behind it
    most = MAX_PIXELS if jpeg else MAX_PIXELS_WHOLE
    if width * height > most:
        raise UploadRefused(_too_large(most, width, height))
    if min(width, height) < MIN_SIDE:
        raise UploadRefused(
            f"This picture is {width:,} × {height:,} pixels; each side must have {MIN_SIDE} or "
            "more to show anything."
        )


def _too_large(most: int, width: int = 0, height: int = 0) -> str:
    size = f"{width:,} × {height:,} pixels" if width else "too large"
    return (
        f"This picture is {size}; at most {most // 10**6} million pixels are read, "
        "so save it smaller and try again."
    )


def _square(image: Image.Image) -> Image.Image:
    """The middle square, 32 × 32, RGB, upright."""
    orientation = image.getexif().get(_ORIENTATION, 1)
    image.draft(None, (_DRAFT_SIDE, _DRAFT_SIDE))
    image.load()
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    small = _eight_bits(image).resize((SIDE, SIDE), Image.Resampling.BOX, box=box)
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    turn = _TURNS.get(orientation)
    upright = small if turn is None else small.transpose(turn)
    return upright.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture as RGB, or as RGBA where some of it may be transparent."""
    if image.mode.startswith("I"):  # grey of 16 bits; Pillow's own conversion cuts it off at 255
        return image.convert("I").point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _limit_this_process() -> None:
    """Let the operating system end this process rather than let it grow or go on."""
    if hasattr(os, "nice"):
        os.nice(5)  # as the workers': pages stay quick meanwhile
    try:
        import resource
    except ImportError:  # Windows: the wall's clock and the file's head remain
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def main() -> None:
    """Read a file from stdin; write its pixels, or why there are none."""
    _limit_this_process()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses twice that, before it decodes WebP
    try:
        told = _DONE + decode(sys.stdin.buffer.read(MAX_UPLOAD_BYTES + 1))
    except UploadRefused as refused:
        told = _REFUSED + str(refused).encode()
    except MemoryError:
        told = _REFUSED + _TOO_MUCH.encode()
    sys.stdout.buffer.write(told)


if __name__ == "__main__":
    main()
