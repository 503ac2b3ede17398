"""What passes a shape that something failed: a line of the same data, which the shape was evaluated on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from amcc_kg.validation.columns import Evaluator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amcc_kg.validation.columns import Data, Shapes
    from amcc_kg.validation.columns.shapes import Shape
    from amcc_kg.validation.findings import Finding
    from amcc_kg.validation.materials import Material

_TRIED = 50


def given(findings: Sequence[Finding], material: Material, data: Data, shapes: Shapes) -> list[Finding]:
    """Return the findings, each with an example of what passes where the data hold one."""
    evaluator = Evaluator(data, shapes)
    known: dict[str, str] = {}
    found = []
    for finding in findings:
        key = finding.source_shape_key
        if key not in known:
            number = shapes.graph.number(key)
            fit = number in shapes and shapes.unread(shapes[number]) is None
            known[key] = _example(shapes[number], material, evaluator) if fit else ""
        found.append(replace(finding, example=known[key]))
    return found


def _example(shape: Shape, material: Material, evaluator: Evaluator) -> str:
    """Return the first line where something has a value by the shape's path and passes the shape."""
    if not isinstance(shape.path, str):
        return ""
    tried: set[int] = set()
    for source in material.sources:
        predicate = source.terms.ids.get(shape.path)
        for row, number in enumerate(source.p):
            subject = source.s[row]
            if number != predicate or subject in tried:
                continue
            tried.add(subject)
            if not list(evaluator.results_of(shape, {subject})):
                line = source.place(source.o_at[row])[0]
                return f"{source.line(line).strip()} ({source.name}:{line})"
            if len(tried) > _TRIED:
                return ""
    return ""
