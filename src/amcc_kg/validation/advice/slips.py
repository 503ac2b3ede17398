"""Slips in a shapes graph that SHACL lets pass: names that nothing stands behind, parameters without effect.

Knows shapes and the vocabulary; no data but for what it says of imported documents, no files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amcc_kg.terms.prefixes import OWL, RDF, XSD
from amcc_kg.terms.spelling import NamesBySpace, nearest
from amcc_kg.validation.findings.findings import Severity
from amcc_kg.validation.findings.notices import UNSUPPORTED, Notice
from amcc_kg.validation.shapes import known_terms
from amcc_kg.validation.shapes import vocabulary as names
from amcc_kg.validation.shapes.shapes_graph import Unreadable
from amcc_kg.validation.shapes.vocabulary import sh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from amcc_kg.validation.engine.columns import Data, Shapes, ShapesGraph

_REFERENCES = ("node", "property", "not", "qualifiedValueShape")
_LISTS = ("and", "or", "xone")
_IMPORTS = f"<{OWL}imports>"
# Nothing that a shape asks for stands in SHACL's own vocabulary.
_NEEDLESS = {f"<{names.SHACL}>", f"<{names.SHACL.rstrip('#')}>"}
_SIMPLE = "<http://www.w3.org/ns/entailment/Simple>"


def misspelt(shapes: Shapes) -> Iterator[Notice]:
    """Yield the terms of SHACL's namespace that are not known, or known and not evaluated."""
    graph = shapes.graph
    start = len(names.SHACL) + 1
    strange: dict[int, str] = {}
    for number, key in enumerate(graph.terms.keys):
        if key.startswith(names.SHACL, 1) and key[0] == "<":
            name = key[start:-1]
            if name and name not in known_terms.CORE:
                strange[number] = name
    if not strange:
        return
    said: set[tuple[int, str]] = set()
    for subject, predicate, value in graph.triples():
        for number in (predicate, value):
            name = strange.get(number, "")
            if name and (subject, name) not in said:
                said.add((subject, name))
                notice = _strange(graph.key(subject), graph.key(predicate), name)
                if notice is not None:
                    yield notice


def _strange(subject: str, predicate: str, name: str) -> Notice | None:
    if name in known_terms.DECIDING:
        message = f"sh:{name} is not evaluated: it belongs to another document than SHACL 1.0."
        return Notice("not-evaluated", Severity.WARNING, message, subject, predicate, sh(name))
    if name in known_terms.NOT_EVALUATED:
        return None
    same = [known for known in known_terms.CORE if known.lower() == name.lower()]
    near = nearest(same[0] if same else name, known_terms.CORE).replace(
        "; did you mean '", "; did you mean 'sh:"
    )
    message = f"sh:{name} is no term of SHACL, and is ignored{near}"
    return Notice("misspelt-term", Severity.WARNING, message, subject, predicate, sh(name))


def undefined(shapes: Shapes) -> Iterator[Notice]:
    """Yield the shapes that others name and that the shapes graph does not describe."""
    graph = shapes.graph
    described = set(graph.described())
    known = NamesBySpace(graph.key(shape.number) for shape in shapes if shape.number in described)
    for name in (*_REFERENCES, *_LISTS):
        for subject, value in graph.pairs(sh(name)):
            for number in _members(graph, value) if name in _LISTS else [value]:
                key = graph.key(number)
                if key[0] == "<" and number not in described:
                    near = known.nearest(key)
                    hint = "" if near is None else f"; did you mean {near!r}?"
                    message = f"sh:{name} names {key}, which the shapes do not describe{hint}"
                    about = graph.key(subject)
                    yield Notice("undefined-shape", Severity.WARNING, message, about, sh(name), key)


def _members(graph: ShapesGraph, head: int) -> list[int]:
    try:
        return graph.items(head)
    except Unreadable:
        return []


def datatypes(shapes: Shapes) -> Iterator[Notice]:
    """Yield the datatypes in the namespaces of XML Schema and RDF that do not exist."""
    graph = shapes.graph
    for subject, value in graph.pairs(sh("datatype")):
        key = graph.key(value)
        for prefix, namespace, known in (
            ("xsd", XSD, known_terms.XSD_DATATYPES),
            ("rdf", RDF, known_terms.RDF_DATATYPES),
        ):
            name = key[len(namespace) + 1 : -1]
            if key.startswith(f"<{namespace}") and name not in known:
                near = nearest(name, known).replace("; did you mean '", f"; did you mean '{prefix}:")
                message = f"{prefix}:{name} is no datatype, so no literal is of it{near}"
                about = graph.key(subject)
                yield Notice("unknown-datatype", Severity.WARNING, message, about, sh("datatype"), key)


def idle_flags(shapes: Shapes) -> Iterator[Notice]:
    """Yield the `sh:flags` that stand without the pattern that they are for (SHACL section 4.4.3)."""
    graph = shapes.graph
    for subject, value in graph.pairs(sh("flags")):
        if not graph.objects(subject, sh("pattern")):
            message = "sh:flags has no effect without sh:pattern"
            about, key = graph.key(subject), graph.key(value)
            yield Notice("without-effect", Severity.WARNING, message, about, sh("flags"), key)


def imports(shapes: Shapes, data: Data | None, documents: AbstractSet[str]) -> Iterator[Notice]:
    """Yield the `owl:imports` of what is not at hand; nothing is fetched.

    At hand are the documents with these IRIs, and the ontologies that shapes or data declare.
    """
    graph = shapes.graph
    if graph.number(_IMPORTS) < 0:
        return
    declared = set(graph.subjects(names.TYPE, graph.number(names.ONTOLOGY)))
    if data is not None:
        declared |= data.members(graph.number(names.ONTOLOGY))
    given = {_bare(graph.key(number)) for number in declared} | {_bare(key) for key in documents}
    for subject, value in graph.pairs(_IMPORTS):
        key = graph.key(value)
        if key not in _NEEDLESS and _bare(key) not in given:
            message = f"owl:imports {key}: it is not among the files given, and nothing is fetched"
            about = graph.key(subject)
            yield Notice("import-not-given", Severity.WARNING, message, about, _IMPORTS, key)


def _bare(key: str) -> str:
    """Return a document's IRI without the sign that a namespace ends with."""
    return key.rstrip("#/>")


def entailment(shapes: Shapes) -> Iterator[Notice]:
    """Yield the entailment regimes that a shapes graph asks for and that no engine here supports.

    SHACL wants a failure then. Simple entailment is what is validated anyhow.
    """
    graph = shapes.graph
    for subject, value in graph.pairs(sh("entailment")):
        key = graph.key(value)
        if key != _SIMPLE:
            message = f"sh:entailment {key} is not supported: what the data say is validated, no more"
            yield Notice(UNSUPPORTED, Severity.WARNING, message, graph.key(subject), sh("entailment"), key)
