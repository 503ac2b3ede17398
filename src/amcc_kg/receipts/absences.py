"""What a row needs to be absent, as a pattern in SPARQL with the row's terms in it.

A pattern is written with whole IRIs, so that it can be asked on its own. Knows no graph.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from amcc_kg.sparql import printer
from amcc_kg.sparql import text as sparql
from amcc_kg.sparql.scope import certain, visible
from amcc_kg.sparql.tree import (
    Bind,
    Element,
    Filter,
    Graph,
    Group,
    Minus,
    Optional,
    SubSelect,
    Triples,
    Union,
    Values,
    is_variable,
)

if TYPE_CHECKING:
    from amcc_kg.graph.answers import Term
    from amcc_kg.receipts.probe import Asked, Solution


def instantiated(
    asked: Asked, pattern: Group, solution: Solution, graph: Term | None, *, joined: bool = False
) -> str:
    """Return a pattern with the terms of a solution in the place of its variables.

    What the pattern computes or lists keeps its name, and VALUES says what it is; so does what would stand
    where only an IRI can. With `joined`, the pattern is one that is evaluated on its own. A blank node cannot
    be named in a query: in the pattern it stands for any node.
    """
    kept = {name for name in _made(pattern) if asked.term(name, solution) is not None}
    if joined:
        # On its own the pattern may bind these otherwise, or not at all; only then are they compared.
        kept |= {name for name in visible(pattern) - certain(pattern) if name in solution}
    for name in _named(pattern):
        if not isinstance(asked.term(name, solution), (NamedNode, NoneType)):
            kept.add(name)

    def spell(text: str) -> str:
        if not text.startswith("?"):
            return str(asked.constant(text)) if asked.knows(text) else text
        term = None if text in kept else asked.term(text, solution)
        if term is None:
            # What stands between the steps of an opened path stays a variable: it is in several groups.
            blank = text.startswith(asked.own) and not text.startswith(f"{asked.own}o")
            return f"_:{text[2:]}" if blank else text
        return str(term)

    body = " ".join(printer.body(pattern, spell=spell).split())
    known = [f"VALUES {name} {{ {asked.term(name, solution)} }}" for name in sorted(kept)]
    if known:
        body = f"{' '.join(known)} {{ {body} }}"
    return body if graph is None else f"GRAPH {graph} {{ {body} }}"


def _made(element: Element) -> set[str]:
    """Return the variables that a pattern binds by BIND, VALUES or a subquery, its negations included."""
    match element:
        case Group():
            return set().union(*map(_made, element.elements))
        case Union():
            return set().union(*map(_made, element.branches))
        case Optional() | Graph() | Minus():
            return _made(element.group)
        case Bind():
            return {element.variable}
        case Values():
            return set(element.variables)
        case SubSelect():
            return mentioned(Group((element,)))
        case _:
            return set()


def _named(element: Element) -> set[str]:
    """Return the variables that stand as a predicate or as the name of a graph."""
    match element:
        case Triples():
            verbs = {p.predicate for p in element.patterns if isinstance(p.predicate, str)}
            return {verb for verb in verbs if is_variable(verb)}
        case Group():
            return set().union(*map(_named, element.elements))
        case Union():
            return set().union(*map(_named, element.branches))
        case Graph():
            return _named(element.group) | ({element.name} if is_variable(element.name) else set())
        case Optional() | Minus():
            return _named(element.group)
        case Filter() | Bind():
            return set().union(*(_named(e.group) for e in element.expression.patterns))
        case _:
            return set()


def mentioned(pattern: Group) -> set[str]:
    """Return the variables that occur anywhere in a pattern, in its filters and subqueries too."""
    tokens = sparql.tokens(printer.group(pattern))
    return {f"?{token.text[1:]}" for token in tokens if token.kind == "variable"}
