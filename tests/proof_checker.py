"""An independent check of proofs: each step against the table of rules, read here in another way."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from pyoxigraph import Triple

from amcc_kg.reasoning.clauses import RULES, SCHEMA_RULES, Rule
from amcc_kg.reasoning.proofs import Proof
from amcc_kg.terms import prefixes

FIRST, REST, NIL = (prefixes.RDF + name for name in ("first", "rest", "nil"))


def check(proof: Proof, asserted: Callable[[Triple], bool], above: tuple[Triple, ...] = ()) -> None:
    """Raise AssertionError if a step is no instance of its rule, a leaf not asserted, or support circular."""
    assert proof.conclusion is None or proof.conclusion not in above, f"circular: {proof.conclusion}"
    if proof.rule is None:
        assert proof.conclusion is not None and asserted(proof.conclusion), proof.conclusion
        assert not proof.premises and not proof.axioms
        return
    for axiom in proof.axioms:
        assert asserted(axiom), axiom
    rules = [rule for rule in (*RULES, *SCHEMA_RULES) if rule.name == proof.rule]
    assert any(is_instance(rule, proof) for rule in rules), proof
    below = (*above, proof.conclusion) if proof.conclusion else above
    for premise in proof.premises:
        check(premise, asserted, below)


def is_instance(rule: Rule, proof: Proof) -> bool:
    """Tell whether there is a substitution that makes a step of its rule: tried out, triple by triple."""
    facts = [*proof.axioms, *(p.conclusion for p in proof.premises if p.conclusion)]
    known = [tuple(map(str, (t.subject, t.predicate, t.object))) for t in facts]
    goal = proof.conclusion and tuple(
        map(str, (proof.conclusion.subject, proof.conclusion.predicate, proof.conclusion.object))
    )
    items = {head: members(head, known) for head, p, _ in known if p == f"<{FIRST}>"}
    return any(
        (rule.conclusion is None) == (goal is None)
        and (goal is None or bound(rule.conclusion, goal, end) is not None)
        for end in solutions(rule, known, items)
    )


def solutions(rule, known, items):
    found = [{}]
    for premise in [p for p in rule.premises if not p.each]:
        further = []
        for binding, triple in product(found, known):
            new = bound(premise.pattern, triple, binding)
            if new is None:
                continue
            if not premise.members:
                further.append(new)
                continue
            listed = items.get(new.pop("?list"), [])
            if premise.members[0].endswith("*"):
                if listed:
                    further.append(new | {premise.members[0]: tuple(listed)})
            elif len(premise.members) == 1:
                further += [
                    new | {premise.members[0]: item}
                    for item in listed
                    if agrees(new, premise.members[0], item)
                ]
            else:
                one, other = premise.members
                further += [
                    new | {one: a, other: b}
                    for at, a in enumerate(listed)
                    for b in listed[at + 1 :]
                    if agrees(new, one, a) and agrees(new, other, b)
                ]
        found = further
    for premise in [p for p in rule.premises if p.each]:
        further = []
        for binding in found:
            (star,) = [word for word in premise.pattern if isinstance(binding.get(word), tuple)]
            ends = [binding]
            for at, item in enumerate(binding[star], start=1):
                pattern = tuple(numbered(word, at) for word in premise.pattern)
                ends = [
                    new
                    for end, triple in product(ends, known)
                    if (new := bound(pattern, triple, end | {numbered(star, at): item})) is not None
                ]
            further += [
                end
                | {
                    alias(premise.pattern, len(binding[star])): end.get(
                        last(premise.pattern, len(binding[star]))
                    )
                }
                for end in ends
            ]
        found = further
    if rule.unlike:
        found = [b for b in found if b[rule.unlike[0]] != b[rule.unlike[1]]]
    return found


def numbered(word, at):
    if word.endswith("*"):
        return f"{word[:-1]}{at}"
    return f"{word[:-1]}{at + 1}" if word.endswith("+") else word


def last(pattern, count):
    return next((numbered(word, count) for word in pattern if word.endswith("+")), "?")


def alias(pattern, _count):
    return next((f"{word[:-1]}$" for word in pattern if word.endswith("+")), "?")


def agrees(binding, name, value):
    return binding.get(name, value) == value


def bound(pattern, triple, binding):
    """Return the binding with which a pattern is a triple of texts, None if there is none."""
    new = dict(binding)
    for word, text in zip(pattern, triple, strict=True):
        if word[0] == "?":
            if new.setdefault(word, text) != text:
                return None
        elif word.isdigit():
            if not text.startswith(f'"{word}"'):
                return None
        elif text != f"<{word}>":
            return None
    return new


def members(head, known):
    """Return the members of a list."""
    found = []
    while head != f"<{NIL}>":
        found.append(next(o for s, p, o in known if s == head and p == f"<{FIRST}>"))
        head = next(o for s, p, o in known if s == head and p == f"<{REST}>")
    return found
