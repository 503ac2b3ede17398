"""Terms in the place of a pattern's variables, wherever they mean there what the variables would.

They do not everywhere: a nested group, a side of UNION and what BIND computes see nothing of the variables
around them (SPARQL 1.1 §18.2), MINUS compares variables (§18.5), and a subquery has its own. Knows no graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.tokens import variables
from amcc_kg.sparql.tree import certain, visible


def mentioned(pattern: tree.Group) -> frozenset[str]:
    """Return the variables that occur anywhere in a pattern, in its filters and subqueries too."""
    return frozenset(variables(printer.group(pattern)))


def conditions(pattern: tree.Group) -> tree.Group:
    """Return the conditions that stand directly in a pattern, without the rest of it."""
    return tree.Group(tuple(element for element in pattern.elements if isinstance(element, tree.Filter)))


def fixed(pattern: tree.Group, names: frozenset[str], *, everywhere: bool = False) -> frozenset[str]:
    """Return which of some variables must stay what they are, because a term would not mean the same.

    The conditions that stand directly in the pattern see all of them, as those of OPTIONAL do; with
    `everywhere`, so does all that is in its groups, as in EXISTS (§18.6).
    """
    return frozenset(_blocked(pattern, names, everywhere)) & names


def claim(
    pattern: tree.Group, terms: Mapping[str, str], starts: str, constant: printer.Spelling, *, alone: bool
) -> str:
    """Return a pattern as it can be asked for under some bindings, without braces around it.

    `terms` are put in the place of variables; `starts` stand before the pattern and bind those that stay.
    `constant` says how all else is written. With `alone`, the pattern's own conditions do not see what the
    starts bind, as in MINUS.
    """

    def spell(written: str) -> str:
        return terms[written] if written in terms else constant(written)

    if not starts:
        return " ".join(printer.body(pattern, spell=spell).split())
    outside = () if alone else conditions(pattern).elements
    inside = tree.Group(tuple(element for element in pattern.elements if element not in outside))
    conditioned = printer.body(tree.Group(outside), spell=spell)
    return " ".join(f"{starts} {printer.group(inside, spell=spell)} {conditioned}".split())


def _blocked(group: tree.Group, names: frozenset[str], everywhere: bool) -> Iterator[str]:
    """Yield the variables of a group that a term may not stand for, where it sees those of `names`."""

    def inner(part: tree.Group, sure: frozenset[str]) -> Iterator[str]:
        return _blocked(part, names if everywhere else names & sure, everywhere)

    for index, element in enumerate(group.elements):
        before = certain(tree.Group(group.elements[:index]))
        match element:
            case tree.Triples():
                yield from visible(element) - names
            case tree.Group():
                yield from inner(element, certain(element))
            case tree.Union():
                for branch in element.branches:
                    yield from inner(branch, certain(branch))
            case tree.Optional():
                yield from inner(element.group, before)
            case tree.Graph():
                yield from {element.name} - names
                yield from inner(element.group, certain(element.group))
            case tree.Filter():
                yield from _unseen(element.expression, names)
            case tree.Bind():
                yield element.variable
                yield from _unseen(element.expression, names if everywhere else names & before)
            case tree.Values():
                yield from element.variables
            case _:
                yield from mentioned(tree.Group((element,)))


def _unseen(expression: tree.Expression, names: frozenset[str]) -> Iterator[str]:
    """Yield the variables of an expression that are none of the names, or whose being bound is asked for."""
    for part in expression.parts:
        if isinstance(part, tree.Exists):
            yield from _blocked(part.group, names, everywhere=True)
        else:
            text = part if isinstance(part, str) else part.text
            yield from (name for name in variables(text) if name not in names or "BOUND" in text.upper())
