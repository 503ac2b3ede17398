"""Every minimal proof of a triple up to a size.

A proof is minimal if no other rests on a part of its leaves only. Knows the prover's steps; shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from amcc_kg.reasoning.derivations import Step
    from amcc_kg.reasoning.proofs import Proof, Prover

Leaves = frozenset["Triple"]
# For each set of leaves: the size of the smallest proof on them, its last step (None: asserted, or given by
# the schema) and the leaves of each premise.
Ways = dict[Leaves, tuple[int, "Step | None", tuple[Leaves, ...]]]
_UNBOUNDED = 10**9
_TRIED = 10_000  # ways to combine the proofs of a step's premises, in search of one beyond the bound


@dataclass(frozen=True, slots=True)
class Found:
    """Minimal proofs, smallest first; `complete` if there is certainly none that is larger than the bound."""

    proofs: tuple[Proof, ...]
    complete: bool


def all_proofs(prover: Prover, goal: Triple, bound: int) -> Found:
    """Return the minimal proofs of `goal` of at most `bound` rules and leaves; see `Prover.all_proofs`.

    That which `Prover.prove` gives is the first, unless another rests on a part of its leaves only.
    """
    known = prover.prove(goal)
    if known is None or known.size > bound:
        return Found((), known is None)
    if not prover.is_asserted(goal) and not prover.matcher.holds(goal):
        return Found((known,), True)  # about classes and properties
    steps, complete = _explore(prover, goal, bound)
    ways: dict[Triple, Ways] = {triple: _without_steps(prover, triple) for triple in steps}
    grown = True
    while grown:
        grown = False
        for triple, options in steps.items():
            for step in options:
                for size, leaves, parts in _combined(ways, step, prover.own_size(step), bound):
                    grown |= _put(ways[triple], leaves, (size, step, parts))
    first = frozenset(known.leaves)
    sets = sorted(
        ways[goal].items(), key=lambda item: (item[1][0], item[0] != first, sorted(map(str, item[0])))
    )
    proofs = (known if leaves == first else _written(prover, ways, goal, leaves) for leaves, _ in sets)
    return Found(tuple(proofs), complete and not _lie_beyond(prover, steps, ways, bound))


def _without_steps(prover: Prover, triple: Triple) -> Ways:
    """Return how a triple is known that is asserted, or that the rules about the schema give."""
    if prover.is_asserted(triple):
        return {frozenset([triple]): (1, None, ())}
    proof = prover.given(triple)
    return {frozenset(proof.leaves): (proof.size, None, ())} if proof else {}


def _explore(prover: Prover, goal: Triple, bound: int) -> tuple[dict[Triple, list[Step]], bool]:
    """Return all steps to the goal and to the premises on the way, as deep as the bound allows.

    And whether these are all there are.
    """
    steps: dict[Triple, list[Step]] = {}
    level, depth, complete = [goal], 0, True
    while level and depth < bound:
        following: list[Triple] = []
        for triple in level:
            if triple not in steps:
                found = list(prover.matcher.steps(triple))
                steps[triple] = [step for step in found if 1 + len(step.premises) <= bound]
                complete &= len(steps[triple]) == len(found)
                following += [premise for step in steps[triple] for premise in step.premises]
        level, depth = following, depth + 1
    for triple in level:
        if triple not in steps:
            steps[triple] = []
            complete &= next(prover.matcher.steps(triple), None) is None
    return steps, complete


def _lie_beyond(
    prover: Prover, steps: dict[Triple, list[Step]], ways: dict[Triple, Ways], bound: int
) -> bool:
    """Tell whether a proof beyond the bound may rest on other leaves than the known ones do."""
    for triple, options in steps.items():
        for step in options:
            if prod(len(ways[premise]) for premise in step.premises) > _TRIED:
                return True
            for size, leaves, _ in _combined(ways, step, prover.own_size(step), _UNBOUNDED):
                if size > bound and not any(known <= leaves for known in ways[triple]):
                    return True
    return False


def _combined(
    ways: dict[Triple, Ways], step: Step, own: int, bound: int
) -> list[tuple[int, Leaves, tuple[Leaves, ...]]]:
    """Return size, leaves and leaves of each premise of the proofs that end with a step."""
    found: list[tuple[int, Leaves, tuple[Leaves, ...]]] = [(own, frozenset(), ())] if own <= bound else []
    for premise in step.premises:
        options = list(ways[premise].items())
        found = [
            (size + more, leaves | others, (*parts, others))
            for size, leaves, parts in found
            for others, (more, _, _) in options
            if size + more <= bound
        ]
    return found


def _put(ways: Ways, leaves: Leaves, way: tuple[int, Step | None, tuple[Leaves, ...]]) -> bool:
    """Note a way to prove a triple unless one as good is known; drop those it makes superfluous."""
    for other, known in ways.items():
        if other < leaves or (other == leaves and _rank(known) <= _rank(way)):
            return False
    for other in [other for other in ways if leaves < other]:
        del ways[other]
    ways[leaves] = way
    return True


def _rank(way: tuple[int, Step | None, tuple[Leaves, ...]]) -> tuple[int, tuple[str, ...], list[list[str]]]:
    size, step, parts = way
    return size, step.order if step else (), [sorted(map(str, part)) for part in parts]


def _written(prover: Prover, ways: dict[Triple, Ways], triple: Triple, leaves: Leaves) -> Proof:
    from amcc_kg.reasoning.proofs import Proof

    # What was best for a premise when a step was noted may have given way to a part of it since.
    if leaves not in ways[triple]:
        leaves = min((w for w in ways[triple] if w <= leaves), key=lambda w: (len(w), sorted(map(str, w))))
    _, step, parts = ways[triple][leaves]
    if step is None:
        return Proof(triple) if prover.is_asserted(triple) else prover.given(triple) or Proof(triple)
    premises = [
        _written(prover, ways, premise, part) for premise, part in zip(step.premises, parts, strict=True)
    ]
    return prover.step_proof(step, triple, premises)
