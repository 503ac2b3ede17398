"""Which characters beyond ASCII a name may hold: what `grammar` lets pass for speed is checked here.

RDF 1.1 Turtle section 6.5: PN_CHARS_BASE, PN_CHARS.
"""

from __future__ import annotations

import re
from functools import cache

_BASE = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE = "\u00b7\u0300-\u036f\u203f-\u2040"


def wrong_character(name: str, prefixed: bool) -> int | None:
    """Return where in a prefixed name, or in a blank node with its `_:`, a character is not allowed.

    None where all are. ASCII was checked by the pattern that found the name.
    """
    wrong, wrong_first = _patterns()
    found = wrong.search(name)
    if found:
        return found.start()
    colon = name.index(":")
    # What may go on a name may not begin one.
    starts = (0, colon + 1) if prefixed else (colon + 1,)
    return next((at for at in starts if wrong_first.match(name, at)), None)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # Compiled when first wanted: such classes cost milliseconds, and most files need none.
    return re.compile(f"[^\\x00-\\x7f{_BASE}{_MORE}]"), re.compile(f"[{_MORE}]")
