"""English around the names of speakers, places and documents: their articles, and whether they are several.

Knows names as registers and documents give them: `Cyber Security Agency of Singapore`, `first paragraph`.
"""

from __future__ import annotations

import re

# A name of one thing only: it is told by a number, or begins like a sentence.
_BARE_PLACE = re.compile(r"(?:what|who|the|an?)\b|\w+\.? \d|[A-Z]")
# `CSA release on …`, `release on …`, but not `Wikipedia on …`.
_COMMON = re.compile(r"(?:[A-Z]\w* )?(?!(?:an?|the|on|of|to|in)\b)[a-z]\w*\b")
_OF_BODIES = re.compile(r" (?:of|for) ")
_HEAD_END = re.compile(r",| (?:of|on|in|at|for|that|who)\b")
_PLURAL = re.compile(r"[a-z]\w*(?<![sui])s")


def place(name: str) -> str:
    """Return a place with the article that it takes: `the first paragraph`, `sentence 5`."""
    return name if _BARE_PLACE.match(name) else f"the {name}"


def title(name: str) -> str:
    """Return the title of a document with the article that it takes: `the CSA release on …`."""
    return f"the {name}" if _COMMON.match(name) else name


def speaker(name: str) -> str:
    """Return the name of a speaker with the article that it takes: `the Agency of …`, `S Iswaran`."""
    return f"the {name}" if name[:1].isupper() and _OF_BODIES.search(name) else name


def are_several(speakers: tuple[str, ...]) -> bool:
    """Tell whether speakers are several: two, or one name for more: `the editors of …`."""
    heads = [_HEAD_END.split(name)[0].split() for name in speakers]
    return len(heads) > 1 or any(head and _PLURAL.fullmatch(head[-1]) for head in heads)
