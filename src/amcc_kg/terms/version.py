"""The version of this program and the folder that it lies in, for every room below the package's face."""

from __future__ import annotations

import os

__version__ = "0.2.0"

PACKAGE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 (pathlib is more than this takes)
