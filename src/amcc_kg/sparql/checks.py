"""What is asked of a query before it is evaluated: whether it reaches outside the graph, what it mentions.

Whatever these let pass costs no more than a wasted evaluation, but for SERVICE: there the engine's parser is
the judge, because the engine is what would call out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from amcc_kg.sparql.prologue import head
from amcc_kg.sparql.reader import UnreadableError, dataset
from amcc_kg.sparql.syntax_errors import engine_error
from amcc_kg.sparql.tokens import tokens, unescaped
from amcc_kg.terms.errors import PlacedError
from amcc_kg.terms.lines import LineIndex

FLEETING = ("NOW", "RAND", "UUID", "STRUUID")
"""Functions whose value is of the moment."""
_FLEETING = re.compile(rf"(?i)\b(?:{'|'.join(FLEETING)})\b")


def mentions(text: str, word: str) -> bool:
    """Tell whether the letters of a word (lower case) occur anywhere in the text, escaped or not."""
    return word in unescaped(text).lower()


def is_repeatable(text: str) -> bool:
    """Tell whether a query has the same answer every time over the same graph; in doubt it has not."""
    return not _FLEETING.search(unescaped(text))


def named_iris(text: str) -> Iterator[str]:
    """Yield the IRIs that a query names, those of its declarations left out."""
    found = list(tokens(text))
    declared = head(found)
    for token in found[declared.size :]:
        if token.kind == "iri":
            yield token.text[1:-1]
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            yield declared.prefixes.get(prefix, "") + local.replace("\\", "")


def refuse_outside(text: str, source: str, known: Callable[[str], bool]) -> None:
    """Refuse a query that reaches outside the graph: by SERVICE, or by FROM a graph that is not there.

    With every occurrence of the word spelt differently, a query that only has it in strings, comments or
    names still parses; one that uses it as the keyword does not. `known` tells whether a graph IRI is in the
    dataset. Raises `PlacedError`, or the engine's `SyntaxError`.
    """
    spelt = unescaped(text)
    if "service" in spelt.lower() and (error := engine_error(_respelt(spelt, "service", "servixe"))):
        for token in tokens(text):
            if token.kind in ("word", "name") and "SERVICE" in token.text.upper():
                reason = "SERVICE is refused: a query sees this graph and nothing outside it"
                raise PlacedError(source, *LineIndex(text).place(token.start), reason)
        raise error
    if "from" not in spelt.lower():
        return
    try:
        graphs = dataset(text)
    except UnreadableError as unreadable:
        # The engine takes more than the grammar has; of that, a FROM whose graph cannot be told is too much.
        if error := engine_error(_respelt(spelt, "from", "frxm")):
            raise engine_error(spelt) or unreadable.placed(source) from error
        return
    for name, offset in graphs:
        place = LineIndex(text).place(offset)
        iri = _resolved(text, name)
        if iri is None:
            raise PlacedError(source, *place, f"FROM {name} does not name a graph")
        if not known(iri):
            reason = f"FROM <{iri}> is refused: no graph of that name here, and nothing is fetched"
            raise PlacedError(source, *place, reason)


def _resolved(text: str, name: str) -> str | None:
    """Return the IRI that a name in a query stands for, by the engine; None for none."""
    from pyoxigraph import QuerySolutions, Store

    declarations = "\n".join(head(tokens(text)).lines)
    try:
        solutions = Store().query(f"{declarations} SELECT ({name} AS ?graph) {{}}")
    except SyntaxError:
        return None
    assert isinstance(solutions, QuerySolutions)
    return str(next(iter(solutions))[0].value)


def _respelt(text: str, word: str, other: str) -> str:
    return re.sub(word, other, text, flags=re.IGNORECASE)
