"""Where the store might not answer a constraint's query as the reference does, and for which focus nodes.

The two differ on what the store rewrites (`"01"` into `"1"`), on comparing literals of different kinds, and
on `STR` of a blank node. A query that looks only at a focus node's own triples is in doubt for the focus
nodes with such values; any other query is in doubt altogether.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components.sparql import THIS, Query, TriplePattern
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import literals

_CANONICAL = {
    "integer": r"-?[1-9][0-9]{0,17}|0",
    "decimal": r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,8}[1-9]",
    "boolean": "true|false",
    "date": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}",
    "dateTime": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?Z?",
    "gYear": r"[12][0-9]{3}",
    "gYearMonth": r"[12][0-9]{3}-(?:0[1-9]|1[0-2])",
}
_KEPT = {f"{XSD}{name}" for name in ("anyURI", "token", "normalizedString", "language")}
_SIGNS = {"<", ">", "<=", ">=", "=", "!="}
_FALSE = {'""', f'"0"^^<{XSD}integer>', f'"false"^^<{XSD}boolean>', f'"0"^^<{XSD}boolean>'}


def rewritten(key: str) -> bool:
    """Tell whether the store may give back another literal than it was given."""
    if key[0] != '"' or key[-1] != ">":
        return False
    datatype = term_keys.datatype(key) or ""
    if not datatype.startswith(XSD) or datatype in _KEPT:
        return False
    pattern = _CANONICAL.get(datatype[len(XSD) :])
    return pattern is None or not literals.matches(pattern, term_keys.value(key))


def opaque(query: Query, predicate: str) -> bool:
    """Tell whether the query only passes on the values of a predicate, and never looks at them."""
    if query.everything:
        return False
    touching = [
        p for p in query.patterns if p.predicate in (None, predicate) or (p.predicate or "")[0] == "?"
    ]
    return all(
        p.predicate is not None and p.object[0] == "?" and query.inside.count(p.object) == 1 for p in touching
    )


def local(query: Query) -> bool:
    """Tell whether the query looks at no triples but those of the focus node itself."""
    return (
        bool(query.patterns)
        and not query.everything
        and not query.zero
        and not query.asks_shapes
        and all(p.subject == THIS and (p.predicate or "?")[0] == "<" for p in query.patterns)
    )


def doubtful(query: Query, data: Data, foci: AbstractSet[int]) -> AbstractSet[int]:
    """Return the focus nodes for which the store is not to be asked."""
    compared, spelt, own = _compared(query), _spelt(query), local(query)
    keys = data.terms.keys
    found = {focus for focus in foci if _odd_focus(keys[focus], compared, spelt)}
    if found and not own:
        return foci
    kinds: dict[int, set[str]] = {}
    for pattern in query.patterns:
        looked_at = not opaque(query, pattern.predicate or "")
        kept = pattern.object in compared
        for subject, value in _values(query, pattern, data):
            if own and subject not in foci:
                continue
            key, about = keys[value], subject if own else -1
            if rewritten(key) if looked_at and key[0] == '"' else key[0] == "_" and pattern.object in spelt:
                found.add(about)
            if kept:
                kinds.setdefault(about, {"number"} if "1" in compared else set()).add(_kind(key))
    found.update(about for about, some in kinds.items() if len(some) > 1)
    return foci if -1 in found else found


def _values(query: Query, pattern: TriplePattern, data: Data) -> Iterator[tuple[int, int]]:
    """Yield subject and value of what a pattern can match."""
    ids, named = data.terms.ids, pattern.predicate
    if named is not None and named[0] == "<":
        predicates = [number] if (number := ids.get(named)) is not None else []
    elif named is None and not query.everything:
        predicates = [number for key in query.predicates if (number := ids.get(key)) is not None]
    else:
        predicates = list(data.predicates)
    for predicate in predicates:
        yield from data.column(predicate).pairs()


def _compared(query: Query) -> set[str]:
    """Return the variables that stand beside a sign of comparison, and "1" if a number does."""
    found: set[str] = set()
    for at, token in enumerate(query.words):
        if token.kind == "other" and token.text in _SIGNS:
            sides = query.words[at - 1 : at] + query.words[at + 1 : at + 2]
            variables = {side.text for side in sides if side.kind == "variable"}
            found |= variables
            if variables and any(side.kind == "number" for side in sides):
                found.add("1")
    return found


def _spelt(query: Query) -> set[str]:
    """Return the variables that `STR` is asked of."""
    words = query.words
    return {
        after.text
        for at, token in enumerate(words)
        if token.kind == "word" and token.text.upper() == "STR"
        for after in words[at + 2 : at + 3]
        if after.kind == "variable"
    }


def _odd_focus(key: str, compared: set[str], spelt: set[str]) -> bool:
    # A literal that Python takes for false counts as no focus node at all, to the reference.
    if key[0] == '"':
        return rewritten(key) or key in _FALSE or THIS in compared
    return key[0] == "_" and THIS in spelt


def _kind(key: str) -> str:
    """Return the kind of term that it compares with."""
    if key[0] != '"':
        return "node"
    known = literals.known(key)
    return known[0] if known is not None else key[key.rindex('"') :]
