"""Explanations as text for people.

Knows how a proof reads line by line; knows nothing of how it was found.
"""

from __future__ import annotations

from collections.abc import Iterator

from amcc_kg.explain.nearest import Attempt, Nearest
from amcc_kg.explain.steps import Step, Teller
from amcc_kg.reasoning.words import line, short
from amcc_kg.terms import prefixes

_INDENT = "    "


def proofs(steps: tuple[Step, ...]) -> str:
    """Return proofs of one triple, numbered if there are several."""
    lines: list[str] = []
    for number, step in enumerate(steps, start=1):
        if len(steps) > 1:
            lines += [""] * (number > 1) + [f"proof {number} of {len(steps)}"]
        lines += _lines(step, "")
    return "\n".join(lines) + "\n"


def _lines(step: Step, indent: str) -> Iterator[str]:
    yield f"{indent}{step.written}"
    if step.rule is None:
        for ground in step.grounds:
            if ground.citation:
                yield f"{indent}  says {ground.citation}"
            else:
                yield f"{indent}  stated in {prefixes.shorten(ground.graph)}"
            for place in ground.places:
                yield f"{indent}  {place}"
        return
    axioms = f"; {step.axioms}" if step.axioms else ""
    yield f"{indent}  because {step.because} ({step.rule}{axioms})"
    for place in step.axiom_places:
        yield f"{indent}  {place}"
    for premise in step.premises:
        yield from _lines(premise, indent + _INDENT)


def nothing(written: str, near: Nearest, teller: Teller) -> str:
    """Return that a triple does not hold, and what is nearest to it."""
    lines = [f"{written} does not hold.", *near.absent]
    for title, found, more in (
        ("same subject and predicate", near.same_subject, near.more_same_subject),
        ("same predicate and object", near.same_object, near.more_same_object),
    ):
        if found:
            lines += ["", f"What does hold, {title}:", *(f"  {line(triple)}" for triple in found)]
        if more:
            lines.append(f"  … and {more} more")
    if near.attempt:
        lines += ["", *_attempt(near.attempt, teller)]
    if len(lines) == 1 + len(near.absent):
        lines.append(
            "Nothing in the graph has its predicate with its subject or object, and no rule concludes it."
        )
    return "\n".join(lines) + "\n"


def _attempt(attempt: Attempt, teller: Teller) -> Iterator[str]:
    yield f"The rule that comes closest is {attempt.clause.rule.name}: {teller.wording.rule(attempt.clause)}."
    for triple in attempt.holding:
        yield f"  holds    {line(triple)}"
    for atom in attempt.missing:
        yield f"  missing  {' '.join(word if isinstance(word, str) else short(word) for word in atom)}"
