"""Every minimal proof of a triple up to a size.

A proof is minimal if no other rests on a part of its leaves only. Knows the prover's steps; shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from amcc_kg.matching import Step
    from amcc_kg.proofs import Proof, Prover

Leaves = frozenset["Triple"]
# For each set of leaves: the size of the smallest proof on them, its last step (None: asserted) and the
# leaves of each premise.
Ways = dict[Leaves, tuple[int, "Step | None", tuple[Leaves, ...]]]


def all_proofs(prover: Prover, goal: Triple, bound: int) -> list[Proof]:
    """Return the minimal proofs of `goal` of at most `bound` rules and leaves; see `Prover.all_proofs`."""
    known = prover.prove(goal)
    if known is None or known.size > bound:
        return []
    if not prover.is_asserted(goal) and not prover.matcher.holds(goal):
        return [known]  # about classes and properties
    steps = _explore(prover, goal, bound)
    ways: dict[Triple, Ways] = {
        triple: {frozenset([triple]): (1, None, ())} if prover.is_asserted(triple) else {} for triple in steps
    }
    grown = True
    while grown:
        grown = False
        for triple, options in steps.items():
            for step in options:
                for size, leaves, parts in _combined(ways, step, prover.own_size(step), bound):
                    grown |= _put(ways[triple], leaves, (size, step, parts))
    sets = sorted(ways[goal].items(), key=lambda item: (item[1][0], sorted(map(str, item[0]))))
    return [_written(prover, ways, goal, leaves) for leaves, _ in sets]


def _explore(prover: Prover, goal: Triple, bound: int) -> dict[Triple, list[Step]]:
    """Return all steps to the goal and to the premises on the way, as deep as the bound allows."""
    steps: dict[Triple, list[Step]] = {}
    level, depth = [goal], 0
    while level and depth < bound:
        following: list[Triple] = []
        for triple in level:
            if triple not in steps:
                found = prover.matcher.steps(triple)
                steps[triple] = [step for step in found if 1 + len(step.premises) <= bound]
                following += [premise for step in steps[triple] for premise in step.premises]
        level, depth = following, depth + 1
    for triple in level:
        steps.setdefault(triple, [])
    return steps


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
    from amcc_kg.proofs import Proof

    # What was best for a premise when a step was noted may have given way to a part of it since.
    if leaves not in ways[triple]:
        leaves = min((w for w in ways[triple] if w <= leaves), key=lambda w: (len(w), sorted(map(str, w))))
    _, step, parts = ways[triple][leaves]
    if step is None:
        return Proof(triple)
    premises = [
        _written(prover, ways, premise, part) for premise, part in zip(step.premises, parts, strict=True)
    ]
    return prover.step_proof(step, triple, premises)
