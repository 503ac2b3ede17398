"""Where answers go: a file, or standard output as UTF-8; and what a terminal there takes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from amcc_kg.terms.errors import InputError


def put(text: str | Iterable[str], output: Path | None = None) -> None:
    """Write a text, or the pieces of one, to a file or to standard output, as UTF-8.

    Raises `InputError` if that cannot be done.
    """
    pieces = (text,) if isinstance(text, str) else text
    content = (piece.encode(errors="surrogateescape") for piece in pieces)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(content)
        sys.stdout.buffer.flush()
        return
    whole = b"".join(content)  # before the file is opened, which loses what it held
    try:
        output.write_bytes(whole)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from error


def width() -> int | None:
    """Return the characters that a line of the terminal holds, None where output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def in_colour() -> bool:
    """Tell whether standard output is a terminal that has not been asked to do without colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
