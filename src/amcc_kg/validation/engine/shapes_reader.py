"""Reading a shapes graph into shapes: which nodes are shapes, what kind, with which targets.

What a shape is follows SHACL section 2.1, in the reference's reading. A shape that breaks the syntax rules is
marked unread, so that the reference says what is wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.terms import keys as term_keys
from amcc_kg.terms.prefixes import XSD
from amcc_kg.validation.components import constraints
from amcc_kg.validation.engine.results import best_message
from amcc_kg.validation.shapes import property_paths
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shape import Shape, Shapes, Targets
from amcc_kg.validation.shapes.shapes_graph import Flaw, IllFormed, Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterable

    from amcc_kg.validation.components.custom import Custom
    from amcc_kg.validation.shapes.property_paths import Path
    from amcc_kg.validation.shapes.shapes_graph import ShapesGraph

SHAPE_EXPECTING = ("property", "node", "not", "qualifiedValueShape")
LIST_EXPECTING = ("and", "or", "xone")
TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")


def read(graph: ShapesGraph) -> Shapes:
    """Return the shapes of a shapes graph."""
    found: dict[int, Shape] = {}
    components, broken = _components(graph)
    classes = {graph.number(names.CLASS), graph.number(names.OWL_CLASS)}
    classes.update(graph.subjects(names.SUBCLASS, graph.number(names.CLASS)))
    nodes = shape_nodes(graph)
    properties = {node for node in nodes if graph.objects(node, sh("path"))}
    for node in nodes:
        found[node] = _read_shape(graph, node, properties, components, broken, classes)
    return Shapes(graph, found)


def _components(graph: ShapesGraph) -> tuple[list[Custom], str | None]:
    if graph.number(sh("ConstraintComponent")) < 0:
        return [], None
    from amcc_kg.validation.components import custom

    return custom.components(graph)


def shape_nodes(graph: ShapesGraph) -> set[int]:
    """Return the nodes that are shapes: by class, by a target, or because another shape names them."""
    found: set[int] = set()
    for kind in ("NodeShape", "PropertyShape"):
        found.update(graph.subjects(names.TYPE, graph.number(sh(kind))))
    for name in (*TARGETS, "property", "node"):
        found.update(graph.subjects(sh(name)))
    for name in SHAPE_EXPECTING:
        found.update(value for _, value in graph.pairs(sh(name)))
    for name in LIST_EXPECTING:
        for _, head in graph.pairs(sh(name)):
            found.update(_members(graph, head))
    return found


def _members(graph: ShapesGraph, head: int) -> Iterable[int]:
    try:
        return graph.items(head)
    except Unreadable:
        return ()


def _read_shape(
    graph: ShapesGraph,
    node: int,
    properties: set[int],
    components: list[Custom],
    broken: str | None,
    classes: set[int],
) -> Shape:
    reader = constraints.Reader(graph, node, properties)
    path: Path | None = None
    unread, flaw = broken, None
    deactivated = False
    try:
        deactivated = _deactivated(graph, node)
        if node in properties:
            where = graph.value(node, sh("path"))
            assert where is not None
            if graph.number(sh("NodeShape")) in graph.objects(node, names.TYPE):
                raise IllFormed("a sh:NodeShape with a sh:path")
            path = property_paths.read(graph, where)
        elif graph.number(sh("PropertyShape")) in graph.objects(node, names.TYPE):
            raise IllFormed("a sh:PropertyShape without a sh:path")
        reader.read_all(path)
        for component in components:
            reader.found += component.constraints_for(graph, node, path)
    except Unreadable as reason:
        unread = unread or str(reason)
        if isinstance(reason, IllFormed):
            subject = node if reason.subject is None else reason.subject
            flaw = Flaw(node, subject, reason.predicate, reason.value, str(reason))
    severities = sorted(graph.key(s) for s in graph.objects(node, sh("severity")))
    if len(severities) > 1:
        unread = unread or "several severities"
    return Shape(
        number=node,
        path=path,
        deactivated=deactivated,
        severity=severities[0] if severities else sh("Violation"),
        message=best_message(graph.key(m) for m in graph.objects(node, sh("message"))),
        targets=_targets(graph, node, classes),
        constraints=tuple(reader.found),
        refers=tuple(number for number in reader.refers),
        unread=unread,
        flaw=flaw,
    )


def _deactivated(graph: ShapesGraph, node: int) -> bool:
    value = graph.value(node, sh("deactivated"))
    if value is None:
        return False
    key = graph.key(value)
    if term_keys.datatype(key) != f"{XSD}boolean" or term_keys.value(key) not in (
        "true",
        "false",
        "1",
        "0",
    ):
        raise IllFormed("sh:deactivated is neither true nor false")
    return term_keys.value(key) in ("true", "1")


def _targets(graph: ShapesGraph, node: int, classes: set[int]) -> Targets:
    kinds = set(graph.objects(node, sh("targetClass")))
    if classes.intersection(graph.objects(node, names.TYPE)):
        kinds.add(node)
    return Targets(
        frozenset(graph.objects(node, sh("targetNode"))),
        frozenset(kinds),
        frozenset(graph.objects(node, sh("targetSubjectsOf"))),
        frozenset(graph.objects(node, sh("targetObjectsOf"))),
    )
