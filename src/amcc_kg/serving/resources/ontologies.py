"""Whole ontologies: what their IRIs, and those of their versions, answer with to programs.

An ontology is a document: https://www.w3.org/TR/owl2-syntax/#Ontology_Documents. So such an IRI answers with
every triple of the file whose header bears it and with no other, unlike that of a thing. The shapes are such
files too, but stand beside the graph and not in it. Knows headers; nothing of how an answer is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, Triple, parse

from amcc_kg.repository.files import FileKind, header
from amcc_kg.serving.resources import statements
from amcc_kg.serving.resources.statements import Evidence, Statements
from amcc_kg.serving.workers.tasks import Loaded, once
from amcc_kg.terms.errors import PlacedError


@dataclass(frozen=True, slots=True)
class Ontologies:
    """The ontologies that are served.

    Attributes:
        whole: what each says, by its IRI and by that of its version.
        shapes: what the shapes say, for looking up.
    """

    whole: Mapping[str, Evidence]
    shapes: Statements

    def in_shapes(self, iri: str) -> bool:
        """Tell whether the shapes say something of an IRI, and not only with it."""
        is_own = self.shapes.is_subject(iri) or bool(self.shapes.hashed(iri))
        return is_own or (iri in self.whole and self.shapes.occurs(iri))


@once
def of(loaded: Loaded) -> Ontologies:
    """Return the ontologies of a loaded graph; plain files have none, for it is not kept which said what.

    Raises `PlacedError` for shapes that do not parse.
    """
    known = loaded.knowledge.repository.graph_files if loaded.knowledge else ()
    graphs = sorted({file.graph for file in known if file.kind is FileKind.ONTOLOGY})
    shapes = [_parsed(path, content) for path, content in loaded.shapes.items()]
    files: list[Iterable[Triple]] = [statements.of(loaded).within(graph) for graph in graphs]
    files += [[quad.triple for quad in quads] for quads in shapes]
    whole: dict[str, Evidence] = {}
    for triples in files:
        evidence: Evidence = dict.fromkeys(sorted(triples, key=str), ())
        names = (node.value for node in header(evidence, NamedNode) if node is not None)
        whole |= dict.fromkeys(names, evidence)
    return Ontologies(whole, Statements(chain.from_iterable(shapes)))


def _parsed(path: Path, content: bytes) -> list[Quad]:
    """Return the statements of a file, its blank nodes named alike each time and unlike those of others."""
    try:
        read = Dataset(parse(content, RdfFormat.TURTLE, base_iri=path.as_uri()))
    except SyntaxError as error:
        reason = " ".join(error.msg.partition(": ")[2].split()) or error.msg
        raise PlacedError(path, error.lineno or 1, error.offset, reason) from error
    read.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(read, key=str)
