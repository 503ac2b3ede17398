"""SHACL's vocabulary: the IRIs that are looked for, as keys of terms, and every name that shapes may use."""

from __future__ import annotations

from pathlib import Path

from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD

SHACL = "http://www.w3.org/ns/shacl#"

FIRST = f"<{RDF}first>"
NIL = f"<{RDF}nil>"
REST = f"<{RDF}rest>"
REIFIES = f"<{RDF}reifies>"
TYPE = f"<{RDF}type>"
CLASS = f"<{RDFS}Class>"
RESOURCE = f"<{RDFS}Resource>"
SUBCLASS = f"<{RDFS}subClassOf>"
OWL_CLASS = f"<{OWL}Class>"
ONTOLOGY = f"<{OWL}Ontology>"
TRUE = (f'"true"^^<{XSD}boolean>', f'"1"^^<{XSD}boolean>')
FALSE = (f'"false"^^<{XSD}boolean>', f'"0"^^<{XSD}boolean>')


def sh(name: str) -> str:
    """Return the key of a term of SHACL's vocabulary."""
    return f"<{SHACL}{name}>"


NODE_KINDS = {
    sh("IRI"): "<",
    sh("BlankNode"): "_",
    sh("Literal"): '"',
    sh("BlankNodeOrIRI"): "_<",
    sh("BlankNodeOrLiteral"): '_"',
    sh("IRIOrLiteral"): '<"',
}
"""The node kinds, with the first characters of the keys of the terms that are of them."""

DOCUMENTS = {
    **dict.fromkeys(("expression", "rule", "target"), "SHACL Advanced Features"),
    "js": "SHACL JavaScript Extensions",
}
"""The documents that terms stand in which are not evaluated; the others stand in SHACL 1.2."""

_, *_LISTS = Path(__file__).with_name("vocabulary.txt").read_text("utf-8").split("\n\n")
CORE, NOT_EVALUATED, DECIDING, PARAMETERS, XSD_DATATYPES, RDF_DATATYPES = (
    frozenset(text.partition("\n")[2].split()) for text in _LISTS
)
"""The lists of names in `vocabulary.txt`, where stands what each is."""
