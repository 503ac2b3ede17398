"""Proofs held against the table of rules, step by step, by trying each rule on what a step names.

Shares the table of rules with the prover and nothing else: it reads them in another way, knows no clauses,
and takes a proof for what it says of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Protocol

from pyoxigraph import Triple

from amcc_kg.reasoning.clauses import RULES, SCHEMA_RULES, Pattern, Premise, Rule
from amcc_kg.terms import prefixes

_FIRST, _REST, _NIL = (f"<{prefixes.RDF}{name}>" for name in ("first", "rest", "nil"))
_COUNT = "#"  # in a binding: how many members a list has that a rule takes as a whole

_Fact = tuple[str, str, str]
_Binding = dict[str, str]


class Proof(Protocol):
    """What a proof says: a conclusion, None for a contradiction, by a rule, None for a leaf, from others."""

    @property
    def conclusion(self) -> Triple | None:
        """The triple that is proved."""

    @property
    def rule(self) -> str | None:
        """The name of the rule that gives it."""

    @property
    def axioms(self) -> tuple[Triple, ...]:
        """The triples of the ontology that the rule is used with, those of lists included."""

    @property
    def premises(self) -> tuple[Proof, ...]:
        """The proofs of what else it is used with."""


def fault(
    proof: Proof,
    is_leaf: Callable[[Triple], bool],
    is_axiom: Callable[[Triple], bool],
    above: tuple[Triple, ...] = (),
) -> str:
    """Return the first thing that is wrong with a proof, in words; empty if nothing is.

    `is_leaf` tells on which triples it may rest, `is_axiom` which the ontology asserts. `above` are the
    conclusions that the proof is a part of.
    """
    goal = proof.conclusion
    if goal is not None and goal in above:
        return f"the proof of {goal} rests on itself"
    if proof.rule is None:
        stands = goal is not None and not proof.premises and not proof.axioms and is_leaf(goal)
        return "" if stands else f"a proof rests on {goal}, which is not asserted in what the receipt names"
    for axiom in proof.axioms:
        if not is_axiom(axiom):
            return f"a proof uses the axiom {axiom}, which nobody asserts"
    if not any(_gives(rule, proof) for rule in (*RULES, *SCHEMA_RULES) if rule.name == proof.rule):
        return f"no rule {proof.rule} gives {goal or 'a contradiction'} from what its step names"
    below = above if goal is None else (*above, goal)
    return next(filter(None, (fault(part, is_leaf, is_axiom, below) for part in proof.premises)), "")


def _gives(rule: Rule, proof: Proof) -> bool:
    """Tell whether a step is an instance of a rule: whether some substitution makes it one."""
    triples = [*proof.axioms, *(premise.conclusion for premise in proof.premises if premise.conclusion)]
    facts = list(map(_fact, triples))
    whole_lists_last = sorted(rule.premises, key=lambda premise: premise.each)
    for binding in _solutions(whole_lists_last, facts, {}):
        if rule.unlike is not None and binding[rule.unlike[0]] == binding[rule.unlike[1]]:
            continue
        if rule.conclusion is None or proof.conclusion is None:
            return rule.conclusion is None and proof.conclusion is None
        if _matched(_numbered(rule.conclusion, 0, binding), _fact(proof.conclusion), binding) is not None:
            return True
    return False


def _solutions(premises: list[Premise], facts: list[_Fact], binding: _Binding) -> Iterator[_Binding]:
    """Yield each way in which facts are what the premises ask for."""
    if not premises:
        yield binding
        return
    premise, rest = premises[0], premises[1:]
    if premise.each:
        numbers = range(1, int(binding[_COUNT]) + 1)
        spelled_out = [Premise(_numbered(premise.pattern, number, binding)) for number in numbers]
        yield from _solutions([*spelled_out, *rest], facts, binding)
        return
    for fact in facts:
        if (found := _matched(premise.pattern, fact, binding)) is not None:
            for more in _members(premise, facts, found) if premise.members else [found]:
                yield from _solutions(rest, facts, more)


def _members(premise: Premise, facts: list[_Fact], binding: _Binding) -> Iterator[_Binding]:
    """Yield each way to bind what a premise takes of a list: all its members, any one, any two in order."""
    found, at = dict(binding), binding["?list"]
    del found["?list"]
    items: list[str] = []
    while at != _NIL:
        first, rest = ([o for s, p, o in facts if s == at and p == part] for part in (_FIRST, _REST))
        if not first or not rest or len(items) > len(facts):
            return
        items.append(first[0])
        at = rest[0]
    if premise.members[0].endswith("*"):
        name = premise.members[0][:-1]
        yield found | {f"{name}{n}": item for n, item in enumerate(items, 1)} | {_COUNT: str(len(items))}
        return
    for some in combinations(items, len(premise.members)):
        chosen = dict(zip(premise.members, some, strict=True))
        if all(found.get(name, item) == item for name, item in chosen.items()):
            yield found | chosen


def _numbered(pattern: Pattern, number: int, binding: _Binding) -> Pattern:
    """Return a pattern for one member of a list: `?u*` is its own, `?u+` the next one's, `?u$` the last."""
    last = int(binding.get(_COUNT, "0")) + 1
    numbers = {"*": number, "+": number + 1, "$": last}
    subject, predicate, object_ = (
        f"{word[:-1]}{numbers[word[-1]]}" if word[0] == "?" and word[-1] in numbers else word
        for word in pattern
    )
    return subject, predicate, object_


def _matched(pattern: Pattern, fact: _Fact, binding: _Binding) -> _Binding | None:
    """Return the binding with which a pattern is a fact, None if there is none."""
    found = dict(binding)
    for word, text in zip(pattern, fact, strict=True):
        if word[0] == "?":
            if found.setdefault(word, text) != text:
                return None
        elif text != f"<{word}>" and not (word.isdigit() and text.startswith(f'"{word}"')):
            return None
    return found


def _fact(triple: Triple) -> _Fact:
    return str(triple.subject), str(triple.predicate), str(triple.object)
