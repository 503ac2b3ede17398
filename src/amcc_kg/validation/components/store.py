"""Running a constraint's query for all focus nodes at once, on a store that holds what the query names.

The store's default graph has the triples of the predicates in the query; a graph of its own says which nodes
are the focus nodes. The store rewrites some literals (`"01"` becomes `"1"`), so those go in as opaque tokens
where the query only passes them on, and where it looks at them the query is left to the reference. The two
differ on these, on comparing literals of different kinds, and on `STR` of a blank node. A query that looks
only at a focus node's own triples is in doubt for the focus nodes with such values, any other altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice

from amcc_kg.sparql import tree
from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components.sparql import THIS, Query, TriplePattern
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.shapes import literals
from amcc_kg.validation.shapes.shapes_graph import ShapesGraph, Unreadable

RUN = "<urn:amcc:run>"
SHAPES = "<urn:amcc:shapes>"
_OPAQUE = "urn:amcc:kept"
_AT_ONCE = 50_000
_CANONICAL = {
    "integer": r"-?[1-9][0-9]{0,17}|0",
    "decimal": r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,8}[1-9]",
    "boolean": "true|false",
    "date": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}",
    "dateTime": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,8}[1-9])?Z?",
    "gYear": r"[12][0-9]{3}",
    "gYearMonth": r"[12][0-9]{3}-(?:0[1-9]|1[0-2])",
}
_UNTOUCHED = {f"{XSD}{name}" for name in ("anyURI", "token", "normalizedString", "language")}
_COMPARISONS = {"<", ">", "<=", ">=", "=", "!="}
_FALSE = {'""', f'"0"^^<{XSD}integer>', f'"false"^^<{XSD}boolean>', f'"0"^^<{XSD}boolean>'}


Bound = tuple[str, Sequence[tuple[int, ...]]]
"""Pre-bound variables, names with blanks between, and what they are bound to."""
Row = dict[str, int]
"""A solution: the number of a term by the name of a variable."""


def run(
    query: Query,
    data: Data,
    bound: Iterable[Bound],
    shapes: ShapesGraph | None,
    always: str = "this",
    only: AbstractSet[int] | None = None,
) -> Iterator[Row]:
    """Yield each distinct solution of a query, without unbound variables.

    `always` is the pre-bound variable that is bound even where the query does not speak of it; `only`, if
    given, are the subjects that the query looks at. Raises `Unreadable` where the store would not answer as
    the reference does.
    """
    lines = [_lines(query, data, only)]
    if shapes is not None and "?shapesGraph" in query.spoken:
        bound = [*bound, ("shapesGraph", [(data.terms.intern(SHAPES),)])]
        lines.append(" ".join(map(shapes.key, triple)) + f" {SHAPES} ." for triple in shapes.triples())
    named = [(names.split(), rows) for names, rows in bound]
    lines += (_bound_lines(query, data, variables, rows) for variables, rows in named)

    def binding(spoken: set[str], top: bool) -> Iterator[tree.Graph]:
        for variables, _ in named:
            if any(f"?{name}" in spoken for name in variables) or (top and always in variables):
                yield _binding(variables)

    yield from _solutions(chain.from_iterable(lines), query.text(binding), data)


def _solutions(quads: Iterable[str], text: str, data: Data) -> Iterator[Row]:
    """Yield each distinct solution of a query in SPARQL on lines of N-Quads."""
    import pyoxigraph

    store = pyoxigraph.Store()
    quads = iter(quads)
    # Some at a time, so that the text of all of them is never in memory at once. Parsed and then added, not
    # loaded: loading gives blank nodes other labels.
    while lines := list(islice(quads, _AT_ONCE)):
        store.bulk_extend(pyoxigraph.parse("\n".join(lines), pyoxigraph.RdfFormat.N_QUADS, lenient=True))
    try:
        found = store.query(text)
    except (SyntaxError, ValueError, OSError) as error:
        raise Unreadable(f"a query that the store refuses: {error}") from error
    assert not isinstance(found, pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples)
    columns = [variable.value for variable in found.variables]
    seen: set[tuple[int | None, ...]] = set()
    for solution in found:
        row = tuple(_number(solution[name], data) for name in columns)
        if row not in seen:
            seen.add(row)
            yield {name: value for name, value in zip(columns, row, strict=True) if value is not None}


def _lines(query: Query, data: Data, only: AbstractSet[int] | None) -> Iterator[str]:
    """Yield the triples that the query can match, as N-Quads; of the subjects `only` if they are given."""
    keys = data.terms.keys
    anything = any((p.predicate or "")[:1] == "?" for p in query.patterns)
    for predicate in _asked(query, data, anything):
        key = keys[predicate]
        passed_on = query.passes_on(key)
        for subject, value in data.column(predicate).pairs():
            if only is not None and subject not in only:
                continue
            text = keys[value]
            if text[0] == '"' and rewritten(text):
                if not passed_on:
                    raise Unreadable("a literal that the store would rewrite")
                text = f'"{value}"^^<{_OPAQUE}>'
            yield f"{keys[subject]} {key} {text} ."


def _bound_lines(
    query: Query, data: Data, variables: Sequence[str], rows: Iterable[tuple[int, ...]]
) -> Iterator[str]:
    """Yield what pre-bound variables are bound to, as N-Quads."""
    for count, row in enumerate(rows):
        subject = RUN if len(variables) == 1 else f"<urn:amcc:row:{count}>"
        for name, number in zip(variables, row, strict=True):
            key = data.terms.keys[number]
            if rewritten(key):
                raise Unreadable("a value that the store would rewrite")
            yield f"{subject} <urn:amcc:{name}> {key} {RUN} ."
            if query.zero:
                yield f"{RUN} {RUN} {key} ."


def _binding(variables: list[str]) -> tree.Graph:
    row = RUN if len(variables) == 1 else "?amccrow"
    patterns = [tree.TriplePattern(row, f"<urn:amcc:{name}>", f"?{name}") for name in variables]
    return tree.Graph(RUN, tree.Group((tree.Triples(tuple(patterns)),)))


def _number(term: object, data: Data) -> int | None:
    import pyoxigraph

    if term is None:
        return None
    if isinstance(term, pyoxigraph.Triple):
        raise Unreadable("a query that returns a triple")
    if isinstance(term, pyoxigraph.Literal) and term.datatype.value == _OPAQUE:
        return int(term.value)
    return data.terms.intern(term_keys.of_oxigraph(term))


# ---- where the store might not answer as the reference does ----


def rewritten(key: str) -> bool:
    """Tell whether the store may give back another literal than it was given."""
    if key[0] != '"' or key[-1] != ">":
        return False
    datatype = term_keys.datatype(key) or ""
    if not datatype.startswith(XSD) or datatype in _UNTOUCHED:
        return False
    pattern = _CANONICAL.get(datatype[len(XSD) :])
    return pattern is None or not literals.matches(pattern, term_keys.value(key))


def doubtful(query: Query, data: Data, foci: AbstractSet[int]) -> AbstractSet[int]:
    """Return the focus nodes for which the store is not to be asked."""
    compared, spelt, own = _compared(query), _spelt(query), query.local
    keys = data.terms.keys
    found = {focus for focus in foci if _odd_focus(keys[focus], compared, spelt)}
    if found and not own:
        return foci
    kinds: dict[int, set[str]] = {}
    for pattern in query.patterns:
        looked_at = not query.passes_on(pattern.predicate or "")
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
    named = pattern.predicate
    if named is not None and named[0] == "<":
        return data.named(named).pairs()
    columns = map(data.column, _asked(query, data, named is not None))
    return chain.from_iterable(column.pairs() for column in columns)


def _asked(query: Query, data: Data, anything: bool) -> list[int]:
    """Return the predicates that the query names, with `anything` or a path that names none every one."""
    if anything or query.everything:
        return list(data.predicates)
    return [number for key in query.predicates if (number := data.terms.ids.get(key)) is not None]


def _compared(query: Query) -> set[str]:
    """Return the variables that stand beside a sign of comparison, and "1" if a number does."""
    found: set[str] = set()
    for left, sign, right in zip(query.words, query.words[1:], query.words[2:], strict=False):
        if sign.kind == "other" and sign.text in _COMPARISONS:
            variables = {side.text for side in (left, right) if side.kind == "variable"}
            found |= variables
            if variables and "number" in (left.kind, right.kind):
                found.add("1")
    return found


def _spelt(query: Query) -> set[str]:
    """Return the variables that `STR` is asked of."""
    return {
        asked.text
        for word, asked in zip(query.words, query.words[2:], strict=False)
        if (word.kind, word.text.upper(), asked.kind) == ("word", "STR", "variable")
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
