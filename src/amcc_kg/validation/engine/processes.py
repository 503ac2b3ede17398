"""Validating in several processes: each takes some of the shapes on the same columns, copied on write.

Pays from about a hundred thousand triples on; below that, starting a process costs more than it saves. Needs
`fork`; where there is none, everything is done in one process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial

from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.evaluation import Evaluator, Shape
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes.shapes_graph import Unreadable

LEAST_ROWS = 100_000
"""The number of triples below which one process is faster."""

_DIED = "a process of the validation ended before its work was done; use --jobs 1"


def results(evaluator: Evaluator, shapes: Sequence[Shape], jobs: int) -> tuple[list[Result], list[int]]:
    """Return the results of some shapes, and the numbers of those that turn out to be left to the reference.

    Uses `jobs` processes at most. Raises `EngineError` if one ended before its work was done.
    """
    number = min(jobs, len(shapes))
    if number < 2 or len(evaluator.data) < LEAST_ROWS or not hasattr(os, "fork"):
        return _evaluated(evaluator, shapes)
    import pickle  # one process needs neither of these

    from amcc_kg.graph.child_process import Child

    terms = evaluator.data.terms
    known = len(terms)

    def work(part: Sequence[Shape]) -> bytes:
        # With the terms that only this process has met, such as a number that a query has counted.
        done = _evaluated(evaluator, part)
        return pickle.dumps((terms.keys[known:], *done), pickle.HIGHEST_PROTOCOL)

    # Largest first, dealt out in turn, so that no process is left with all the work.
    ranked = sorted(shapes, key=lambda shape: -len(evaluator.focus_nodes(shape)))
    parts = [ranked[part::number] for part in range(1, number)]
    children = [Child(partial(work, part), confined=False) for part in parts]
    found, left = _evaluated(evaluator, ranked[::number], number)
    for child in children:
        new, some, more = pickle.loads(child.result(died=_DIED))
        numbers = {known + at: terms.intern(key) for at, key in enumerate(new)}
        found += [_renumbered(result, numbers) for result in some] if numbers else some
        left += more
    return found, left


def _evaluated(
    evaluator: Evaluator, shapes: Sequence[Shape], together: int = 1
) -> tuple[list[Result], list[int]]:
    """Return the results of some shapes in this process, one of so many; otherwise as `results`."""
    found: list[Result] = []
    left: list[int] = []
    for number, shape in enumerate(shapes):
        progress.step("checking shape", number * together + 1, len(shapes) * together)
        try:
            found += list(evaluator.results_of(shape, evaluator.focus_nodes(shape)))
        except Unreadable:
            left.append(shape.number)
    return found, left


def _renumbered(result: Result, numbers: dict[int, int]) -> Result:
    value = None if result.value is None else numbers.get(result.value, result.value)
    return result._replace(focus=numbers.get(result.focus, result.focus), value=value)
