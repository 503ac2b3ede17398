"""The hints on a query, once its answer is there: what is likely a slip in it, and why it has no rows.

Knows where in the text everything stands. An engine that does not answer costs a hint and nothing else.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from math import inf
from time import monotonic
from typing import TypeAlias

from pyoxigraph import Store

from amcc_kg.diagnosis.mentions import Mention, elements, mentions, whole_terms
from amcc_kg.diagnosis.occurrences import Occurrences
from amcc_kg.diagnosis.variables import suspicious
from amcc_kg.graph import child_process
from amcc_kg.graph.answers import Question
from amcc_kg.graph.hints import Hint
from amcc_kg.receipts.emptiness import Culprit, culprits, parameters
from amcc_kg.receipts.probe import Probe
from amcc_kg.sparql import prologue, reader, tree
from amcc_kg.sparql.tokens import Token, load_names, tokens
from amcc_kg.terms.errors import EngineError
from amcc_kg.terms.lines import LineIndex
from amcc_kg.terms.look_alikes import disguised, named

PATIENCE = 0.4
"""So many seconds are spent on slips, and as many on why there are no rows."""
_SHOWN = 8  # hints of a kind; of more it is said how many there are
_Found: TypeAlias = tuple[Hint, ...] | None  # None where there was no time
_ENGINE_ERRORS = (RuntimeError, OSError, ValueError, SyntaxError, LookupError)


def hints(
    question: Question,
    store: Store,
    *,
    is_empty: bool,
    isolated: bool,
    ahead: int = 0,
    taken: float = 0,
    timeout: float | None = None,
    everything: Store | None = None,
) -> tuple[Hint, ...]:
    """Return the hints on a question that was answered, which `is_empty` says to have no rows or triples.

    They are sought in processes of their own, if `isolated` or if the question has a timeout. Its answer has
    `taken` so many seconds, of `timeout` if that is not the question's. The first `ahead` characters of its
    text are not the user's. `everything` holds what is inferred, too, where the store does not.
    """
    # Nor are the declarations that are put before it.
    ahead += len(question.whole) - len(question.text)
    # Each of three searches may take twice as long where it has to be stopped.
    timeout = question.timeout or timeout
    patience = PATIENCE if timeout is None else min(PATIENCE, (timeout - taken) / 6)
    apart = child_process.AVAILABLE and (isolated or question.timeout is not None)
    if patience <= 0:
        return ()

    def of_slips() -> tuple[Hint, ...]:
        return slips(question.whole, everything or store, ahead, patience)

    def of_emptiness(*, hasty: bool = False) -> _Found:
        return why_empty(question, store, ahead, patience, everything, hasty=hasty)

    def unexplained(reason: str) -> tuple[Hint, ...]:
        first = prologue.head(tokens(question.whole)).first
        assert first is not None  # the engine has read it
        place = LineIndex(question.whole[ahead:]).place(first.start - ahead)
        what = "rows" if prologue.form(question.text) == "SELECT" else "triples"
        return (Hint(*place, f"no {what}, and why {reason}"),)

    def sought(search: Callable[[], _Found]) -> _Found:
        if not apart:
            return search()
        try:
            found: tuple[Hint, ...] | None = pickle.loads(
                child_process.run(partial(_pickled, search), 2 * patience)
            )
        except EngineError:
            return None
        return found

    load_names()
    found = sought(of_slips) or ()
    if not is_empty:
        return found
    # To say why, the engine is asked again; in this process it cannot be stopped.
    if not apart and taken >= 2 * PATIENCE:
        return found + unexplained("is not sought where the answer itself takes so long")
    why = sought(of_emptiness) or sought(partial(of_emptiness, hasty=True))
    return found + (unexplained(f"was not found in {patience:.1g} seconds") if why is None else why)


def _pickled(search: Callable[[], _Found]) -> bytes:
    return pickle.dumps(search())


def slips(text: str, store: Store, ahead: int = 0, patience: float = inf) -> tuple[Hint, ...]:
    """Return hints at what is likely not meant as it stands in a query, in the order of the text.

    Places are counted without the first `ahead` characters, which are not the user's. None are sought after
    `patience` seconds.
    """
    end = monotonic() + patience
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
    # Where a constant first stands, in the pattern of a CONSTRUCT rather than in its template.
    places = {token.text: token for token in (whole if query.form == "CONSTRUCT" else reversed(whole))}
    # Of one place, what is known of it best: what is meant is told by the kind of thing that it is.
    asked = dict.fromkeys(mentions(query, constants))
    for name, token in pairwise(found[: declared.size]):
        if declared.prefixes.get(name.text[:-1]) == token.text[1:-1] and monotonic() < end:
            named = [mention for mention in asked if mention.text.startswith(name.text)]
            if meant := graph.meant_space(token.text[1:-1], named):
                text = f"{name.text} is {token.text} here, and no name written with it occurs in the graph"
                hints.append((token.start, text, f"<{meant}>"))
                asked = {mention: None for mention in asked if mention not in named}
    for mention in asked:
        if monotonic() > end:
            break
        hints += _absent(mention, graph, places.get(mention.text, Token("other", mention.text, 0, 0)))
    by_place = {offset: (text, nearest) for offset, text, nearest in sorted(hints, reverse=True)}
    said = [Hint(*lines.place(at - ahead), *said) for at, said in sorted(by_place.items())]
    return _few(said, whole=monotonic() <= end)


def _few(hints: list[Hint], *, whole: bool) -> tuple[Hint, ...]:
    """Return as many hints as are read, and how many more there are, at least if not the `whole`."""
    if (more := len(hints) - _SHOWN) <= 0:
        return tuple(hints)
    line, column, *_ = hints[_SHOWN]
    return (*hints[:_SHOWN], Hint(line, column, f"{'' if whole else 'at least '}{more} more like these"))


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


def why_empty(
    question: Question,
    store: Store,
    ahead: int = 0,
    patience: float = inf,
    everything: Store | None = None,
    *,
    hasty: bool = False,
) -> _Found:
    """Return hints at what leaves nothing over in a query without rows or triples; None if not in time.

    `everything` holds what is inferred, too, where the store does not. Places are counted, and `patience` is
    meant, as in `slips`; a `hasty` search finds less, in less time.
    """
    found: list[Culprit] = []
    whole = False
    try:
        query, starts = reader.read_placed(question.whole)
        if any(isinstance(element, tree.Service) for element in elements(query.select)):
            return ()  # another endpoint's answers are not known
        inferred = None if everything is None else Probe(everything, query)
        found += culprits(Probe(store, query), query, question.bindings, patience, inferred, hasty=hasty)
        whole = True
    except TimeoutError:
        if not found:
            return None
        # What was found until then is true.
    except _ENGINE_ERRORS:
        return ()
    lines = LineIndex(question.whole[ahead:])
    what = "rows" if query.form == "SELECT" else "triples"
    placed = ((starts.get(id(c.part), starts[id(query.select)]), c) for c in found)
    said = [
        Hint(
            *lines.place(at - ahead),
            f"no {what}: {c.reason}",
            _meant(c.blamed, question, query, everything or store),
        )
        for at, c in placed
    ]
    return _few(said, whole=whole)


def _meant(blamed: tuple[str, ...], question: Question, query: tree.Query, store: Store) -> str:
    """Return the term that is nearest to the value of a parameter, if that alone leaves nothing over."""
    terms = question.bindings.get(blamed[0]) if len(blamed) == 1 else None
    if terms is None or isinstance(terms, tuple):
        return ""
    (values,) = parameters({blamed[0]: terms})
    select = query.select._replace(where=tree.Group((values, *query.select.where.elements)))
    query = query._replace(select=select, constants=query.constants | {str(terms)})
    try:
        constants = Probe(store, query).constants
        graph = Occurrences(store, constants, prologue.declared_prefixes(question.whole))
        near = (
            graph.nearest(m) for m in mentions(query, constants) if m.text == str(terms) and graph.missing(m)
        )
        return next(filter(None, near), "")
    except _ENGINE_ERRORS:
        return ""
