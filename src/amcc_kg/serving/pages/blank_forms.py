"""The query form as it is kept for when a query fails: a page with gaps, which the server fills by itself.

When every worker is busy, or a query has just ended one, no worker can write the page; the reader's query
must not be lost for that. Knows the gaps, not what is around them.
"""

from __future__ import annotations

from html import escape

# Noncharacters, which no text has: https://www.unicode.org/faq/private_use.html#noncharacters.
QUERY, REASON = "\ufdd0", "\ufdd1"


def filled(page: bytes, query: str, reason: str) -> bytes:
    """Return a page in which `QUERY` stands before `REASON`, with a query and a reason in their places."""
    start, _, rest = page.partition(QUERY.encode())
    middle, _, end = rest.partition(REASON.encode())
    shown = [escape(text).encode(errors="replace") for text in (query, reason)]
    return b"".join((start, shown[0], middle, shown[1], end))
