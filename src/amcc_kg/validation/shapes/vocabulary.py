"""The IRIs that the engine looks for, as keys of terms (`amcc_kg.terms.keys`)."""

from __future__ import annotations

from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD

SHACL = "http://www.w3.org/ns/shacl#"

FIRST = f"<{RDF}first>"
NIL = f"<{RDF}nil>"
REST = f"<{RDF}rest>"
TYPE = f"<{RDF}type>"
CLASS = f"<{RDFS}Class>"
DATATYPE = f"{RDFS}Datatype"
LITERAL = f"{RDFS}Literal"
RESOURCE = f"<{RDFS}Resource>"
SUBCLASS = f"<{RDFS}subClassOf>"
OWL_CLASS = f"<{OWL}Class>"
ONTOLOGY = f"<{OWL}Ontology>"
LANGUAGE_STRING = f"{RDF}langString"
STRING = f"{XSD}string"


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
