"""Relative IRI references against a base. RFC 3986 section 5.2, for IRIs as RFC 3987 section 6.5 says."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
forbidden = re.compile(r'[\x00-\x20<>"{}|^`\\]').search
"""Finds a character that no IRI may hold, escaped or not (Turtle section 6.3, N-Triples section 3.2)."""
is_absolute = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:").match


def resolve(reference: str, base: str) -> str:
    """Return the IRI that a reference stands for; one with a scheme stands for itself, as written."""
    if is_absolute(reference):
        return reference
    _, authority, path, query, fragment = _split(reference)
    scheme, base_authority, base_path, base_query, _ = _split(base)
    if authority is None:
        authority = base_authority
        if not path:
            path = base_path
            query = base_query if query is None else query
        elif path.startswith("/"):
            path = _without_dots(path)
        elif authority is not None and not base_path:
            path = _without_dots(f"/{path}")
        else:
            path = _without_dots(base_path[: base_path.rfind("/") + 1] + path)
    else:
        path = _without_dots(path)
    marked = (("", scheme, ":"), ("//", authority, ""), ("", path, ""), ("?", query, ""), ("#", fragment, ""))
    return "".join(f"{before}{part}{after}" for before, part, after in marked if part is not None)


def _split(iri: str) -> tuple[str | None, str | None, str, str | None, str | None]:
    match = _PARTS.fullmatch(iri)
    assert match is not None  # the pattern matches every text
    return match[1], match[2], match[3], match[4], match[5]


def _without_dots(path: str) -> str:
    """Remove `.` and `..` (RFC 3986 section 5.2.4)."""
    if "." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            # The empty segment before a leading slash stays.
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    joined = "/".join(kept)
    return f"/{joined}" if path.startswith("/") and not joined.startswith("/") else joined
