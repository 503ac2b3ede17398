"""A shapes graph as a table: what each shape is about, what it asks for, and how it fares on the data."""

from __future__ import annotations

from html import escape

from amcc_kg.terms.errors import InputError
from amcc_kg.validation.advice.shape_words import Described, spelt
from amcc_kg.validation.engine.data import Data
from amcc_kg.validation.engine.evaluation import Evaluator, Shapes
from amcc_kg.validation.examples.illustrations import Illustrator
from amcc_kg.validation.examples.mutations import coverage, mutate
from amcc_kg.validation.shapes.vocabulary import sh

_NOTHING_HELPED = "NOTHING TRIED MADE IT FAIL"
_NO_NODE = "NO NODE TO LOOK AT"

_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "|\\`*_[]~"} | {ord(mark): escape(mark) for mark in "&<>"}

Table = tuple[tuple[str, ...], list[tuple[str, ...]], str]
"""The names of the columns, the rows, and a line that sums up."""


def table(kind: str, data: Data, shapes: Shapes) -> tuple[Table, bool]:
    """Return the table of that kind (`document`, `coverage` or `mutate`), and whether all is well.

    Raises `InputError` if there is no shape, or to `mutate`, no node to look at.
    """
    if not len(shapes):
        raise InputError("the shapes graph holds no shape")
    if kind == "document":
        return _document(shapes), True
    return _coverage(data, shapes) if kind == "coverage" else _mutate(data, shapes)


def _document(shapes: Shapes) -> Table:
    said, by_example = Described(shapes.graph), Illustrator(shapes)
    above: dict[int, list[str]] = {}
    for subject, value in shapes.graph.pairs(sh("property")):
        above.setdefault(value, []).append(_name(shapes, subject))
    rows: list[tuple[str, ...]] = []
    for shape in shapes:
        about = ", ".join(
            [*said.targets(shape.number), *(f"part of {name}" for name in above.get(shape.number, ()))]
        )
        asked = "; ".join(said.constraints(shape.number))
        severity = ", ".join(
            map(spelt, map(shapes.graph.key, shapes.graph.objects(shape.number, sh("severity"))))
        )
        shown = by_example.illustrated(shape)
        fails = "\n".join(
            f"{component}: {text}" if len(shown.fails) > 1 else text for component, text in shown.fails
        )
        words = (said.comment(shape.number), severity, shape.message or "")
        rows.append((_name(shapes, shape.number), about, asked, *map(_one_line, words), shown.passes, fails))
    rows.sort()
    names = ("shape", "about", "asks", "why", "severity", "message", "passes", "fails")
    return names, rows, f"{len(rows)} shapes"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _coverage(data: Data, shapes: Shapes) -> tuple[Table, bool]:
    found = coverage(Evaluator(data, shapes))
    rows: list[tuple[str, ...]] = [
        (
            _name(shapes, c.shape.number),
            c.component,
            str(len(c.foci)),
            str(c.values),
            "" if c.could_fail else "could not fail on this data",
        )
        for c in found
    ]
    idle = sum(not c.could_fail for c in found)
    end = f"{_constraints(len(found))}, {idle} of which could not fail on this data"
    return (("shape", "constraint", "focus nodes", "values", "remark"), rows, end), not idle


def _mutate(data: Data, shapes: Shapes) -> tuple[Table, bool]:
    found = mutate(data, shapes)
    rows: list[tuple[str, ...]] = [
        (
            _name(shapes, v.covered.shape.number),
            v.covered.component,
            v.mutation or (_NOTHING_HELPED if v.covered.foci else _NO_NODE),
        )
        for v in found
    ]
    if not any(v.covered.foci for v in found):
        raise InputError("no constraint has a node of the data to look at; nothing was tried")
    alive = sum(not v.mutation for v in found)
    idle = sum(not v.covered.foci for v in found)
    end = f"{_constraints(len(found))}, {len(found) - alive} made to fail"
    if idle:
        end += f", {idle} without a node to look at"
    return (("shape", "constraint", "fails when"), rows, end), not alive


def _constraints(number: int) -> str:
    return f"{number} constraint{'s' * (number != 1)}"


def _name(shapes: Shapes, number: int) -> str:
    key = shapes.graph.key(number)
    if key[0] != "_":
        return spelt(key)
    path = Described(shapes.graph).path(number)
    owners = [shapes.graph.key(subject) for subject in shapes.graph.subjects(sh("property"), number)]
    owner = next((spelt(owner) for owner in owners if owner[0] == "<"), "")
    return " / ".join(part for part in (owner, path) if part) or "a shape without a name"


def as_text(found: Table) -> str:
    """Return a table as lines with a blank between, a record a shape."""
    names, rows, end = found
    width = max(map(len, names))
    records = [
        "\n".join(
            f"{name:{width}}  {cell.replace(chr(10), chr(10) + ' ' * (width + 2))}"
            for name, cell in zip(names, row, strict=True)
            if cell
        )
        for row in rows
    ]
    return "\n\n".join([*records, end]) + "\n"


def as_markdown(found: Table) -> str:
    """Return a table in GitHub's Markdown."""
    names, rows, end = found
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join([*lines, "", end]) + "\n"


def _cell(text: str) -> str:
    # Turtle is full of what Markdown takes for emphasis, links and escapes.
    lines = (" ".join(line.split()).translate(_MARKS) for line in text.splitlines())
    return "<br>".join(line for line in lines if line)


def as_html(found: Table) -> str:
    """Return a table as one page that needs nothing else."""
    names, rows, end = found
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    style = (
        "body{font:1rem/1.5 system-ui;margin:2rem}"
        "td,th{padding:.2rem .6rem;text-align:left;vertical-align:top}td{white-space:pre-line}"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Shapes</title>'
        f"<style>{style}</style></head>\n<body>\n<h1>Shapes</h1>\n<table>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>\n<p>{escape(end)}</p>\n</body>\n</html>\n"
    )
