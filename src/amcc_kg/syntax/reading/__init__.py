"""The one reader of Turtle, TriG, N-Triples and N-Quads, RDF 1.1 and 1.2: each term of each statement knows
where it stands.

`load` and `parse` give a `Source`: columns of term numbers and of offsets, and what is asked of them.
`grammar` has the tokens as regular expressions, `tokens` what a term means where it stands, `turtle` and
`quads` are the two parsers, which go on after an error, `problems` says what is wrong. No library of RDF is
imported here: a file is read, placed and validated without one.
"""

from amcc_kg.syntax.reading.problems import Problem
from amcc_kg.syntax.reading.reader import load, parse
from amcc_kg.syntax.reading.source import DEFAULT_GRAPH, Source, Terms
from amcc_kg.syntax.text_files import SYNTAXES
from amcc_kg.terms.lines import Span

__all__ = ["DEFAULT_GRAPH", "SYNTAXES", "Problem", "Source", "Span", "Terms", "load", "parse"]
