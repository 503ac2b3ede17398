"""How terms are spelt where people read them: by prefixes, numbers bare. Knows keys of terms; no findings."""

from __future__ import annotations

import re

from amcc_kg.terms import keys
from amcc_kg.terms.prefixes import NO_PREFIXES, XSD, DeclaredPrefixes

_IRIS = re.compile(r'"(?:[^"\\]|\\.)*"|<([^<>\s]+)>')
_BARE = re.compile(r"-?[0-9]+|true|false")
_BARE_KINDS = frozenset(f"{XSD}{name}" for name in ("integer", "boolean"))


def shortened(text: str, names: DeclaredPrefixes = NO_PREFIXES) -> str:
    """Return a text with each `<IRI>` in it as `prefix:name` where a prefix is known; not within quotes."""
    return _IRIS.sub(lambda found: names.shorten(found[1]) if found[1] else found[0], text)


def spelt(key: str, names: DeclaredPrefixes = NO_PREFIXES) -> str:
    """Return a term for people, from its key: a short name, a bare number, or its full spelling."""
    if keys.is_triple_term(key):
        return keys.triple_term(*(spelt(part, names) for part in keys.parts(key)))
    if key[0] == "<":
        return names.shorten(key[1:-1])
    if key[0] == '"' and key[-1] == ">":
        kind = keys.datatype(key) or ""
        if kind in _BARE_KINDS and _BARE.fullmatch(keys.value(key)):
            return keys.value(key)
        return f"{key[: key.rindex('^^')]}^^{names.shorten(kind)}"
    return key
