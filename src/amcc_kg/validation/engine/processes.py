"""Validating in several processes: each takes some of the shapes on the same columns, copied on write.

Pays from about a hundred thousand triples on; below that, starting a process costs more than it saves. Needs
`fork`; where there is none, everything is done in one process.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from amcc_kg.terms.errors import EngineError
from amcc_kg.validation.inputs import progress
from amcc_kg.validation.shapes.shapes_graph import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.validation.engine.columns import Evaluator, Result
    from amcc_kg.validation.shapes.shape import Shape

LEAST_ROWS = 100_000
"""The number of triples below which one process is faster."""


def results(evaluator: Evaluator, shapes: Sequence[Shape], jobs: int) -> tuple[list[Result], list[int]]:
    """Return the results of some shapes, and the numbers of those that turned out to be left to the
    reference.

    Args:
        evaluator: evaluates them.
        shapes: the shapes.
        jobs: how many processes to use at most.

    Raises:
        EngineError: a process ended before its work was done.
    """
    number = min(jobs, len(shapes))
    if number < 2 or len(evaluator.data) < LEAST_ROWS or not hasattr(os, "fork"):
        return evaluate(evaluator, shapes)
    # Largest first, dealt out in turn, so that no process is left with all the work.
    ranked = sorted(shapes, key=lambda shape: -len(evaluator.focus_nodes(shape)))
    children = [_start(evaluator, ranked[part::number]) for part in range(1, number)]
    found, left = evaluate(evaluator, ranked[::number], number)
    for process, pipe in children:
        some, more = _collect(evaluator, process, pipe)
        found += some
        left += more
    return found, left


def evaluate(
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


def _start(evaluator: Evaluator, shapes: Sequence[Shape]) -> tuple[int, int]:
    """Start a process; return its number and the pipe that it writes to."""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, reading
    try:
        os.close(reading)
        known = len(evaluator.data.terms)
        done = evaluate(evaluator, shapes)
        import pickle

        # Terms that only this process has met, such as a number that a query has counted.
        new = evaluator.data.terms.keys[known:]
        with os.fdopen(writing, "wb") as file:
            pickle.dump((known, new, *done), file, pickle.HIGHEST_PROTOCOL)
        os._exit(0)
    finally:
        # Nothing of the parent's is to be done here: no buffers written, no files removed.
        os._exit(1)


def _collect(evaluator: Evaluator, process: int, pipe: int) -> tuple[list[Result], list[int]]:
    import pickle

    with os.fdopen(pipe, "rb") as file:
        content = file.read()
    _, status = os.waitpid(process, 0)
    if status or not content:
        raise EngineError("a process of the validation ended before its work was done; use --jobs 1")
    known, new, found, left = pickle.loads(content)
    if new:
        terms = evaluator.data.terms
        numbers = {known + at: terms.intern(key) for at, key in enumerate(new)}
        found = [_renumbered(result, numbers) for result in found]
    return found, left


def _renumbered(result: Result, numbers: dict[int, int]) -> Result:
    value = None if result.value is None else numbers.get(result.value, result.value)
    return result._replace(focus=numbers.get(result.focus, result.focus), value=value)
