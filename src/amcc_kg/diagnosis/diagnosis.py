"""The hints on a query, once its answer is there: what is likely a slip in it, and why it has no rows.

Knows where in the text everything stands. An engine that does not answer costs a hint and nothing else.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator

from pyoxigraph import Store

from amcc_kg.diagnosis.mentions import Mention, mentions, whole_terms
from amcc_kg.diagnosis.occurrences import Occurrences
from amcc_kg.diagnosis.variables import suspicious
from amcc_kg.graph import child_process
from amcc_kg.graph.answers import Question
from amcc_kg.graph.hints import Hint
from amcc_kg.receipts.emptiness import culprits
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import prologue, reader, tree
from amcc_kg.sparql.tokens import Token, load_names, tokens
from amcc_kg.terms.errors import EngineError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.look_alikes import disguised, named

PATIENCE = 1.0
"""So many seconds are spent on why there are no rows, if the engine answers in time."""
_LONGEST = 10.0  # seconds after which an engine that does not is given up
_ENGINE_ERRORS = (RuntimeError, OSError, ValueError, SyntaxError, LookupError)


def hints(
    question: Question, store: Store, *, is_empty: bool, isolated: bool, ahead: int = 0
) -> tuple[Hint, ...]:
    """Return the hints on a question that was answered, of which `is_empty` says that it has no rows.

    Why it has none the engine is asked in a process of its own, if `isolated` or if the question has a
    timeout, which is then that of this, too. The first `ahead` characters of its text are not the user's.
    """
    # Nor are the declarations that are put before it.
    ahead += len(question.whole) - len(question.text)
    found = slips(question.whole, store, ahead)
    if not is_empty:
        return found
    if not child_process.AVAILABLE or not (isolated or question.timeout is not None):
        return found + why_empty(question, store, ahead)
    load_names()
    try:
        encoded = child_process.run(
            lambda: pickle.dumps(why_empty(question, store, ahead)), question.timeout or _LONGEST
        )
    except EngineError:
        return found
    why: tuple[Hint, ...] = pickle.loads(encoded)
    return found + why


def slips(text: str, store: Store, ahead: int = 0) -> tuple[Hint, ...]:
    """Return hints at what is likely not meant as it stands in a query, in the order of the text.

    Places are counted without the first `ahead` characters, which are not the user's.
    """
    try:
        query = reader.read(text)
        constants = Probe(store, query).constants
    except _ENGINE_ERRORS:
        return ()
    found, lines = list(tokens(text)), LineIndex(text[ahead:])
    declared = prologue.head(found)
    whole = whole_terms(found[declared.size :])
    spaces = {prefix: iri for prefix, iri in declared.prefixes.items() if prefix}
    graph = Occurrences(store, constants, declared.prefixes if "" in declared.prefixes else spaces)
    hints = [(slip.offset, slip.text, slip.nearest) for slip in suspicious(query, whole)]
    # Of one place, what is known of it best: what is meant is told by the kind of thing that it is.
    for mention in dict.fromkeys(mentions(query, constants)):
        hints += _absent(mention, graph, _first(whole, mention.text, query))
    by_place = {offset: (text, nearest) for offset, text, nearest in sorted(hints, reverse=True)}
    return tuple(Hint(*lines.place(at - ahead), *said) for at, said in sorted(by_place.items()))


def _absent(mention: Mention, graph: Occurrences, token: Token) -> Iterator[tuple[int, str, str]]:
    """Yield the place of a term that is not in the graph, that in words, and the nearest term."""
    if missing := graph.missing(mention):
        nearest = graph.nearest(mention)
        odd = next(disguised(token.text, signs=bool(nearest)), None)
        if odd:
            character = named(token.text[odd[0]])
            yield token.start + odd[0], f"{character} in {token.text}, and {missing}", nearest
        elif nearest:
            yield token.start, missing, nearest


def _first(found: list[Token], text: str, query: tree.Query) -> Token:
    """Return where a constant first stands, in the pattern of a CONSTRUCT rather than in its template."""
    places = [token for token in found if token.text == text] or [Token("other", text, 0, 0)]
    return places[-1 if query.form == "CONSTRUCT" else 0]


def why_empty(question: Question, store: Store, ahead: int = 0) -> tuple[Hint, ...]:
    """Return hints at what first leaves nothing over in a query without rows; none if that is not known.

    Places are counted as in `slips`.
    """
    try:
        query, starts = reader.read_placed(question.whole)
        if query.constructs:
            return ()
        given = tuple(
            tree.Values((name,), frozenset({name}), f"{name} {{ {prologue.lines(bound)} }}", (name,))
            for name, bound in ((f"?{name}", bound) for name, bound in question.bindings.items())
        )
        found = list(culprits(Probe(store, query), query, given, PATIENCE))
    except _ENGINE_ERRORS:
        return ()
    lines = LineIndex(question.whole[ahead:])
    placed = [(starts[id(c.part)], c.reason) for c in found if id(c.part) in starts]
    return tuple(Hint(*lines.place(at - ahead), f"no rows: {reason}") for at, reason in placed)
