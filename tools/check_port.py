"""Stops the start, with a sentence, when the port is taken: `check_port.py PORT`."""

import socket
import sys

given = sys.argv[1]
if not given.isdecimal() or not 1 <= int(given) <= 65_535:
    sys.exit(f"PORT is {given!r}; allowed: a whole number from 1 to 65535.")
with socket.socket() as probe:
    if probe.connect_ex(("127.0.0.1", int(given))) == 0:
        sys.exit(f"Port {given} is in use; choose another: make app PORT={int(given) + 1}")
