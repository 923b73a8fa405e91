"""Stops the set-up, with a sentence, on a Python that is too old."""

import sys

NEEDED = (3, 11)

if sys.version_info[:2] < NEEDED:
    found, needed = (".".join(map(str, version)) for version in (sys.version_info[:2], NEEDED))
    sys.exit("Python " + needed + " or newer is needed, not " + found + "; try make PYTHON=...")
