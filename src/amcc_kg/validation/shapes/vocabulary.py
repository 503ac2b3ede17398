"""SHACL's vocabulary: the IRIs that are looked for, as keys of terms, and every name that shapes may use."""

from __future__ import annotations

from pathlib import Path

from amcc_kg.terms.prefixes import OWL, RDF, RDFS

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


def _lists() -> dict[str, frozenset[str]]:
    """Return the lists of names that stand in `vocabulary.txt`, by title."""
    _, *lists = Path(__file__).with_name("vocabulary.txt").read_text("utf-8").split("\n\n")
    return {title: frozenset(names) for title, *names in map(str.split, lists)}


_LISTS = _lists()
CORE = _LISTS["CORE"]
"""The terms of the Recommendation of 2017."""

NOT_EVALUATED = _LISTS["NOT_EVALUATED"]
"""Terms of SHACL Advanced Features, SHACL-JS and SHACL 1.2: known, and not evaluated by any engine here."""

DECIDING = _LISTS["DECIDING"]
"""Those of the terms not evaluated that a shape states something with."""

PARAMETERS = _LISTS["PARAMETERS"]
"""The parameters that make their subject a shape (SHACL section 2.1)."""

XSD_DATATYPES = _LISTS["XSD_DATATYPES"]
"""The names in the namespace of XML Schema that a literal may be of."""

RDF_DATATYPES = _LISTS["RDF_DATATYPES"]
"""The same for RDF's namespace."""
