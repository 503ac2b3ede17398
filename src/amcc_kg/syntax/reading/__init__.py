"""The one reader of every syntax of RDF, in the Turtle family of 1.2 too: each term knows where it stands.

`load` and `parse` give a `Source`: columns of term numbers and of offsets, and what is asked of them.
For the Turtle family, `grammar` has the tokens as regular expressions, `tokens` what a term means where it
stands, `turtle` and `quads` are the two parsers, which go on after an error. `rdfxml` reads RDF/XML by way of
expat, `xml_tags` finds its terms in the text, `canonical_xml` writes XML literals; `jsonld` has PyLD expand
what `json_text` read. `problems` says what is wrong. No library of RDF is imported here before a text in
JSON-LD is read: a file is read, placed and validated without one.
"""

from amcc_kg.syntax.reading.problems import Problem
from amcc_kg.syntax.reading.reader import load, parse
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source, Terms
from amcc_kg.syntax.text_files import SYNTAXES
from amcc_kg.terms.lines import Span

__all__ = ["DEFAULT_GRAPH", "SYNTAXES", "Problem", "Source", "Span", "Terms", "load", "parse"]
