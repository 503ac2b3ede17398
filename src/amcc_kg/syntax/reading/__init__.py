"""RDF text with places: every term of every statement knows the characters it was written with.

    grammar, names     the tokens of Turtle, TriG, N-Triples and N-Quads as regular expressions
    iris, keys         IRIs against a base; a term as one string, its canonical N-Triples text
    turtle, quads      the two parsers, which go on after an error
    source             a file that was read: columns of term numbers and of offsets, and what is asked of them

Imports neither rdflib nor pyoxigraph: a file is read, placed and validated without them.
"""

from amcc_kg.syntax.reading.problems import Problem
from amcc_kg.syntax.reading.reader import load, parse
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source
from amcc_kg.syntax.reading.table import Terms
from amcc_kg.terms import keys
from amcc_kg.terms.lines import Span

__all__ = ["DEFAULT_GRAPH", "Problem", "Source", "Span", "Terms", "keys", "load", "parse"]
