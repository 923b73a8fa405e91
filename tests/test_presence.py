from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dropout_demo.presence import Presence

HOLD_UNTIL_KILLED = """
import sys
from pathlib import Path
from dropout_demo.presence import Presence
presence = Presence(Path(sys.argv[1]))
presence.hold()
print(presence.server, flush=True)
sys.stdin.read()
"""


def test_a_server_lives_until_it_says_otherwise(tmp_path: Path) -> None:
    first, second = Presence(tmp_path), Presence(tmp_path)
    first.hold()
    second.hold()
    assert second.alive(first.server)
    assert first.alive(second.server)
    first.release()
    assert not second.alive(first.server)
    second.release()
    assert list(tmp_path.iterdir()) == []


def test_one_never_heard_of_is_not_alive(tmp_path: Path) -> None:
    assert not Presence(tmp_path).alive("nobody")
    assert not Presence(tmp_path).alive("")


def test_a_killed_server_is_not_alive(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD_UNTIL_KILLED, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        server = process.stdout.readline().strip()
        watcher = Presence(tmp_path)
        assert watcher.alive(server)
        process.kill()
        process.wait()
    assert not watcher.alive(server)
