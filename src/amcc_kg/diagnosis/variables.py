"""Variables that are likely another one with a typing error: those that occur once, those that would join.

Knows the tree of a query and its tokens; no graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from amcc_kg.diagnosis.mentions import elements
from amcc_kg.graph.hints import slips, variables
from amcc_kg.sparql import printer, tree
from amcc_kg.sparql.substitution import mentioned
from amcc_kg.sparql.tokens import Token, tokens
from amcc_kg.terms.look_alikes import alike, named, plain
from amcc_kg.terms.spelling import is_slip


class Slip(NamedTuple):
    """A variable, what is amiss with it in words, and which may be meant; `offset` is where in the query."""

    offset: int
    text: str
    nearest: str


def suspicious(query: tree.Query, found: list[Token]) -> Iterator[Slip]:
    """Yield the slips among the variables of a query, given the tokens behind its head."""
    counts = Counter(variables(found))
    first: dict[str, int] = {}
    for token in found:
        if token.kind == "variable":
            first.setdefault(f"?{token.text[1:]}", token.start)
    said: set[str] = set()
    for name in counts:
        meant = plain(name)
        if meant == name and alike(name) in counts:
            meant = alike(name)  # one letter, or all of them
        if place := next((at for at, letter in enumerate(name) if meant[at : at + 1] != letter), None):
            said.add(name)
            text = f"{named(name[place])} in {name}"
            yield Slip(first[name] + place, text, meant if meant in counts else "")
    parts = list(elements(query.select))
    bound = frozenset().union(*map(tree.visible, parts))
    made = {part.variable: part.expression for part in parts if isinstance(part, tree.Bind)}
    for select in [query.select, *(part.select for part in parts if isinstance(part, tree.SubSelect))]:
        made |= select.computed | {key.variable: key.expression for key in select.keys if key.expression}
    bound |= made.keys()
    pairs = [pair for pair in slips(counts) if not said.intersection(pair)]
    # Where everything is a column, a variable that a pattern binds is there to be shown.
    shown = bound if "*" in [token.text for token in found[1:3]] else frozenset()
    for pair in pairs:
        # The one of which less is known: it occurs once, nothing binds it, it comes later.
        wrong, meant = sorted(pair, key=lambda name: (counts[name], name in bound, -first[name]))
        # What is made to be shown, or of a variable, is often called alike: `(COUNT(?name) AS ?names)`.
        is_made = wrong in made and (
            wrong in query.select.columns or meant in variables(tokens(printer.expression(made[wrong])))
        )
        # Names so short that they differ in most of what they have are one with another case if nothing else.
        is_bound = wrong in bound and not is_slip(wrong[1:], meant[1:])
        if counts[wrong] == 1 and wrong not in said | shown and not is_made and not is_bound:
            said.add(wrong)
            yield Slip(first[wrong], f"{wrong} occurs only here", meant)
    for one, other in _unjoined(query.select, parts, pairs):
        wrong, meant = sorted((one, other), key=lambda name: (counts[name], -first[name]))
        if wrong not in said and not made.keys() & {one, other}:
            said.add(wrong)
            text = (
                f"{wrong} and {meant} are two variables and nothing joins what is said of them, "
                "so every solution of the one part goes with every one of the other"
            )
            yield Slip(first[wrong], text, meant)


def _unjoined(
    select: tree.Select, parts: list[tree.Element], pairs: list[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield those pairs of variables that are in parts of a group which share nothing."""
    if not pairs:
        return
    groups = [select.where, *(part.select.where for part in parts if isinstance(part, tree.SubSelect))]
    for group in groups:
        joined: list[frozenset[str]] = []
        for names in _names(group):
            touching = [known for known in joined if known & names]
            joined = [known for known in joined if not known & names] + [names.union(*touching)]
        for one, other in pairs:
            homes = [known for known in joined if known & {one, other}]
            if len(homes) == 2:
                yield one, other


def _names(group: tree.Group) -> Iterator[frozenset[str]]:
    """Yield the variables of each part of a group."""
    for element in group.elements:
        if isinstance(element, tree.Triples):
            yield from (tree.visible(tree.Triples((pattern,))) for pattern in element.patterns)
        elif not isinstance(element, tree.Minus):
            yield mentioned(tree.Group((element,)))
