"""Files as bytes and as text, UTF-8 or an error with its place, written whole; not what a text says."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.lines import LineIndex

SYNTAXES = {".ttl": "turtle", ".trig": "trig", ".nt": "nt", ".nq": "nquads"}
"""The syntax of each suffix of the Turtle family, which is read with places."""


def read_bytes(path: Path) -> bytes:
    """Read a file; raises `InputError` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def read_text(path: Path) -> str:
    """Read a UTF-8 file; raises `InputError` if it cannot be read, `PlacedError` if it is not text."""
    return decoded(read_bytes(path), path)


def decoded(raw: bytes, path: Path) -> str:
    """Return the text of a UTF-8 file's bytes; raises `PlacedError` if they are not text."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Latin-1 keeps one character for each byte, so that the byte's place is found like a character's.
        place = LineIndex(raw.decode("latin-1")).place(error.start)
        raise PlacedError(path, *place, "not UTF-8 text; is this a binary file?") from error
    if "\0" in text:
        place = LineIndex(text).place(text.index("\0"))
        raise PlacedError(path, *place, "a NUL byte; is this a binary file?")
    return text


def write_whole(content: bytes, path: Path) -> None:
    """Write a file whole or not at all, by way of a temporary name, in the mode it had; raises `OSError`."""
    import tempfile  # a query that writes nothing need not pay for it

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            Path(temporary).chmod(path.stat().st_mode & 0o777)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
