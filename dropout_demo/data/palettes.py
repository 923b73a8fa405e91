"""Colours that go together: each palette is five, from deep to light, picked by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HEX = (
    "264653 2a9d8f e9c46a f4a261 e76f51",  # coast at dusk
    "1d3557 457b9d a8dadc f1faee e63946",  # lighthouse
    "22223b 4a4e69 9a8c98 c9ada7 f2e9e4",  # heather
    "283618 606c38 dda15e bc6c25 fefae0",  # autumn wood
    "2b2d42 8d99ae edf2f4 ef233c f6bd60",  # signal
    "0b3954 087e8b bfd7ea ff5a5f c81d25",  # lagoon
    "3d348b 7678ed f7b801 f18701 f35b04",  # neon evening
    "335c67 fff3b0 e09f3e 9e2a2b 540b0e",  # desert
    "355070 6d597a b56576 e56b6f eaac8b",  # rose sky
    "132a13 31572c 4f772d 90a955 ecf39e",  # moss
    "5f0f40 9a031e fb8b24 e36414 0f4c5c",  # embers
    "cdb4db ffc8dd ffafcc bde0fe 5e60ce",  # sherbet
    "003049 669bbc fdf0d5 c1121f 780000",  # pottery
    "606c88 3f4e66 f2d0a4 d17b88 fae3e3",  # powder
    "012a4a 2a6f97 61a5c2 a9d6e5 ffd166",  # deep sea
    "3a0ca3 7209b7 f72585 4cc9f0 ffe5ec",  # arcade
)

PALETTES: NDArray[np.float32] = np.array(
    [[[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in line.split()] for line in _HEX],
    dtype=np.float32,
) / np.float32(255)
"""Float32 (palettes, 5, 3), red green blue in 0..1."""
