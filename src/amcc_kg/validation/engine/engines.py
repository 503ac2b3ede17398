"""The engines by name, and the results of the one that is asked for.

`columns` is the default: SHACL evaluated column by column, over numbers of one table of terms
(`amcc_kg.syntax.reading.Terms`) that data and shapes share; it imports neither rdflib nor pyshacl, and
pyoxigraph only to run a SPARQL constraint. The Recommendation is what it goes by. What it does not read
(`Shapes.unread` says what and why) is left to pyshacl, never skipped. `pyshacl` is that engine by itself, a
peer with faults of its own (`known_faults`). `both` runs the two and ends with an error if they differ where
no such fault explains it; what it cannot compare, it tells.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from amcc_kg.terms.errors import EngineError, InputError
from amcc_kg.validation.engine import progress
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator, Shape, Shapes
from amcc_kg.validation.engine.results import Result
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

GivenUp: TypeAlias = "dict[int, InputError]"
"""The shapes at which pyshacl stops, and what it says then."""

Referred: TypeAlias = "dict[int, str]"
"""The shapes that are left to pyshacl, and why, in words."""

Uncompared: TypeAlias = "list[tuple[int, str]]"
"""What `both` does not compare: shapes, and why not in words."""

ENGINES = ("columns", "pyshacl", "both")
LEAST_ROWS = 100_000
"""The number of triples below which starting a process costs more than it saves."""

_DIED = "a process of the validation ended before its work was done; use --jobs 1"


def results(
    data: Data,
    shapes: Shapes,
    engine: str = "columns",
    *,
    jobs: int = 1,
    given_up: GivenUp | None = None,
    uncompared: Uncompared | None = None,
    referred: Referred | None = None,
    describe: Callable[[int], str] = lambda shape: "",
) -> list[Result]:
    """Return the results of an engine, repeated ones included; data and shapes are of one table of terms.

    Uses `jobs` processes at most, one if engines are compared. `given_up` takes the shapes at which pyshacl
    stops where they are left to it, which else is an error; `uncompared` what `both` cannot compare;
    `referred` takes the shapes that are left to pyshacl; `describe` puts a shape without an IRI into words.

    Raises `InputError` if pyshacl refuses the shapes, or stops at something in them or in the data, and
    `EngineError` if `engine` is `both` and the two differ.
    """
    if engine == "pyshacl":
        return _reference(data, shapes)
    evaluator = Evaluator(data, shapes, describe)
    left: Referred = {} if referred is None else referred
    mine = list[Shape]()
    for shape in shapes.targeted():
        if (reason := shapes.unread(shape)) is None:
            mine.append(shape)
        elif evaluator.focus_nodes(shape):
            left[shape.number] = reason
    if engine == "both":
        found, doubted = _compared(data, shapes, mine, describe, [] if uncompared is None else uncompared)
    else:
        found, doubted = _in_processes(evaluator, mine, jobs)
    left |= doubted
    if left:
        progress.step("asking pyshacl, which takes long, about", len(left), len(left))
    return found + _left(data, shapes, [*left], given_up)


def _in_processes(evaluator: Evaluator, shapes: Sequence[Shape], jobs: int) -> tuple[list[Result], Referred]:
    """Return the results of some shapes, and why for those that turn out to be left to pyshacl.

    Each process takes some of the shapes on the same columns, copied on write, which needs `fork`. Raises
    `EngineError` if one ended before its work was done.
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
        left |= more
    return found, left


def _evaluated(
    evaluator: Evaluator, shapes: Sequence[Shape], together: int = 1
) -> tuple[list[Result], Referred]:
    """Return the results of some shapes in this process, one of so many; otherwise as `_in_processes`."""
    found, left = list[Result](), dict[int, str]()
    for number, shape in enumerate(shapes):
        progress.step("checking shape", number * together + 1, len(shapes) * together)
        try:
            found += list(evaluator.results_of(shape, evaluator.focus_nodes(shape)))
        except Unreadable as reason:
            left[shape.number] = str(reason)
    return found, left


def _renumbered(result: Result, numbers: dict[int, int]) -> Result:
    value = None if result.value is None else numbers.get(result.value, result.value)
    details = tuple(_renumbered(detail, numbers) for detail in result.details)
    counted = tuple(numbers.get(one, one) for one in result.counted)
    focus = numbers.get(result.focus, result.focus)
    return result._replace(focus=focus, value=value, counted=counted, details=details)


def _reference(data: Data, shapes: Shapes, only: list[int] | None = None) -> list[Result]:
    from amcc_kg.validation.engine import reference  # rdflib and pyshacl take half a second

    named = data.terms.intern(sh("targetNode"))
    # It is not asked what a query selects, but told.
    selected = [
        (shape.number, named, node)
        for shape in shapes.targeted()
        for target in shape.targets.custom
        for node in target.nodes(data)
    ]
    return reference.results(data, shapes.graph, only, selected)


def _left(data: Data, shapes: Shapes, left: list[int], given_up: GivenUp | None) -> list[Result]:
    """Return the results of the shapes that are left to pyshacl; `given_up` as for `results`."""
    if not left:
        return []
    try:
        return _reference(data, shapes, left)
    except InputError as error:
        if given_up is None:
            raise
        if len(left) == 1:
            given_up[left[0]] = error
            return []
    # One by one, so that what stops it at one shape hides nothing that another finds.
    return [result for shape in left for result in _left(data, shapes, [shape], given_up)]


def _compared(
    data: Data,
    shapes: Shapes,
    asked: Sequence[Shape],
    describe: Callable[[int], str],
    uncompared: Uncompared,
) -> tuple[list[Result], Referred]:
    """Do what `_evaluated` does, and hold it against pyshacl; `uncompared` takes what cannot be compared.

    Raises `EngineError` if a result is only one's, or more often, and no known fault of pyshacl is why.
    """
    from amcc_kg.validation.engine.known_faults import Fault, Watched

    evaluator, known = Watched(data, shapes, describe), data.terms.keys
    found, doubted = _evaluated(evaluator, asked)
    stopped: GivenUp = {}
    theirs = _left(data, shapes, [shape.number for shape in asked if shape.number not in doubted], stopped)
    uncompared += [(number, f"The shape is not compared: {error}.") for number, error in stopped.items()]
    without = {*stopped, *doubted}
    ours = found if not without else _evaluated(evaluator, [s for s in asked if s.number not in without])[0]
    mine, others = (Counter(result.identity(known) for result in some) for some in (ours, theirs))
    by_identity = {result.identity(known): result for result in (*ours, *theirs)}
    lines, explained = list[str](), Counter[tuple[int, Fault]]()
    for who, some in (("the default engine", mine - others), ("pyshacl", others - mine)):
        for identity in some.elements():
            result = by_identity[identity]
            faults = evaluator.explaining(result)
            explained.update((result.shape, fault) for fault in faults)
            if not faults:
                lines.append(f"only {who}: {_told(*identity)}")
    if lines:
        more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
        raise EngineError(
            f"the engines differ, and one of them is wrong; please report it: {'; '.join(lines[:4])}{more}"
        )
    for (number, fault), times in explained.items():
        results = "1 result is" if times == 1 else f"{times} results are"
        why = f"pyshacl {fault.words} (SHACL section {fault.clause})"
        uncompared.append((number, f"Of the shape {results} not compared: {why}."))
    return found, doubted


def _told(focus: str, path: property_paths.Path | None, value: str, iri: str, shape: str, _: str) -> str:
    words = [focus, property_paths.text(path), value, iri.rsplit("#")[-1].rstrip(">"), shape]
    return " ".join(word for word in words if word)
