"""XML as it is written, where expat has said that it is well-formed: tags, attributes, where a term ends.

Of terms, an attribute's value begins at its quotation mark, what an element stands for at its `<`, a name at
its first letter, and text right behind the start tag.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NAME = r"""[^\s=/>"'<&]+"""
_VALUE = r"""(?:"[^"]*"|'[^']*')"""
start_tag = re.compile(rf"<({_NAME})((?:\s+{_NAME}\s*=\s*{_VALUE})*)\s*/?>").match
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*({_VALUE})")
_TAG = re.compile(rf"</?{_NAME}(?:[^>\"']|{_VALUE})*>").match
_BETWEEN = r"<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>"
_CONTENT = re.compile(rf"(?:[^<]+|{_BETWEEN})*").match
_BLANK = re.compile(r"(?:\s+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>)*").match
_REFERENCE = re.compile(r"&[^;\s]*;?").match
_LINE = re.compile(r"[^<\r\n]*").match
_A_NAME = re.compile(_NAME).match


@lru_cache(4096)
def split(name: str) -> tuple[str, str, str]:
    """Return namespace, local name and prefix of a name as expat gives it, `namespace local prefix`."""
    parts = name.split(" ")
    if len(parts) == 1:
        return "", name, ""
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def attributes(text: str, at: int) -> tuple[list[tuple[int, int]], int]:
    """Return the offsets of name and value of each attribute of a start tag but namespaces; the tag's end."""
    tag = start_tag(text, at)
    if tag is None:
        return [], at + 1
    found = _ATTRIBUTE.finditer(text, *tag.span(2)) if tag[2] else ()
    places = [m.span(1)[:1] + m.span(2)[:1] for m in found if m[1].partition(":")[0] != "xmlns"]
    return places, tag.end()


def stray(text: str, at: int) -> int:
    """Return where text begins behind the tag, or the reference to an entity, at an offset."""
    match = _TAG(text, at) or _REFERENCE(text, at)
    blank = _BLANK(text, match.end() if match else at)
    return blank.end() if blank else at


def line_end(text: str, at: int) -> int:
    """Return where the text at an offset ends, at the latest with its line."""
    match = _LINE(text, at)
    return match.end() if match else at


def end(text: str, at: int) -> int:
    """Return where the term that begins at an offset ends; of an element, its start tag."""
    if text[at] == "<" and not text.startswith(("<!", "<?"), at):
        match = start_tag(text, at)
    elif text.startswith(">", at - 1):
        match = _CONTENT(text, at)
    elif text[at] in "\"'":
        return text.find(text[at], at + 1) + 1 or at + 1
    else:
        match = _REFERENCE(text, at) or _A_NAME(text, at)
    return match.end() if match else at + 1


def mark_end(text: str, at: int) -> int:
    """Return the same, but of an element the end of its name."""
    name = _A_NAME(text, at + 1) if text[at] == "<" else None
    return name.end() if name else end(text, at)
