"""Where this installation keeps its runs and finds its images."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP_NAME = "dropout-lab"


def home() -> Path:
    """The folder for the database, caches and downloads; `DROPOUT_DEMO_HOME` overrides it."""
    given = os.environ.get("DROPOUT_DEMO_HOME")
    if given:
        return Path(given).expanduser().absolute()
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def data_folder() -> Path | None:
    """The folder named by `DROPOUT_DEMO_DATA`, if any."""
    given = os.environ.get("DROPOUT_DEMO_DATA")
    return Path(given).expanduser().absolute() if given else None
