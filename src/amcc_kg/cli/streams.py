"""Where answers go: a file, or standard output as UTF-8; and what a terminal there takes."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from amcc_kg.terms.errors import InputError


def put(text: str, output: Path | None = None) -> None:
    """Write a text to a file or to standard output, as UTF-8; raises `InputError` if that cannot be done."""
    content = text.encode(errors="surrogateescape")
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from error


def width() -> int | None:
    """Return the characters that a line of the terminal holds, None where output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def in_colour() -> bool:
    """Tell whether standard output is a terminal that has not been asked to do without colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
