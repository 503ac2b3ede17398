"""Files as bytes and as text, UTF-8 or an error with its place, written whole; not what a text says."""

from __future__ import annotations

import codecs
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from amcc_kg.terms.errors import InputError, PlacedError
from amcc_kg.terms.lines import LineIndex

SYNTAXES = {
    ".ttl": "turtle",
    ".trig": "trig",
    ".nt": "nt",
    ".nq": "nquads",
    ".jsonld": "json-ld",
    ".rdf": "xml",
}
"""The syntax of each suffix."""

_MARKS = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
# One that is not a superset of ASCII could not be read as a declaration.
_XML_ENCODING = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["'](?!(?i:utf-?\d))([\w.-]+)""").match
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # in no text that people write


def read_bytes(path: Path) -> bytes:
    """Read a file; raises `InputError` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def read_unpacked(path: Path) -> bytes:
    """Read a file, one whose name ends in `.gz` unpacked; raises `InputError` if it cannot be read."""
    content = read_bytes(path)
    if path.suffix.lower() != ".gz":
        return content
    import gzip
    import zlib

    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be unpacked: {error}") from error


def read_text(path: Path) -> str:
    """Read a UTF-8 file; raises `InputError` if it cannot be read, `PlacedError` if it is not text."""
    return decoded(read_bytes(path), path)


def decoded(raw: bytes, path: Path) -> str:
    """Return the text of a file's bytes, UTF-8 or what an XML declaration says (XML 1.0 section 4.3.3).

    Raises `PlacedError` if they are not text.
    """
    declared = _XML_ENCODING(raw)
    encoding = declared[1].decode() if declared else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise PlacedError(path, 1, None, f"the encoding {encoding} is not known; save it as UTF-8") from error
    except UnicodeDecodeError as error:
        # Latin-1 keeps one character for each byte, so that the byte's place is found like a character's.
        place = LineIndex(raw.decode("latin-1")).place(error.start)
        raise PlacedError(path, *place, f"not UTF-8 text; {_other(raw)}") from error
    if "\0" in text:
        place = LineIndex(text).place(text.index("\0"))
        raise PlacedError(path, *place, f"a NUL byte; {_other(raw)}")
    return text


def _other(raw: bytes) -> str:
    """Return, as advice, in which other encoding a text seems to be."""
    found = next((name for name, marks in _MARKS.items() if raw.startswith(marks)), "")
    zeros = {at % 2 for at, byte in enumerate(raw[:1000]) if not byte}
    if not found and len(zeros) == 1 and raw[:1000].count(0) > min(len(raw), 1000) // 3:
        found = "UTF-16"  # plain text is every other byte of it
    if not found and not _CONTROL.search(raw):
        found = "Latin-1 or Windows-1252"
    return f"it seems to be {found}: save it as UTF-8" if found else "is this a binary file?"


def read_input() -> bytes:
    """Read standard input; raises `InputError` if it is closed."""
    if sys.stdin is None:
        raise InputError("standard input is closed")
    return sys.stdin.buffer.read()


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
